export const USUAL = 440
export const LEAST = 340

const KEPT_AS = 'plumbline.lab.beside'

/** Width in px of what stands beside the grid, kept between starts. */
export class Beside {
  width = $state(kept())

  set(width: number): void {
    this.width = width
    localStorage.setItem(KEPT_AS, String(width))
  }
}

/** What was kept; anything but a whole number in the store is as good as nothing. */
function kept(): number {
  const read = Number(localStorage.getItem(KEPT_AS) ?? USUAL)
  return Number.isInteger(read) && read >= LEAST ? read : USUAL
}
