// Tuning in the recording: what the Rust side would answer about the made-up measures, near enough to design by.
import type { GateId } from '../generated/GateId'
import type { Bins, CostPoint, Curve, Effect, EffectRow, GateRow, GateState, GateTuning, LimitChange, ProjectOp, Proposal, TuningView, VersionRow } from '../../tuning/types'
import { guarantee } from './certificate'
import { gates, isFailed, type Gate, type Unit } from './units'

const SECONDS_A_FLAG = 7
const DAY_MS = 86_400_000
const FIRST_MS = 1_784_000_000_000
const BINS = 72
const STEPS = 256

/** A version with all the limits it holds. */
interface Version extends Omit<VersionRow, 'active' | 'changes'> {
  limits: Map<GateId, number | null>
}

interface World {
  gates: Gate[]
  versions: Version[]
  active: number
}

/** Media of the recording that an item can be opened in. */
export interface Shelf {
  id: string
  name: string
  duration_us: number
}

const minutesOf = (flagged: number) => (flagged * SECONDS_A_FLAG) / 60

function first(made: readonly Gate[]): World {
  const now = new Map(made.map(({ id, limit }) => [id, limit]))
  const limits = (changed: Partial<Record<GateId, number | null>>) => new Map([...now].map(([id, limit]) => [id, changed[id] === undefined ? limit : changed[id]]))
  const words = made.find(({ id }) => id === 'words_without_speech')
  const evidence = (gate: GateId, voided: string | null) => ({
    gate, alpha: 0.05, delta: 0.05, probes: 118, defects: 1, grid_hash: '9f2c41d07ab3', batch_hash: '51e0aa37c2d9', seed: '7', pi: 0.01, cap: 100, sources: 'transcribe; measures 1', voided,
  })
  const row = (version: number, note: string, by: string, changed: Partial<Record<GateId, number | null>>): Version => ({
    version, note, by, at_ms: FIRST_MS + version * 11 * DAY_MS, limits: limits(changed), evidence: [],
  })
  const versions = [
    row(1, 'Built-in limits', '', { word_confidence: 60, words_without_speech: 25, reading_speed: 25, residual_offset: 100 }),
    row(2, 'Too many false alarms on quick lines', 'Ada', { word_confidence: 60, words_without_speech: 25, residual_offset: 100 }),
    row(3, 'As found on the pilot', 'Bo', { word_confidence: 60, words_without_speech: 25 }),
    { ...row(4, 'Proposed from 118 probes', 'Ada', { word_confidence: 60 }), evidence: [evidence('words_without_speech', words?.voided ?? null)] },
    row(5, 'Names of people score low and are right', 'Bo', {}),
  ]
  return { gates: made.map((gate) => ({ ...gate })), versions, active: 5 }
}

/** The made-up measures, and the changes that were made to the project. */
export class RecordedTuning {
  #made: Gate[] | null = null
  #empty: boolean

  constructor(empty: boolean) {
    this.#empty = empty
  }

  view(ops: readonly ProjectOp[], seq: number): TuningView {
    const world = this.#world(ops)
    return { seq, gates: world.gates.map(rowOf), versions: world.versions.map((version, i) => versionRow(version, world.versions[i - 1], world.active)).reverse(), active: world.active }
  }

  gate(ops: readonly ProjectOp[], id: GateId, seq: number): GateTuning {
    const gate = this.#gate(ops, id)
    const limits = limitsOf(gate.units)
    const { probing } = gate
    return {
      seq,
      gate: id,
      limit: gate.limit,
      bins: binsOf(gate.units),
      curve: curveOf(gate, limits),
      calibration: calibrationOf(gate),
      drift: probing ? { statistic: 0.08, p: 0.41, alarm: gate.voided !== null, cusum: gate.voided ? 1320 : 2.4, says: gate.voided ?? 'New probes look like those that certified.' } : null,
      guarantee: probing && !gate.voided ? guarantee(gate, probing.alpha, probing.delta) : null,
      cost: costOf(gate, limits),
    }
  }

