import type { Fails } from '../api/generated/Fails'
import type { Calibration, CostPoint, Curve } from './types'

/** An estimate with its bounds of 95 %. */
export interface Estimate {
  value: number | null
  low: number | null
  high: number | null
}

/** What a limit does, read off the curve. */
export interface Numbers {
  flagged: number
  media: number
  minutes: number | null
  precision: Estimate
  escapes: Estimate
  known_escapes: number
}

/** Index of the first entry that is not below a value; the length where all are. */
export function firstFrom(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The step of the curve that flags what a limit flags: a value at the limit passes, so that between two steps the one that lies on the side
 * that passes says the same. Null where there is no curve.
 */
export function stepAt(curve: Curve, fails: Fails, limit: number): number | null {
  const { length } = curve.limit
  if (length === 0) return null
  const from = firstFrom(curve.limit, limit)
  const at = fails === 'below' || curve.limit[from] === limit ? from : from - 1
  return Math.max(0, Math.min(length - 1, at))
}

/** The step whose limit is nearest. */
export function nearestStep(curve: Curve, limit: number): number {
  const after = firstFrom(curve.limit, limit)
  const before = after - 1
  if (before < 0) return 0
  if (after >= curve.limit.length) return curve.limit.length - 1
  return limit - (curve.limit[before] ?? 0) < (curve.limit[after] ?? 0) - limit ? before : after
}

/** The limit that lies some steps further on; from between two steps, the first leads to the next of them. */
export function stepped(curve: Curve, from: number, by: number): number {
  const after = firstFrom(curve.limit, from)
  const on = curve.limit[after] === from
  const to = after + by - (by > 0 && !on ? 1 : 0)
  return curve.limit[Math.max(0, Math.min(curve.limit.length - 1, to))] ?? from
}

/** What a limit does; null where there is no curve. No limit flags nothing. */
export function numbersAt(curve: Curve, fails: Fails, limit: number): Numbers | null {
  const at = stepAt(curve, fails, limit)
  if (at === null) return null
  const estimate = (value: readonly (number | null)[], low: readonly (number | null)[], high: readonly (number | null)[]) => ({
    value: value[at] ?? null,
    low: low[at] ?? null,
    high: high[at] ?? null,
  })
  return {
    flagged: curve.flagged[at] ?? 0,
    media: curve.media[at] ?? 0,
    minutes: curve.minutes[at] ?? null,
    precision: estimate(curve.precision, curve.precision_low, curve.precision_high),
    escapes: estimate(curve.escapes, curve.escapes_low, curve.escapes_high),
    known_escapes: curve.known_escapes[at] ?? 0,
  }
}

/** What a point of the cost costs in minutes where an escape costs as many as given. */
export const costOf = (point: CostPoint, price: number) => point.minutes + point.escapes * price

/** The point that costs least; of equal ones, the one that lets least escape. */
export function cheapest(points: readonly CostPoint[], price: number): CostPoint | null {
  const better = (a: CostPoint, b: CostPoint) => costOf(a, price) - costOf(b, price) || a.escapes - b.escapes
  return points.reduce<CostPoint | null>((best, point) => (best === null || better(point, best) < 0 ? point : best), null)
}

/** The chance of a defect at a value, read between the points that are known; null where none is. */
export function chanceAt({ value, chance }: Calibration, at: number): number | null {
  const after = Math.min(value.length - 1, firstFrom(value, at))
  const before = Math.max(0, after - 1)
  const [low, high] = [value[before], value[after]]
  const [from, to] = [chance[before], chance[after]]
  if (low === undefined || high === undefined || from === undefined || to === undefined) return null
  if (at <= low) return from
  return at >= high || high <= low ? to : from + ((to - from) * (at - low)) / (high - low)
}
