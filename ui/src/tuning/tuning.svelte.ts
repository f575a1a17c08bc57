import type { Api } from '../api/api'
import type { GateId } from '../api/generated/GateId'
import type { Desk } from '../desk/desk.svelte'
import { Reading } from '../desk/reading.svelte'
import { goTo } from '../side/place'
import { Checking } from './checking.svelte'
import { cheapest, nearestStep, numbersAt, stepped } from './curve'
import { Effects } from './effects.svelte'
import { Preprocessing } from './preprocessing.svelte'
import { Scale } from './scale'
import type { Effect, GateTuning, ProjectOp, TuningView } from './types'
import { Profiles } from './profiles.svelte'
import { evidenceOf } from './promise'
import { between } from './versions'
import { limitText } from './words'

export type Tab = 'guarantee' | 'cost' | 'versions' | 'preprocessing'

/** Where gates get their limits: which gate is looked at, the limit that is tried, and what it would do. */
export class Tuning {
  view = new Reading<TuningView>()
  shown = new Reading<GateTuning>()
  tab = $state<Tab>('guarantee')
  gate = $state<GateId | null>(null)
  /** The limit that is tried; null where none is, so that nothing is flagged. */
  limit = $state<number | null>(null)
  /** Why it is put in force; kept with the version. */
  note = $state('')
  /** What an escape costs, in minutes of review. */
  price = $state(10)
  /** The version that is looked at, and the one that it is held against. */
  version = $state<number | null>(null)
  against = $state<number | null>(null)
  checking: Checking
  effects: Effects
  profiles: Profiles
  preprocessing: Preprocessing
  #stale = true
  #api: Api
  #desk: Desk

