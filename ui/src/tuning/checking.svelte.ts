import type { Api } from '../api/api'
import type { GateId } from '../api/generated/GateId'
import { Reading } from '../desk/reading.svelte'
import type { GateRow, ProjectOp, Proposal } from './types'
import { wrongWith } from './promise'

/** What a guarantee is asked for, how probes are drawn for it, and the limits that are proposed. */
export class Checking {
  /** Of what passes, at most this share may be defects. */
  alpha = $state(0.05)
  /** The chance that this does not hold. */
  delta = $state(0.05)
  /** Chance of a probe for each unit of a media, in percent, as it is typed. */
  pi_percent = $state<number | null>(1)
  /** Units of a media that count, at most; as it is typed. */
  cap = $state<number | null>(100)
  /** Gates that the proposal is about. */
  gates = $state.raw<GateId[]>([])
  /** A proposal is being made. */
  busy = $state(false)
  #proposed = new Reading<Proposal & { seq: number }>()
  #api: Api

  pi = $derived((this.pi_percent ?? 0) / 100)
  wrong = $derived(wrongWith(this.pi, this.cap ?? 0))

  constructor(api: Api) {
    this.#api = api
  }

  get proposal(): Proposal | null {
    return this.#proposed.value
  }

  /** Shows how a gate is checked; one that is not checked keeps what was entered last. */
  follow(row: GateRow): void {
    this.drop()
    const { probing } = row
    if (!probing) return
    Object.assign(this, { alpha: probing.alpha, delta: probing.delta, pi_percent: Number((probing.pi * 100).toPrecision(6)), cap: probing.cap })
  }

  choose(part: { alpha?: number; delta?: number }): void {
    this.drop()
    Object.assign(this, part)
  }

  drop(): void {
    this.#proposed.clear()
    this.gates = []
    this.busy = false
  }

  async propose(gates: GateId[]): Promise<void> {
    this.drop()
    this.gates = gates
    this.busy = true
    try {
      const read = await this.#proposed.read(async () => ({ seq: 0, ...(await this.#api.tuningPropose(gates, this.alpha, this.delta)) }))
      if (read) this.busy = false
    } catch (error) {
      this.drop()
      throw error
    }
  }

  start(gate: GateId): ProjectOp {
    return { op: 'start_probing', gate, pi: this.pi, cap: this.cap ?? 0, alpha: this.alpha, delta: this.delta }
  }

  /** Puts the proposal in force as it was shown. */
  activate({ digest }: Proposal): ProjectOp {
    return { op: 'activate_proposal', gates: this.gates, alpha: this.alpha, delta: this.delta, digest }
  }
}