  effect(ops: readonly ProjectOp[], id: GateId, limit: number, shelf: readonly Shelf[]): Effect {
    const gate = this.#gate(ops, id)
    const now = gate.units.map((unit) => isFailed(gate.fails, unit.value, gate.limit))
    const then = gate.units.map((unit) => isFailed(gate.fails, unit.value, limit))
    const differ = gate.units.flatMap((unit, i) => (now[i] === then[i] ? [] : [{ unit, i }]))
    const lost = ({ unit, i }: { unit: Unit; i: number }) => Number(!then[i] && unit.decision === 'confirmed')
    const sorted = differ.sort((a, b) => lost(b) - lost(a) || Math.abs(a.unit.value - limit) - Math.abs(b.unit.value - limit) || a.i - b.i)
    const flagged = then.filter(Boolean).length
    return {
      limit,
      flagged,
      was_flagged: now.filter(Boolean).length,
      new_flags: differ.filter(({ i }) => then[i]).length,
      gone_flags: differ.filter(({ i }) => !then[i]).length,
      known_defects_lost: sorted.filter((entry) => lost(entry) > 0).length,
      minutes: minutesOf(flagged),
      rows: sorted.slice(0, 200).flatMap(({ unit, i }) => effectRow(gate, unit, i, Boolean(then[i]), shelf)),
    }
  }

  propose(ops: readonly ProjectOp[], ids: readonly GateId[], alpha: number, delta: number): Proposal {
    const chosen = this.#world(ops).gates.filter(({ id }) => ids.includes(id))
    const proposed = chosen.map((gate) => {
      const found = gate.voided ? null : guarantee(gate, alpha, delta)
      return { gate, found, to: found?.certified ?? gate.limit }
    })
    const load = (limit: (entry: (typeof proposed)[number]) => number | null) => {
      const flagged = proposed.reduce((sum, entry) => sum + entry.gate.units.filter(({ value }) => isFailed(entry.gate.fails, value, limit(entry))).length, 0)
      const escapes = proposed.flatMap((entry) => entry.gate.units.filter(({ value, decision }) => decision === 'confirmed' && !isFailed(entry.gate.fails, value, limit(entry))))
      return { flagged, minutes: minutesOf(flagged), known_escapes: escapes.length }
    }
    const aside = proposed.flatMap(({ gate, to }) => gate.units.filter(({ probe, decision, value }) => (probe ?? 0) % 5 === 4 && decision !== null && !isFailed(gate.fails, value, to)))
    const defects = aside.filter(({ decision }) => decision === 'confirmed').length
    return {
      gates: proposed.map(({ gate, found, to }) => ({ gate: gate.id, from: gate.limit, to, guarantee: found, says: found?.says ?? 'Nothing was checked for this gate; its limit stays.' })),
      before: load(({ gate }) => gate.limit),
      after: load(({ to }) => to),
      held_out: { probes: aside.length, defects, says: aside.length === 0 ? 'No probes were set aside to check with.' : `${defects} of ${aside.length} probes that were set aside and would pass ${defects === 1 ? 'is a defect' : 'are defects'}.` },
      digest: 'c41f09be72aa',
    }
  }

  #world(ops: readonly ProjectOp[]): World {
    this.#made ??= gates().map((gate) => (this.#empty ? { ...gate, units: [], media: 0, probing: null } : gate))
    return ops.reduce(change, first(this.#made))
  }

  #gate(ops: readonly ProjectOp[], id: GateId): Gate {
    const found = this.#world(ops).gates.find((gate) => gate.id === id)
    if (!found) throw new Error(`There is no gate ${id}.`)
    return found
  }
}

function change(world: World, op: ProjectOp): World {
  const set = (id: GateId, part: Partial<Gate>) => world.gates.map((gate) => (gate.id === id ? { ...gate, ...part } : gate))
  switch (op.op) {
    case 'start_probing':
      return { ...world, gates: set(op.gate, { probing: { pi: op.pi, cap: op.cap, alpha: op.alpha, delta: op.delta }, voided: null }) }
    case 'stop_probing':
      return { ...world, gates: set(op.gate, { probing: null }) }
    case 'set_limit':
      return withVersion({ ...world, gates: set(op.gate, { limit: op.limit }) }, op.note)
    case 'activate_proposal': {
      const to = (gate: Gate) => (op.gates.includes(gate.id) && !gate.voided ? (guarantee(gate, op.alpha, op.delta)?.certified ?? gate.limit) : gate.limit)
      return withVersion({ ...world, gates: world.gates.map((gate) => ({ ...gate, limit: to(gate) })) }, 'Proposed from probes')
    }
    case 'skip_phrase':
      return world
    case 'activate_version': {
      const version = world.versions.find(({ version }) => version === op.version)
      if (!version) throw new Error(`There is no version ${op.version} of the limits.`)
      return { ...world, active: op.version, gates: world.gates.map((gate) => ({ ...gate, limit: version.limits.get(gate.id) ?? null })) }
    }
  }
}

