import { SvelteSet } from 'svelte/reactivity'
import { sentence } from '../../api'
import type { Api } from '../../api/api'
import type { CandidateRow } from '../../api/generated/CandidateRow'
import type { CandidatesView } from '../../api/generated/CandidatesView'
import type { ClipFilter } from '../../api/generated/ClipFilter'
import type { GateId } from '../../api/generated/GateId'

const SECOND_US = 1_000_000

const FIRST: ClipFilter = { media: [], reviewed: true, gate: null, decided: null, speaker: null, label: null, length_us: 10 * SECOND_US, count: 60, seed: '1' }

/** What can have been decided on a flag, in words. */
export const DECIDED = { open: 'nobody decided', confirmed: 'confirmed', false_alarm: 'false alarm' } as const

export function keyOf({ media, start_us }: Pick<CandidateRow, 'media' | 'start_us'>): string {
  return `${media} ${start_us}`
}

/** How clips were chosen, as a sentence. */
export function sayingOf(filter: ClipFilter, gates: readonly { id: GateId; label: string }[], of: number, byHand: number): string {
  const gate = gates.find(({ id }) => id === filter.gate)?.label
  const conditions = [
    filter.media.length > 0 ? `of ${filter.media.length} media` : 'of all media',
    filter.reviewed ? 'where people reviewed' : '',
    gate ? `where ${gate} flagged something${filter.decided ? ` (${DECIDED[filter.decided as keyof typeof DECIDED] ?? filter.decided})` : ''}` : '',
    filter.speaker === null ? '' : `where ${filter.speaker} speaks`,
    filter.label === null ? '' : `with an annotation “${filter.label}”`,
  ].filter(Boolean)
  const hand = byHand > 0 ? `, ${byHand} left out by hand` : ''
  return `Stretches of ${filter.length_us / SECOND_US} s ${conditions.join(', ')}: ${Math.min(filter.count, of)} of ${of} drawn with the seed ${filter.seed}${hand}.`
}

/** A clip set that is being made: which stretches may be clips, which of them are taken, and what is held out. */
export class Sets {
  making = $state(false)
  filter = $state.raw<ClipFilter>(FIRST)
  found = $state.raw<CandidatesView | null>(null)
  gates = $state.raw<{ id: GateId; label: string }[]>([])
  /** Speakers and labels that were met, to choose from. */
  speakers = $state.raw<string[]>([])
  known = $state.raw<string[]>([])
  /** Candidates that become clips. */
  ticked = new SvelteSet<string>()
  /** The labels that count; all where it is empty. */
  labels = new SvelteSet<string>()
  /** Share of the media that is held out, 0..1. */
  holdout = $state(0.25)
  seed = $state('1')
  name = $state('')
  note = $state('')
  /** The row that the keys act on. */
  at = $state(0)
  busy = $state(false)
  failed = $state<string | null>(null)
  /** What is found is that of the filter as it stands. */
  fresh = $state(false)
  #ticket = 0
  #api: Api

  rows = $derived(this.found?.rows ?? [])
  taken = $derived(this.rows.filter((row) => this.ticked.has(keyOf(row))))
  media = $derived(new SvelteSet(this.taken.map(({ media }) => media)).size)
  truths = $derived(this.taken.reduce((sum, { truths }) => sum + truths, 0))
  /** Why it can't be kept; null where it can. */
  wrong = $derived(this.#wrong())

  constructor(api: Api) {
    this.#api = api
  }

  close(): void {
    this.#ticket++
    this.making = false
    this.filter = FIRST
    this.found = null
    this.fresh = false
    this.ticked.clear()
    this.labels.clear()
    this.busy = false
    this.failed = null
  }

  /** Begins a set of its own. */
  async begin(): Promise<void> {
    this.making = true
    this.name = ''
    this.note = ''
    this.gates = (await this.#api.tuning()).gates.map(({ id, label }) => ({ id, label }))
    await this.look()
  }

  change(part: Partial<ClipFilter>): void {
    this.filter = { ...this.filter, ...part }
    this.fresh = false
  }

  /** Draws candidates; all of them are taken until they are left out by hand. */
  async look(): Promise<void> {
    const mine = ++this.#ticket
    this.busy = true
    this.failed = null
    try {
      const found = await this.#api.candidates(this.filter)
      if (mine !== this.#ticket) return
      this.found = found
      this.fresh = true
      this.speakers = found.speakers
      this.known = [...new SvelteSet([...this.known, ...found.labels.map(([label]) => label)])].sort()
      this.at = 0
      this.ticked.clear()
      for (const row of found.rows) this.ticked.add(keyOf(row))
      for (const label of this.labels) if (!found.labels.some(([name]) => name === label)) this.labels.delete(label)
    } catch (error) {
      if (mine === this.#ticket) this.failed = sentence(error)
    } finally {
      if (mine === this.#ticket) this.busy = false
    }
  }

  /** Takes a candidate, or leaves it out. */
  tick(row: CandidateRow | undefined): void {
    if (!row) return
    const key = keyOf(row)
    if (!this.ticked.delete(key)) this.ticked.add(key)
  }

  tickAll(on: boolean): void {
    this.ticked.clear()
    if (on) for (const row of this.rows) this.ticked.add(keyOf(row))
  }

  count(label: string, on: boolean): void {
    if (on) this.labels.add(label)
    else this.labels.delete(label)
  }

  #wrong(): string | null {
    if (!this.fresh) return 'The filter was changed: draw the clips anew.'
    if (this.taken.length === 0) return 'No clip is ticked.'
    if (this.name.trim() === '') return 'It has no name yet.'
    if (this.holdout > 0 && this.media < 2) return 'Whole media are held out: with one alone nothing is left to look at. Hold out 0 %, or take clips of more media.'
    return null
  }

  /** Keeps it with the truth as it stands; its id. */
  async keep(): Promise<string> {
    this.busy = true
    try {
      const clips = this.taken.map(({ media, start_us, end_us }) => ({ media, start_us, end_us, holdout: false }))
      const chosen = sayingOf(this.filter, this.gates, this.found?.of ?? 0, this.rows.length - this.taken.length)
      const set = { name: this.name.trim(), clips, labels: [...this.labels].sort(), chosen, note: this.note.trim() }
      return await this.#api.keepSet({ set, holdout: this.holdout, seed: this.seed })
    } finally {
      this.busy = false
    }
  }
}
