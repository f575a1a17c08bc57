// The certificate of the recording: how many probes allow how many defects, and which steps of a grid hold.
import type { Guarantee } from '../../tuning/types'
import { isFailed, type Gate, type Unit } from './units'

export interface Checkpoint {
  probes: number
  /** Defects that it allows. */
  defects: number
}

/** How many defects the first so many probes may hold, for a share of defects and a chance of being wrong. */
export function checkpoints(alpha: number, delta: number): Checkpoint[] {
  const least = Math.ceil(Math.log(delta) / Math.log(1 - alpha))
  const found: Checkpoint[] = []
  let chances = [1]
  let [before, used] = [0, 0]
  for (let probes = least; probes <= 40 * least; probes = Math.floor((110 * probes + 99) / 100)) {
    for (; before < probes; before++) chances = oneMore(chances, alpha)
    const left = delta * (1 - least / probes) - used
    let [allowed, sum] = [-1, 0]
    while (sum + (chances[allowed + 1] ?? 1) <= left) sum += chances[++allowed] ?? 0
    used += sum
    chances = chances.map((chance, count) => (count <= allowed ? 0 : chance))
    if (allowed >= 0) found.push({ probes, defects: allowed })
  }
  return found
}

/** The chances of so many defects after one more probe; what lies far above what is ever allowed is left out. */
function oneMore(chances: readonly number[], alpha: number): number[] {
  const length = Math.min(chances.length + 1, 60)
  return Array.from({ length }, (_, count) => (chances[count] ?? 0) * (1 - alpha) + (chances[count - 1] ?? 0) * alpha)
}

/** Ever looser limits, in steps of about equal mass, to 97 % that pass. */
function grid(gate: Gate): number[] {
  const sign = gate.fails === 'below' ? 1 : -1
  const scores = gate.units.map(({ value }) => sign * value).sort((a, b) => b - a)
  const passing = scores.filter((score) => score >= sign * (gate.limit ?? 0)).length / Math.max(1, scores.length)
  const shares = Array.from({ length: 20 }, (_, i) => Math.min(0.997, passing + ((Math.max(0.97, passing + 0.02) - passing) * i) / 20))
  return [...new Set(shares.map((share) => scores[Math.min(scores.length - 1, Math.floor(share * scores.length))] ?? 0))].map((score) => sign * score)
}

export function guarantee(gate: Gate, alpha: number, delta: number): Guarantee | null {
  const { probing } = gate
  if (!probing) return null
  const table = checkpoints(alpha, delta)
  const steps = grid(gate)
  const probes = gate.units.filter(({ probe, decision }) => probe !== null && decision !== null).sort((a, b) => (a.probe ?? 0) - (b.probe ?? 0))
  const passing = (limit: number) => probes.filter(({ value }) => !isFailed(gate.fails, value, limit))
  const bad = (units: readonly Unit[]) => units.filter(({ decision }) => decision !== 'false_alarm').length
  const holds = (limit: number) => table.some((point) => passing(limit).length >= point.probes && bad(passing(limit).slice(0, point.probes)) <= point.defects)
  const failed = steps.findIndex((limit) => !holds(limit))
  const step = failed === -1 ? steps.length : failed
  const next = steps[step] ?? null
  const there = next === null ? [] : passing(next)
  const wanted = table.find((point) => point.probes > there.length && point.defects >= bad(there))
  const next_clean = next === null ? 0 : (wanted?.probes ?? 0) - there.length
  const share = there.length / Math.max(1, probes.length)
  const percent = `${Number((alpha * 100).toFixed(1))} %`
  const certified = steps[step - 1] ?? null
  return {
    alpha,
    delta,
    certified,
    step,
    steps: steps.length,
    probes_used: certified === null ? probes.length : passing(certified).length,
    defects: bad(certified === null ? probes : passing(certified)),
    next_limit: next,
    next_clean,
    next_units: next === null ? null : Math.ceil(next_clean / (probing.pi * Math.max(0.05, share))),
    missing_media: next === null ? null : Math.ceil(next_clean / (probing.pi * Math.max(0.05, share) * (gate.units.length / Math.max(1, gate.media)))),
    says:
      certified === null
        ? `${next_clean} clean probes are missing for a guarantee of ${percent}.`
        : `At ${certified} ${gate.unit} at most ${percent} of what passes are defects.${next === null ? '' : ` ${next_clean} clean probes are missing for the next step.`}`,
  }
}
