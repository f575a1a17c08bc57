// How the numbers of a run are written.
import type { Bounded } from '../../api/generated/Bounded'

export type Way = 'up' | 'down' | 'same'

/** Differences smaller than this are written as none. */
const GRAIN = 0.005

export const SIGNS: Record<Way, string> = { up: '▲', down: '▼', same: '=' }
export const HUES: Record<Way, string> = { up: 'var(--signal-good)', down: 'var(--signal-open)', same: 'var(--n10)' }

/** Where a difference leads, as far as two places show it. */
export function wayOf(difference: number): Way {
  if (Math.abs(difference) < GRAIN) return 'same'
  return difference > 0 ? 'up' : 'down'
}

/** A score of 0..1 with two places; a dash where there is none. */
export function score(value: number | null): string {
  return value === null ? '–' : value.toFixed(2)
}

/** A difference of scores, its sign always shown. */
export function signed(difference: number): string {
  const way = wayOf(difference)
  return `${way === 'same' ? '±' : way === 'up' ? '+' : '−'}${Math.abs(difference).toFixed(2)}`
}

/** Bounds of a score. */
export function boundsOf({ lower, upper }: Bounded): string {
  return `${lower.toFixed(2)}–${upper.toFixed(2)}`
}

/** Bounds of a difference, their signs always shown. */
export function signedBounds({ lower, upper }: Bounded): string {
  return `${signed(lower)} to ${signed(upper)}`
}

/** What is known for sure of a difference: that it is above or below zero, or neither. */
export function surely({ lower, upper }: Bounded): Way {
  if (lower > 0) return 'up'
  return upper < 0 ? 'down' : 'same'
}

/** How long an answer takes: milliseconds below a second, seconds from there on. */
export function wait(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
}

/** Part of a whole in whole percent; a dash where the whole is nothing. */
export function partOf(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.round((part / whole) * 100)} %`
}

/** What a chance is, without telling a small one as none. */
export function chance(p: number): string {
  return p < 0.001 ? 'below 0.001' : p.toFixed(3)
}
