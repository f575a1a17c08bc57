import type { Api } from '../api/api'
import type { GateId } from '../api/generated/GateId'
import type { Effect } from './types'

/** What another limit would change. One question is on its way at most; of those that come meanwhile only the last is asked. */
export class Effects {
  value = $state.raw<Effect | null>(null)
  /** A question waits for its answer. */
  asking = $state(false)
  /** The row that the keys act on. */
  selected = $state(0)
  #wanted: { gate: GateId; limit: number } | null = null
  #ticket = 0
  #api: Api

  row = $derived(this.value?.rows[this.selected] ?? null)

  constructor(api: Api) {
    this.#api = api
  }

  async ask(gate: GateId, limit: number): Promise<void> {
    this.#wanted = { gate, limit }
    if (this.asking) return
    this.asking = true
    try {
      while (this.#wanted) await this.#answer(this.#wanted)
    } finally {
      this.#wanted = null
      this.asking = false
    }
  }

  async #answer(wanted: { gate: GateId; limit: number }): Promise<void> {
    this.#wanted = null
    const mine = this.#ticket
    const effect = await this.#api.tuningEffect(wanted.gate, wanted.limit)
    if (mine !== this.#ticket) return
    this.value = effect
    this.selected = Math.max(0, Math.min(effect.rows.length - 1, this.selected))
  }

  /** Another gate, or none: what was asked is of no use. */
  clear(): void {
    this.#ticket++
    this.#wanted = null
    this.value = null
    this.selected = 0
  }

  move(by: number): void {
    const last = (this.value?.rows.length ?? 0) - 1
    this.selected = Math.max(0, Math.min(last, this.selected + by))
  }
}
