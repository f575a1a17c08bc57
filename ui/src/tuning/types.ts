// What crosses to the window about tuning. Limits and values are in the gate's unit, shares in 0..1, times of day in milliseconds since 1970;
// a number that could not be estimated is null.
import type { Decision } from '../api/generated/Decision'
import type { Fails } from '../api/generated/Fails'
import type { GateId } from '../api/generated/GateId'

export type GateState = 'off' | 'no_units' | 'no_verdicts' | 'learning' | 'ready' | 'voided'

export interface Probing {
  pi: number
  cap: number
  alpha: number
  delta: number
  began_ms: number
  /** Probes. */
  drawn: number
  decided: number
  open: number
  defects: number
}

export interface GateRow {
  id: GateId
  label: string
  unit: string
  fails: Fails
  says: string
  /** In force; null where the gate is off. */
  limit: number | null
  units: number
  media: number
  flagged: number
  confirmed: number
  false_alarms: number
  unsure: number
  open: number
  known_escapes: number
  state: GateState
  /** One sentence. */
  says_state: string
  probing: Probing | null
}

export interface LimitChange {
  gate: GateId
  from: number | null
  to: number | null
}

export interface EvidenceView {
  gate: GateId
  alpha: number
  delta: number
  probes: number
  defects: number
  grid_hash: string
  batch_hash: string
  seed: string
  pi: number
  cap: number
  /** A sentence: what ended the promise. */
  voided: string | null
}

export interface VersionRow {
  version: number
  active: boolean
  note: string
  at_ms: number
  by: string
  changes: LimitChange[]
  evidence: EvidenceView | null
}

export interface TuningView {
  seq: number
  gates: GateRow[]
  versions: VersionRow[]
  active: number
}

/** Counts of units by value; `edges` has one entry more than each list of counts. */
export interface Bins {
  edges: number[]
  all: number[]
  confirmed: number[]
  false_alarms: number[]
  unsure: number[]
}

/** What each of at most 512 distinct limits, ascending, would do. */
export interface Curve {
  limit: number[]
  /** Units that would be flagged. */
  flagged: number[]
  /** Media with a flag. */
  media: number[]
  precision: (number | null)[]
  precision_low: (number | null)[]
  precision_high: (number | null)[]
  /** Share of defects among what passes. */
  escapes: (number | null)[]
  escapes_low: (number | null)[]
  escapes_high: (number | null)[]
  /** Of review, at the measured pace. */
  minutes: (number | null)[]
  /** Known defects that would pass. */
  known_escapes: number[]
}

export interface Calibration {
  value: number[]
  chance: number[]
}

export interface Drift {
  statistic: number
  p: number
  alarm: boolean
  cusum: number
  says: string
}

export interface Guarantee {
  alpha: number
  delta: number
  /** The loosest certified limit. */
  certified: number | null
  step: number
  steps: number
  probes_used: number
  defects: number
  next_limit: number | null
  /** Clean probes that the next step still needs. */
  next_clean: number
  /** About how many new units bring them. */
  next_units: number | null
  missing_media: number | null
  says: string
}

export interface CostPoint {
  limit: number
  minutes: number
  /** Expected number of defects that pass. */
  escapes: number
}

export interface GateTuning {
  seq: number
  gate: GateId
  limit: number | null
  bins: Bins
  curve: Curve
  calibration: Calibration
  drift: Drift | null
  guarantee: Guarantee | null
  cost: CostPoint[]
}

export interface EffectRow {
  media: string
  name: string
  flag: string
  start_us: number
  end_us: number
  text: string
  value: number
  becomes: 'flagged' | 'passes'
  decision: Decision | null
}

export interface Effect {
  limit: number
  flagged: number
  was_flagged: number
  new_flags: number
  gone_flags: number
  known_defects_lost: number
  minutes: number
  /** At most 200: first known defects that would slip, then others by nearness to the limit. */
  rows: EffectRow[]
}

export interface Load {
  flagged: number
  minutes: number
}

export interface ProposedGate {
  gate: GateId
  from: number | null
  to: number | null
  guarantee: Guarantee | null
  says: string
}

export interface Proposal {
  gates: ProposedGate[]
  before: Load
  after: Load
  held_out: { probes: number; defects: number; says: string }
  digest: string
}

/** A change to the project as a whole. */
export type ProjectOp =
  | { op: 'start_probing'; gate: GateId; pi: number; cap: number; alpha: number; delta: number }
  | { op: 'stop_probing'; gate: GateId }
  | { op: 'set_limit'; gate: GateId; limit: number | null; note: string }
  | { op: 'activate_proposal'; gates: GateId[]; alpha: number; delta: number }
  | { op: 'activate_version'; version: number }
