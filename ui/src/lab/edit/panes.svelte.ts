import { isTable, keep, kept } from '../kept'

/** Sizes of the editor's panes in px: what the others leave is the text's. */
export const USUAL = { clip: 460, below: 320 }

export type Pane = keyof typeof USUAL

export const LEAST: Record<Pane, number> = { clip: 320, below: 120 }

const KEPT_AS = 'plumbline.lab.panes'

export class Panes {
  sizes = $state({ ...USUAL, ...sizesOf(kept(KEPT_AS)) })

  set(pane: Pane, size: number): void {
    this.sizes[pane] = size
    keep(KEPT_AS, this.sizes)
  }
}

function sizesOf(value: unknown): Partial<typeof USUAL> {
  if (!isTable(value)) return {}
  return Object.fromEntries(Object.entries(value).filter(([pane, size]) => pane in USUAL && Number.isInteger(size)))
}
