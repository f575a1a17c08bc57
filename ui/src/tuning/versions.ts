import type { GateId } from '../api/generated/GateId'
import type { LimitChange, VersionRow } from './types'

/** Each version says what it changed of the one before it. What differs from an older to a newer one is the first and the last of these. */
export function between(versions: readonly VersionRow[], one: number, other: number): LimitChange[] {
  const [older, newer] = one < other ? [one, other] : [other, one]
  const steps = versions.filter(({ version }) => version > older && version <= newer).sort((a, b) => a.version - b.version)
  const differ = new Map<GateId, LimitChange>()
  for (const { gate, from, to } of steps.flatMap(({ changes }) => changes)) differ.set(gate, { gate, from: differ.get(gate)?.from ?? from, to })
  const changed = [...differ.values()].filter(({ from, to }) => from !== to)
  return one < other ? changed : changed.map(({ gate, from, to }) => ({ gate, from: to, to: from }))
}
