import type { Api } from '../api/api'
import type { CallView } from '../api/generated/CallView'
import type { LedgerView } from '../api/generated/LedgerView'

const PAGE = 200

/** The ledger of calls, page by page, and its sums. */
export class Calls {
  /** Whose calls are shown; null for all of the project. */
  media = $state<string | null>(null)
  rows = $state.raw<CallView[]>([])
  sums = $state.raw<Omit<LedgerView, 'calls'> | null>(null)
  #api: Api
  #ticket = 0

  constructor(api: Api) {
    this.#api = api
  }

  clear(): void {
    this.#ticket++
    this.media = null
    this.rows = []
    this.sums = null
  }

  of(media: string | null): Promise<void> {
    this.media = media
    return this.read()
  }

  /** Reads as much as was read, from the newest on. */
  async read(): Promise<void> {
    await this.#take(0, Math.max(PAGE, this.rows.length))
  }

  /** Reads the next older ones, where there are any. */
  async older(): Promise<void> {
    if (this.sums?.more) await this.#take(this.rows.length, PAGE)
  }

  async #take(first: number, count: number): Promise<void> {
    const mine = ++this.#ticket
    const { calls, ...sums } = await this.#api.ledger(this.media, first, count)
    if (mine !== this.#ticket) return
    this.rows = first === 0 ? calls : [...this.rows, ...calls]
    this.sums = sums
  }
}
