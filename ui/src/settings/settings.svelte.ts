import type { Api } from '../api/api'
import type { Settings as Kept } from '../api/generated/Settings'
import type { Notices } from '../desk/notices.svelte'
import { FIRST } from './first'

/** What the person has set. A change holds at once and is kept behind it. */
export class Settings {
  value = $state.raw<Kept>(FIRST)
  /** The account's name on this computer. */
  account = $state('')
  /** The reviewer's name where the environment gives it; it can't be changed here. */
  named = $state<string | null>(null)
  reviewer = $derived(this.named ?? this.value.reviewer ?? this.account)
  #api: Api
  #notices: Notices
  #last: Promise<unknown> = Promise.resolve()

  constructor(api: Api, notices: Notices) {
    this.#api = api
    this.#notices = notices
  }

  async read(): Promise<void> {
    const view = await this.#api.settings()
    this.value = view.settings
    this.account = view.account
    this.named = view.named
    if (view.notice) this.#notices.failed(new Error(view.notice))
  }

  /** Whether nobody has said yet who reviews. */
  get asks(): boolean {
    return this.named === null && this.value.reviewer === null
  }

  change(part: Partial<Kept>): void {
    const value = { ...this.value, ...part }
    this.value = value
    // One after the other: an earlier save must not overtake a later one.
    this.#last = this.#last.then(() => this.#api.saveSettings(value)).catch((error: unknown) => this.#notices.failed(error))
  }
}
