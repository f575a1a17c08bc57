import { sentence } from '../../api'
import type { Api } from '../../api/api'
import type { DiffPart } from '../../api/generated/DiffPart'
import type { PromptVersion } from '../../api/generated/PromptVersion'
import { diffRows } from './diff'

const REST_MS = 150

/** What differs between a version and the draft. */
export class Difference {
  /** Id of the version that the draft is held against. */
  against = $state<string | null>(null)
  /** Side by side, and not line by line. */
  beside = $state(false)
  /** Null until it is known. */
  parts = $state.raw<DiffPart[] | null>(null)
  failed = $state<string | null>(null)
  rows = $derived(diffRows(this.parts ?? [], this.beside))
  #rest: ReturnType<typeof setTimeout> | undefined
  #ticket = 0
  #api: Api
  /** The draft, while its difference is looked at. */
  #shown: () => PromptVersion | null

  constructor(api: Api, shown: () => PromptVersion | null) {
    this.#api = api
    this.#shown = shown
  }

  clear(): void {
    this.#ticket++
    clearTimeout(this.#rest)
    this.against = null
    this.parts = null
    this.failed = null
  }

  /** Begins to look, against the version that the draft began from where no other is chosen. */
  begin(base: string | null): void {
    this.against ??= base
    this.ask()
  }

  hold(against: string | null): void {
    this.against = against
    this.parts = null
    this.ask()
  }

  /** Reckons it anew, once nothing is typed for a moment. */
  ask(): void {
    this.#ticket++
    clearTimeout(this.#rest)
    if (this.against !== null && this.#shown() !== null) this.#rest = setTimeout(() => void this.#read(), REST_MS)
  }

  async #read(): Promise<void> {
    const mine = ++this.#ticket
    const [against, draft] = [this.against, this.#shown()]
    if (against === null || draft === null) return
    try {
      const parts = await this.#api.promptDiff(against, draft)
      if (mine !== this.#ticket) return
      this.parts = parts
      this.failed = null
    } catch (error) {
      if (mine === this.#ticket) this.failed = sentence(error)
    }
  }
}
