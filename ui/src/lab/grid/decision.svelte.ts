import type { Api } from '../../api/api'
import type { CompareView } from '../../api/generated/CompareView'
import { Reading } from '../../desk/reading.svelte'
import type { Host } from './grid.svelte'

/** One variant against the baseline, and what it takes to promote it. */
export class Decision {
  view = new Reading<CompareView>()
  /** Why it is promoted although the numbers do not carry it. */
  reason = $state('')
  busy = $state(false)
  #run = ''
  #api: Api
  #desk: Host

  constructor(api: Api, desk: Host) {
    this.#api = api
    this.#desk = desk
  }

  clear(): void {
    this.view.clear()
    this.reason = ''
  }

  async read(run: string, baseline: number, candidate: number): Promise<void> {
    const { value } = this.view
    const same = this.#run === run && value?.baseline === baseline && value.candidate === candidate
    if (!same) this.clear()
    this.#run = run
    if (candidate !== baseline) await this.view.read(() => this.#api.compare(run, baseline, candidate))
  }

  /** Promotes where the numbers carry it; else asks why. */
  async begin(): Promise<void> {
    const { value } = this.view
    if (!value) return
    this.reason = ''
    if (value.promote) await this.promote()
    else this.#desk.overlay = 'lab.promote'
  }

  /** True once it is kept. */
  async promote(): Promise<boolean> {
    const { value } = this.view
    const reason = this.reason.trim()
    if (!value || this.busy || (!value.promote && reason === '')) return false
    this.busy = true
    try {
      const kept = await this.#desk.writes.write(() => this.#api.promote(this.#run, value.baseline, value.candidate, reason))
      if (kept) this.#desk.notices.news('Promoted: its task is done with it from now on. Undo takes it back.')
      return kept
    } finally {
      this.busy = false
    }
  }
}
