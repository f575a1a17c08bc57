/** Sizes of the review room's panes in px, kept between starts. The picture takes what the others leave. */
export const USUAL = { transcript: 420, flags: 336, timeline: 312 }

export type Pane = keyof typeof USUAL

export const LEAST: Record<Pane, number> = { transcript: 240, flags: 240, timeline: 96 }

const KEPT_AS = 'plumbline.panes'

export class Panes {
  sizes = $state({ ...USUAL, ...kept() })

  set(pane: Pane, size: number): void {
    this.sizes[pane] = size
    localStorage.setItem(KEPT_AS, JSON.stringify(this.sizes))
  }
}

/** What was kept, as far as it is whole numbers: anything else in the store is as good as nothing. */
function kept(): Partial<typeof USUAL> {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(KEPT_AS) ?? '{}')
    if (typeof read !== 'object' || read === null) return {}
    const whole = Object.entries(read).filter(([pane, size]) => pane in USUAL && Number.isInteger(size))
    return Object.fromEntries(whole)
  } catch {
    return {}
  }
}