function withVersion(world: World, note: string): World {
  const version = world.versions.length + 1
  const limits = new Map(world.gates.map(({ id, limit }) => [id, limit]))
  return { ...world, active: version, versions: [...world.versions, { version, note, by: 'Ada', at_ms: FIRST_MS + (80 + version) * DAY_MS, limits, evidence: [] }] }
}

function versionRow({ limits, ...version }: Version, before: Version | undefined, active: number): VersionRow {
  const changes: LimitChange[] = [...limits].flatMap(([gate, to]) => {
    const from = before?.limits.get(gate) ?? null
    return before && from !== to ? [{ gate, from, to }] : []
  })
  return { ...version, active: version.version === active, changes }
}

function rowOf(gate: Gate): GateRow {
  const flagged = gate.units.filter(({ value }) => isFailed(gate.fails, value, gate.limit))
  const said = (units: readonly Unit[], decision: Unit['decision']) => units.filter((unit) => unit.decision === decision).length
  const probes = gate.units.filter(({ probe }) => probe !== null)
  const probing = gate.probing && {
    ...gate.probing,
    drawn: probes.length,
    decided: probes.filter(({ decision }) => decision !== null).length,
    open: said(probes, null),
    defects: probes.filter(({ decision }) => decision === 'confirmed' || decision === 'unsure').length,
  }
  const known_escapes = gate.units.filter(({ value, decision }) => decision === 'confirmed' && !isFailed(gate.fails, value, gate.limit)).length
  const { id, label, unit, fails, says, limit, media, units } = gate
  const [state, says_state] = stateOf(gate)
  return {
    id, label, unit, fails, says, limit, media, units: units.length, flagged: flagged.length, known_escapes, state, says_state, probing,
    confirmed: said(units, 'confirmed'), false_alarms: said(units, 'false_alarm'), unsure: said(units, 'unsure'), open: said(flagged, null),
  }
}

function stateOf(gate: Gate): [GateState, string] {
  if (gate.limit === null) return ['off', 'Nothing is flagged while the gate is off.']
  if (gate.units.length === 0) return ['no_units', 'No media was measured with this gate yet.']
  if (gate.voided) return ['voided', gate.voided]
  if (!gate.units.some(({ decision }) => decision !== null)) return ['no_verdicts', `Nobody looked at any of its ${gate.units.length} units yet.`]
  const found = gate.probing && guarantee(gate, gate.probing.alpha, gate.probing.delta)
  if (!found) return ['learning', 'Verdicts come in, but nothing is checked blind: no guarantee can be given.']
  return [found.certified === null ? 'learning' : 'ready', found.says]
}

function limitsOf(units: readonly Unit[]): number[] {
  const values = [...new Set(units.map(({ value }) => value))].sort((a, b) => a - b)
  return values.length <= STEPS ? values : Array.from({ length: STEPS }, (_, i) => values[Math.round((i * (values.length - 1)) / (STEPS - 1))] ?? 0)
}

/** Even bins, unless a long tail would crowd most of them into a corner: then each step up is the same factor. */
function binsOf(units: readonly Unit[]): Bins {
  const values = units.map(({ value }) => value).sort((a, b) => a - b)
  const [low, high] = [values[0] ?? 0, values.at(-1) ?? 1]
  const middle = values[values.length >> 1] ?? 0
  const tailed = low > 0 && high / Math.max(low, middle) > 8
  const edges = Array.from({ length: BINS + 1 }, (_, i) => (tailed ? low * (high / low) ** (i / BINS) : low + ((high - low) * i) / BINS))
  const bins: Bins = { edges, all: Array(BINS).fill(0), confirmed: Array(BINS).fill(0), false_alarms: Array(BINS).fill(0), unsure: Array(BINS).fill(0) }
  const kept = { confirmed: bins.confirmed, false_alarm: bins.false_alarms, unsure: bins.unsure }
  for (const { value, decision } of units) {
    const share = tailed ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
    const at = Math.max(0, Math.min(BINS - 1, Math.floor(share * BINS)))
    bins.all[at] = (bins.all[at] ?? 0) + 1
    if (decision) kept[decision][at] = (kept[decision][at] ?? 0) + 1
  }
  return bins
}