  gates = $derived(this.view.value?.gates ?? [])
  row = $derived(this.gates.find(({ id }) => id === this.gate) ?? null)
  /** What is known of the gate that is looked at; the answer for another gate is none. */
  known = $derived(this.shown.value?.gate === this.gate ? this.shown.value : null)
  scale = $derived(new Scale(this.known?.bins.edges ?? []))
  drawn = $derived((this.known?.curve.limit.length ?? 0) > 0)
  numbers = $derived(this.#numbersAt(this.limit))
  in_force = $derived(this.#numbersAt(this.row?.limit ?? null))
  moved = $derived(this.row !== null && this.limit !== this.row.limit)
  cheapest = $derived(cheapest(this.known?.cost ?? [], this.price))
  versions = $derived(this.view.value?.versions ?? [])
  seen_version = $derived(this.versions.find(({ version }) => version === this.version) ?? null)
  evidence = $derived(this.gate && this.view.value ? evidenceOf(this.versions, this.view.value.active, this.gate) : null)
  differing = $derived(this.version === null || this.against === null ? [] : between(this.versions, this.against, this.version))

  constructor(api: Api, desk: Desk) {
    this.#api = api
    this.#desk = desk
    this.effects = new Effects(api)
    this.checking = new Checking(api)
    this.profiles = new Profiles(api, desk)
    this.preprocessing = new Preprocessing(api, desk)
  }

  /** The answer about exactly this limit; the curve only knows its own steps. */
  get exact(): Effect | null {
    return this.limit !== null && this.effects.value?.limit === this.limit ? this.effects.value : null
  }

  get flagged(): number | null {
    return this.limit === null ? 0 : (this.exact?.flagged ?? this.numbers?.flagged ?? null)
  }

  get minutes(): number | null {
    return this.limit === null ? 0 : (this.exact?.minutes ?? this.numbers?.minutes ?? null)
  }

  /** Reads what the room shows, unless nothing was written since. */
  async show(): Promise<void> {
    if (this.#stale) await this.read()
    if (this.tab === 'preprocessing') await this.preprocessing.show()
  }

  turn(tab: Tab): void {
    this.tab = tab
    if (tab === 'preprocessing') void this.#desk.try(() => this.preprocessing.show())
  }

  /** Any write may say something of a gate: verdicts, words, limits. It is read again where it is seen. */
  changed(): void {
    this.#stale = true
    this.profiles.changed()
    this.preprocessing.changed()
    if (this.#desk.room === 'tuning') void this.#desk.try(() => this.show())
  }

  clear(): void {
    this.#stale = true
    this.gate = null
    this.limit = null
    this.version = null
    this.against = null
    this.view.clear()
    this.shown.clear()
    this.effects.clear()
    this.checking.drop()
    this.profiles.clear()
    this.preprocessing.clear()
  }

  async read(): Promise<void> {
    this.#stale = false
    const before = this.row
    if (!(await this.view.read(() => this.#api.tuning()))) return
    const row = this.row ?? this.gates[0] ?? null
    if (!row) return
    if (this.gate !== row.id) return this.pick(row.id)
    // What is being tried stays; where nothing was, the limit in force is followed.
    if (this.limit === before?.limit) this.limit = row.limit
    if (before?.probing !== row.probing && JSON.stringify(before?.probing) !== JSON.stringify(row.probing)) this.checking.follow(row)
    if (this.version !== null && !this.seen_version) this.version = null
    await this.#readGate()
  }

  /** Looks at a gate, with the limit that is in force. */
  async pick(gate: GateId): Promise<void> {
    this.gate = gate
    this.limit = this.row?.limit ?? null
    this.note = ''
    this.effects.clear()
    this.shown.clear()
    if (this.row) this.checking.follow(this.row)
    await this.#readGate()
  }

  async #readGate(): Promise<void> {
    const gate = this.gate
    if (gate && (await this.shown.read(() => this.#api.tuningGate(gate)))) this.#ask()
  }

  moveGate(by: 1 | -1): void {
    const at = this.gates.findIndex(({ id }) => id === this.gate)
    const to = this.gates[Math.max(0, Math.min(this.gates.length - 1, at + by))]
    if (to && to.id !== this.gate) void this.#desk.try(() => this.pick(to.id))
  }

  /** Tries a limit. */
  set(limit: number | null): void {
    if (limit === this.limit || this.row === null) return
    this.limit = limit
    this.#ask()
  }

  /** Tries the step of the curve that is nearest to a value. */
  near(value: number): void {
    if (this.known && this.drawn) this.set(this.known.curve.limit[nearestStep(this.known.curve, value)] ?? null)
  }

  /** Goes some steps along the curve; from no limit, in from the side where nothing is flagged. */
  step(by: number): void {
    if (!this.known || !this.drawn) return
    const none = this.row?.fails === 'below' ? -Infinity : Infinity
    this.set(stepped(this.known.curve, this.limit ?? none, by))
  }

  reset(): void {
    if (this.row) this.set(this.row.limit)
  }

  #ask(): void {
    const { gate, limit } = this
    if (gate === null) return
    if (limit === null || !this.drawn) this.effects.clear()
    else void this.#desk.try(() => this.effects.ask(gate, limit))
  }

  #numbersAt(limit: number | null) {
    if (!this.known || !this.row || !this.drawn || limit === null) return null
    return numbersAt(this.known.curve, this.row.fails, limit)
  }

  #write(op: ProjectOp): Promise<boolean> {
    return this.#desk.writes.write(() => this.#api.applyProject(op))
  }

  /** Puts the limit that is tried in force, as a version of its own. */
  async apply(): Promise<void> {
    const { gate, limit, row } = this
    if (gate === null || !row || !this.moved) return
    const said = limit === null ? `${row.label} is off.` : `${row.label}: the limit is ${limitText(limit, row.unit)}.`
    if (!(await this.#write({ op: 'set_limit', gate, limit, note: this.note.trim() }))) return
    this.note = ''
    this.#desk.notices.say(said)
  }

  async start(): Promise<void> {
    if (this.gate === null || this.checking.wrong) return
    if (await this.#write(this.checking.start(this.gate))) this.#desk.notices.say('Checking has begun.')
  }

  async stop(): Promise<void> {
    if (this.gate === null) return
    if (await this.#write({ op: 'stop_probing', gate: this.gate })) this.#desk.notices.say('Checking has ended.')
  }

  /** Proposes limits for the gate that is looked at, or for all that are checked. */
  async propose(all: boolean): Promise<void> {
    const gates = all ? this.gates.filter(({ probing }) => probing !== null).map(({ id }) => id) : this.gate === null ? [] : [this.gate]
    if (gates.length === 0) return
    this.tab = 'guarantee'
    await this.#desk.try(() => this.checking.propose(gates))
  }

  async activate(): Promise<void> {
    const { proposal } = this.checking
    if (!proposal) return
    const op = this.checking.activate(proposal)
    // The limit that was tried gives way to what is in force.
    this.reset()
    if (!(await this.#write(op))) return
    this.checking.drop()
    this.#desk.notices.say('The proposed limits are in force.')
  }

  /** Looks at a version of the limits. */
  moveVersion(by: number): void {
    const at = this.versions.findIndex(({ version }) => version === this.version)
    const to = Math.max(0, Math.min(this.versions.length - 1, at < 0 ? 0 : at + by))
    this.version = this.versions[to]?.version ?? null
  }

  /** Holds other versions against the one that is looked at; once more lets go of it. */
  compare(): void {
    this.against = this.against === null ? this.version : null
  }

  async activateVersion(): Promise<void> {
    const { seen_version } = this
    if (!seen_version || seen_version.active) return
    this.reset()
    if (await this.#write({ op: 'activate_version', version: seen_version.version })) this.#desk.notices.say(`Version ${seen_version.version} is in force.`)
  }

  /** Opens the item that the keys act on in review, at its moment. */
  async open(): Promise<void> {
    const { row } = this.effects
    if (row) await goTo(this.#desk, row.media, { at_us: row.start_us, word: null, flag: row.flag, annotation: null })
  }
}
