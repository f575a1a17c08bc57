// A difference on one line: what it is at least and at most, zero, and the smallest that could be told.
import type { Bounded } from '../../api/generated/Bounded'

/** The line reaches at least this far to both sides, so that small differences look small. */
const LEAST_REACH = 0.1

/** How far the line reaches to both sides of zero: to all that is drawn on it, a little widened. */
export function reachOf(bounds: readonly (Bounded | null)[], smallest: number | null): number {
  const ends = bounds.flatMap((bounded) => (bounded ? [Math.abs(bounded.lower), Math.abs(bounded.upper)] : []))
  return Math.min(1, Math.max(LEAST_REACH, smallest ?? 0, ...ends) * 1.15)
}

/** The place of a difference on the line, in percent from its left end. */
export function across(difference: number, reach: number): number {
  return 50 + 50 * Math.max(-1, Math.min(1, difference / reach))
}
