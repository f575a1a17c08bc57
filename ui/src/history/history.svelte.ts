import type { Api } from '../api/api'
import type { HistoryFilter } from '../api/generated/HistoryFilter'
import type { HistoryRow } from '../api/generated/HistoryRow'
import type { RestorePreview } from '../api/generated/RestorePreview'
import type { Writes } from '../desk/writes.svelte'

/** Steps of a page. */
const PAGE = 100

type Choice = Omit<HistoryFilter, 'media'>

const ALL: Choice = { who: null, group: null, findings: false }

/** What the history panel shows: steps as far as they were read, which of them are wanted, and the one that restoring would go back to. */
export class History {
  rows = $state.raw<HistoryRow[]>([])
  people = $state.raw<string[]>([])
  /** The step that undo would take back, by its last event. */
  undo = $state<number | null>(null)
  choice = $state.raw<Choice>(ALL)
  /** Of the whole project, also while a media is on the desk. */
  wide = $state(false)
  /** The selected step, by its last event. */
  selected = $state<number | null>(null)
  /** What restoring to the selected step would change, once it was asked. */
  preview = $state.raw<RestorePreview | null>(null)
  read = $state(false)
  /** Only what concerns this media. */
  media = $state<string | null>(null)
  #next = $state<number | null>(null)
  #ticket = 0
  #reading = false
  #api: Api
  #writes: Writes

  at = $derived(this.rows.findIndex((row) => row.seq === this.selected))
  row = $derived(this.rows[this.at] ?? null)
  /** More steps can be read. */
  get hasMore(): boolean {
    return this.#next !== null
  }

  constructor(api: Api, writes: Writes) {
    this.#api = api
    this.#writes = writes
  }

  /** Shows the history of a media, or of the project. */
  async show(media: string | null): Promise<void> {
    this.media = media
    this.selected = null
    this.preview = null
    await this.#load(0)
  }

  async choose(change: Partial<Choice>): Promise<void> {
    this.choice = { ...this.choice, ...change }
    this.selected = null
    this.preview = null
    await this.#load(0)
  }

  /** Reads again as far as it was read: something was done. Who looks at the newest step goes on to do so. */
  async reread(): Promise<void> {
    this.preview = null
    if (this.at === 0) this.selected = null
    await this.#load(0, this.rows.length + 1)
  }

  /** Reads on behind the last step. */
  async more(): Promise<void> {
    if (this.#next !== null && !this.#reading) await this.#load(this.#next)
  }

  async #load(before: number, least = 0): Promise<void> {
    const mine = ++this.#ticket
    this.#reading = true
    const filter: HistoryFilter = { ...this.choice, media: this.media }
    const view = await this.#api.history(filter, before || null, Math.max(PAGE, least)).finally(() => (this.#reading = false))
    // What was asked for later is what the panel is about.
    if (mine !== this.#ticket) return
    this.rows = before === 0 ? view.rows : [...this.rows, ...view.rows]
    this.people = view.people
    this.undo = view.undo
    this.#next = view.next
    this.read = true
    if (!this.rows.some((row) => row.seq === this.selected)) this.selected = this.rows[0]?.seq ?? null
  }

  select(seq: number): void {
    if (seq !== this.selected) this.preview = null
    this.selected = seq
  }

  move(by: number): void {
    const row = this.rows[Math.max(0, Math.min(this.rows.length - 1, this.at + by))]
    if (row) this.select(row.seq)
  }

  /** Asks what restoring to the selected step would change. */
  async ask(): Promise<void> {
    const row = this.row
    if (!row) return
    const preview = await this.#api.restorePreview(row.seq, this.media)
    if (this.row === row) this.preview = preview
  }

  /** Brings things back to how they stood right after the selected step; true once that is done. */
  async restore(): Promise<boolean> {
    const row = this.row
    if (!row || !this.preview || this.preview.changes.length === 0) return false
    const media = this.media
    this.preview = null
    return this.#writes.write(() => this.#api.restore(row.seq, media))
  }
}