/** A share with the bounds of Wilson for 95 %; nothing of nothing. */
function share(hits: number, all: number): [number | null, number | null, number | null] {
  if (all === 0) return [null, null, null]
  const z = 1.96
  const [p, zz] = [hits / all, (z * z) / all]
  const middle = (p + zz / 2) / (1 + zz)
  const half = (z * Math.sqrt((p * (1 - p)) / all + zz / (4 * all))) / (1 + zz)
  return [p, Math.max(0, middle - half), Math.min(1, middle + half)]
}

function curveOf(gate: Gate, limits: number[]): Curve {
  const looked = gate.units.filter(({ decision }) => decision === 'confirmed' || decision === 'false_alarm')
  const probes = gate.units.filter(({ probe, decision }) => probe !== null && decision !== null)
  const failed = (units: readonly Unit[], limit: number) => units.filter(({ value }) => isFailed(gate.fails, value, limit))
  const flagged = limits.map((limit) => failed(gate.units, limit))
  const confirmed = (units: readonly Unit[]) => units.filter(({ decision }) => decision === 'confirmed').length
  const precision = limits.map((limit) => share(confirmed(failed(looked, limit)), failed(looked, limit).length))
  const passing = (units: readonly Unit[], limit: number) => units.filter(({ value }) => !isFailed(gate.fails, value, limit))
  const escapes = limits.map((limit) => share(confirmed(passing(probes, limit)), passing(probes, limit).length))
  return {
    limit: limits,
    flagged: flagged.map(({ length }) => length),
    media: flagged.map((units) => new Set(units.map(({ media }) => media)).size),
    precision: precision.map(([value]) => value),
    precision_low: precision.map(([, low]) => low),
    precision_high: precision.map(([, , high]) => high),
    escapes: escapes.map(([value]) => value),
    escapes_low: escapes.map(([, low]) => low),
    escapes_high: escapes.map(([, , high]) => high),
    minutes: flagged.map(({ length }) => minutesOf(length)),
    known_escapes: limits.map((limit) => confirmed(passing(looked, limit))),
  }
}

/** Chance of a defect by value, pooled until it only falls, or only rises, with the value. */
function calibrationOf(gate: Gate): GateTuning['calibration'] {
  const sign = gate.fails === 'below' ? -1 : 1
  const looked = gate.units.filter(({ decision }) => decision === 'confirmed' || decision === 'false_alarm').sort((a, b) => sign * (a.value - b.value))
  const pools: { sum: number; count: number; values: number[] }[] = []
  for (const { value, decision } of looked) {
    pools.push({ sum: Number(decision === 'confirmed'), count: 1, values: [value] })
    for (let [a, b] = [pools.at(-2), pools.at(-1)]; a && b && a.sum / a.count >= b.sum / b.count; [a, b] = [pools.at(-2), pools.at(-1)]) {
      pools.splice(-2, 2, { sum: a.sum + b.sum, count: a.count + b.count, values: [...a.values, ...b.values] })
    }
  }
  const points = pools.flatMap(({ sum, count, values }) => [values[0], values.at(-1)].map((value) => ({ value: value ?? 0, chance: sum / count })))
  const sorted = points.sort((a, b) => a.value - b.value)
  return { value: sorted.map(({ value }) => value), chance: sorted.map(({ chance }) => chance) }
}

function costOf(gate: Gate, limits: readonly number[]): CostPoint[] {
  if (!gate.units.some(({ decision }) => decision !== null)) return []
  const every = Math.max(1, Math.floor(limits.length / 100))
  return limits
    .filter((_, i) => i % every === 0)
    .map((limit) => {
      const flagged = gate.units.filter(({ value }) => isFailed(gate.fails, value, limit)).length
      return { limit, minutes: minutesOf(flagged), escapes: gate.units.filter(({ value, defect }) => defect && !isFailed(gate.fails, value, limit)).length }
    })
}

function effectRow(gate: Gate, { value, decision }: Unit, i: number, flagged: boolean, shelf: readonly Shelf[]): EffectRow[] {
  const media = shelf[i % Math.max(1, shelf.length)]
  if (!media) return []
  const start_us = (i * 7_919_000) % Math.max(1, media.duration_us - 2_000_000)
  const said = ['before the valve was opened', 'the grey door you see here', 'forty litres', 'back to one point two', 'off for the bearing'][i % 5] ?? ''
  return [{ media: media.id, name: media.name, flag: `${gate.id}-${i}`, start_us, end_us: start_us + 1_200_000, text: said, value, becomes: flagged ? 'flagged' : 'passes', decision }]
}
