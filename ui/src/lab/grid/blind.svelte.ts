import type { Api } from '../../api/api'
import type { BlindPair } from '../../api/generated/BlindPair'
import type { Vote } from '../../api/generated/Vote'
import type { Host } from './grid.svelte'
import { lookOf } from './looks'
import type { Voice } from './marks'

type Side = 'a' | 'b'

/** Votes on two variants without knowing which is which. What they come to is told by the comparison alone. */
export class Blind {
  on = $state(false)
  pair = $state.raw<BlindPair | null>(null)
  side = $state<Side>('a')
  /** Nothing is left to vote on. */
  done = $state(false)
  #busy = false
  #run = ''
  #between: [number, number] = [0, 0]
  #api: Api
  #desk: Host

  /** What the side says that is seen; sides look alike, so that nothing tells them apart but what they say. */
  voices = $derived.by((): Voice[] => {
    const { pair, side } = this
    if (!pair) return []
    const look = { ...lookOf(0), number: side.toUpperCase() }
    return [{ key: side, name: `Side ${side.toUpperCase()}`, look, marks: pair[side].map((mark) => ({ ...mark, standing: 'unjudged' as const })), missed: [] }]
  })

  constructor(api: Api, desk: Host) {
    this.#api = api
    this.#desk = desk
  }

  async begin(run: string, one: number, other: number): Promise<void> {
    this.#run = run
    this.#between = [one, other]
    this.on = true
    await this.#next()
  }

  async #next(): Promise<void> {
    const pair = await this.#desk.try(() => this.#api.blindPair(this.#run, ...this.#between))
    if (!this.on) return
    this.pair = pair
    this.done = pair === null
    this.side = 'a'
  }

  /** A vote may have been taken back; true where another pair may be there now. One's own vote leads on by itself. */
  async again(): Promise<boolean> {
    if (this.#busy) return false
    await this.#next()
    return true
  }

  turn(): void {
    this.side = this.side === 'a' ? 'b' : 'a'
  }

  /** True once it is kept and the next pair is there; a key that comes too early is no vote on the next pair. */
  async vote(vote: Vote): Promise<boolean> {
    const { pair } = this
    if (!pair || this.#busy) return false
    this.#busy = true
    try {
      const kept = await this.#desk.writes.write(() => this.#api.vote(this.#run, ...this.#between, pair.clip, vote))
      if (kept) await this.#next()
      return kept
    } finally {
      this.#busy = false
    }
  }

  stop(): void {
    this.on = false
    this.pair = null
    this.done = false
  }
}
