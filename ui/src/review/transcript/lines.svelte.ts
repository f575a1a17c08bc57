import { Heights } from '../../shared/virtual'
import { indexOf, lineAt, type Script } from '../words'

const LINE_PX = 24
const PADDING_PX = 8
const GUTTER_PX = 132
/** Width of a letter of the transcript's face, on the average: only for the guess before a line is measured. */
const LETTER_PX = 7.6
const SPARE_PX = 240

/** The lines of a transcript as a list of which only the part in view is drawn, and where it is scrolled to. */
export class Lines {
  viewport = $state(0)
  width = $state(0)
  /** The person scrolled away from the playhead. */
  away = $state(false)
  #scroll = $state(0)
  /** Counts measures, since the heights themselves are plain numbers in an array. */
  #measures = $state(0)
  #pane: HTMLElement | null = null
  #view: () => Script | null
  #shape = $derived.by(() => shapeOf(this.#view(), this.width))
  #heights = $derived.by(() => {
    const { letters, columns } = this.#shape
    return new Heights(letters.length, (i) => Math.max(1, Math.ceil((letters[i] ?? 0) / columns)) * LINE_PX + PADDING_PX)
  })

  rows = $derived.by(() => (void this.#measures, this.#heights.window(this.#scroll, this.viewport, SPARE_PX)))
  top = $derived.by(() => (void this.#measures, this.#heights.top(this.rows.first)))
  total = $derived.by(() => (void this.#measures, this.#heights.total()))

  constructor(view: () => Script | null) {
    this.#view = view
  }

  attach = (pane: HTMLElement): (() => void) => {
    this.#pane = pane
    const scrolled = () => (this.#scroll = pane.scrollTop)
    // Only a person's own scrolling says that they want to look elsewhere; the pane's own moves do not.
    const moved = () => (this.away = true)
    const dragged = (event: PointerEvent) => event.offsetX > pane.clientWidth && moved()
    pane.addEventListener('scroll', scrolled, { passive: true })
    pane.addEventListener('wheel', moved, { passive: true })
    pane.addEventListener('touchmove', moved, { passive: true })
    pane.addEventListener('pointerdown', dragged)
    return () => {
      pane.removeEventListener('scroll', scrolled)
      pane.removeEventListener('wheel', moved)
      pane.removeEventListener('touchmove', moved)
      pane.removeEventListener('pointerdown', dragged)
      this.#pane = null
    }
  }

  measured(index: number, height: number): void {
    const change = this.#heights.set(index, height)
    if (change === 0) return
    this.#measures++
    // What a line above the view turns out to be longer must not push what is being read.
    if (this.#pane && this.#heights.top(index) < this.#pane.scrollTop) this.#pane.scrollTop += change
  }

  /** Keeps the line of the word that is said in view, unless the person scrolled away. */
  follow(word: number | null, lit: boolean): void {
    if (word !== null && lit && !this.away) this.#reveal(word)
  }

  /** Shows a word that was chosen, wherever the person has scrolled to. */
  show(word: number | null): void {
    if (word === null) return
    this.away = false
    this.#reveal(word)
  }

  comeBack(word: number | null): void {
    this.show(word)
  }

  #reveal(word: number): void {
    const view = this.#view()
    const at = indexOf(view?.list ?? [], word)
    const index = at === null ? null : lineAt(view?.lines ?? [], at)
    const pane = this.#pane
    if (index === null || !pane || this.viewport === 0) return
    const top = this.#heights.top(index)
    const bottom = top + this.#heights.heightOf(index)
    const margin = Math.min(LINE_PX * 2, this.viewport / 4)
    if (top - margin < pane.scrollTop || bottom + margin > pane.scrollTop + this.viewport) {
      // A third from the top: what comes next is more wanted than what was.
      pane.scrollTop = Math.max(0, top - this.viewport / 3)
    }
  }
}

/** Letters of every line, and how many of them go beside each other. */
function shapeOf(view: Script | null, width: number): { letters: number[]; columns: number } {
  const columns = Math.max(10, Math.floor((width - GUTTER_PX) / LETTER_PX))
  const letters = (view?.lines ?? []).map((segment) => {
    let sum = 0
    for (let id = segment.first; id < segment.end; id++) sum += (view?.list[id]?.text.length ?? 0) + 1
    return sum
  })
  return { letters, columns }
}
