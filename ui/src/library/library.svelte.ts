import type { Api } from '../api/api'
import type { LibraryView } from '../api/generated/LibraryView'
import type { MediaState } from '../api/generated/MediaState'
import type { SavedView } from '../api/generated/SavedView'
import { Reading } from '../desk/reading.svelte'
import { filtered, sorted, SORTS, type Column, type Sort } from './rows'
import { SvelteMap, SvelteSet } from 'svelte/reactivity'

/** What the library shows: its rows, how they are chosen and ordered, and which one the keys act on. */
export class Library {
  view = new Reading<LibraryView>()
  sort = $state<Sort>({ column: 'state', descending: false })
  states = new SvelteSet<MediaState>()
  text = $state('')
  selected = $state<string | null>(null)
  /** A write made the view stale while another room was open; it is read again when the library is next shown. */
  stale = $state(false)

  all = $derived(this.view.value?.media ?? [])
  rows = $derived(sorted(filtered(this.all, this.states, this.text), this.sort))
  counts = $derived.by(() => {
    const counts = new SvelteMap<MediaState, number>()
    for (const row of this.all) counts.set(row.state, (counts.get(row.state) ?? 0) + 1)
    return counts
  })
  #api: Api
  #wanted = false
  #reading: Promise<void> | null = null

  constructor(api: Api) {
    this.#api = api
  }

  /** Reads it all. What is asked for while a reading is under way is one more reading behind it, however often it is asked. */
  read(): Promise<void> {
    this.#wanted = true
    this.#reading ??= this.#readOn().finally(() => (this.#reading = null))
    return this.#reading
  }

  async #readOn(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false
      this.stale = false
      await this.view.read(() => this.#api.library())
    }
    if (!this.all.some((row) => row.id === this.selected)) this.selected = this.rows[0]?.id ?? null
  }

  sortBy(column: Column): void {
    const again = this.sort.column === column
    this.sort = { column, descending: again ? !this.sort.descending : column === 'drift' || column === 'flags' }
  }

  toggle(state: MediaState): void {
    if (!this.states.delete(state)) this.states.add(state)
  }

  /** How the rows are chosen and ordered now, under a name. */
  asView(name: string): SavedView {
    return { name, column: this.sort.column, descending: this.sort.descending, states: [...this.states].sort(), text: this.text.trim() }
  }

  show(view: SavedView): void {
    // A column that this version does not have leaves the order as it is.
    const column = SORTS.find(({ column }) => column === view.column)?.column
    if (column) this.sort = { column, descending: view.descending }
    this.states.clear()
    for (const state of view.states) this.states.add(state)
    this.text = view.text
  }

  unfilter(): void {
    this.states.clear()
    this.text = ''
  }

  /** Moves the selection among the rows shown. */
  move(by: number): void {
    const at = this.rows.findIndex((row) => row.id === this.selected)
    const to = Math.max(0, Math.min(this.rows.length - 1, at + by))
    this.selected = this.rows[to]?.id ?? null
  }

  /** The media that a reviewer would take next: the first that has something to decide, after the one given. */
  nextToReview(after: string | null): string | null {
    const at = this.all.findIndex((row) => row.id === after)
    const turned = [...this.all.slice(at + 1), ...this.all.slice(0, Math.max(0, at))]
    return turned.find((row) => row.state === 'proposed' || row.state === 'flagged')?.id ?? null
  }
}
