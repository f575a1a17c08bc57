import type { EvidenceView, VersionRow } from './types'
import type { GateId } from '../api/generated/GateId'

/** Shares to choose from, for α as for δ. */
export const SHARES = [0.005, 0.01, 0.02, 0.05, 0.1] as const

/** Probes, none of them a defect, that the first step of any certificate takes. */
export function cleanToBegin(alpha: number, delta: number): number {
  const least = Math.ceil(Math.log(delta) / Math.log(1 - alpha))
  let probes = least
  while ((1 - alpha) ** probes > delta * (1 - least / probes)) probes = Math.floor((110 * probes + 99) / 100)
  return probes
}

/** What is wrong with how probes would be drawn, in a sentence; null where nothing is. `pi` is a share of 0..1 per unit. */
export function wrongWith(pi: number, cap: number): string | null {
  if (!(pi > 0)) return 'The chance of a probe must be above 0 %.'
  if (!Number.isInteger(cap) || cap < 1) return 'Units counted per media must be a whole number, 1 or more.'
  // What people enter in percent comes out a rounding error above 1.
  if (pi * cap > 1 + 1e-9) return `A media can't be drawn from with more than 100 %: with ${cap} units counted, the chance may be at most ${percentOf(1 / cap)}.`
  return null
}

/** A share as it is written in a sentence, at no more digits than it has. */
export function percentOf(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}

/** What the limit in force of a gate was certified by; null where nothing certified it. */
export function evidenceOf(versions: readonly VersionRow[], active: number, gate: GateId): EvidenceView | null {
  return versions.find(({ version }) => version === active)?.evidence.find((evidence) => evidence.gate === gate) ?? null
}
