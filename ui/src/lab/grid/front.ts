// Quality against what it costs or how long it takes, as places in a chart.
import type { VariantHead } from '../../api/generated/VariantHead'

export type Against = 'cost' | 'latency'

export interface Point {
  variant: number
  /** What it costs in billionths of a US dollar, or how long it takes in milliseconds. */
  x: number
  /** F1, 0..1. */
  y: number
  front: boolean
}

/** The variants that have a score, the cheapest or fastest first; `front` where no other is both better and cheaper, or faster. */
export function pointsOf(heads: readonly VariantHead[], against: Against): Point[] {
  const all = heads.flatMap((head, variant) => (head.f1 ? [{ variant, x: against === 'cost' ? head.cost : head.latency_ms, y: head.f1.value }] : []))
  const beaten = (point: (typeof all)[number]) => all.some(({ x, y }) => y > point.y && x < point.x)
  return all.map((point) => ({ ...point, front: !beaten(point) })).sort((a, b) => a.x - b.x || a.y - b.y)
}

export interface Extent {
  from: number
  to: number
}

/** What the axis of quality spans: all intervals, widened a little, within 0..1. */
export function qualityOf(heads: readonly VariantHead[]): Extent {
  const known = heads.flatMap(({ f1 }) => (f1 ? [f1] : []))
  if (known.length === 0) return { from: 0, to: 1 }
  const from = Math.min(...known.map(({ lower }) => lower))
  const to = Math.max(...known.map(({ upper }) => upper))
  return { from: Math.max(0, Math.floor((from - 0.02) * 20) / 20), to: Math.min(1, Math.ceil((to + 0.02) * 20) / 20) }
}

/** What the other axis spans: from nothing to a little beyond the most. */
export function spentOf(points: readonly Point[]): Extent {
  return { from: 0, to: Math.max(1, ...points.map(({ x }) => x)) * 1.12 }
}

/** What the chart keeps free at its sides, in px. */
export const LEFT = 46
export const RIGHT = 18
export const TOP = 12
export const BOTTOM = 30

/** A chart in px, and what its axes span. */
export interface Size {
  width: number
  height: number
  quality: Extent
  spent: Extent
}

/** Where a point lies in a chart of this size, in px. */
export function placeOf({ x, y }: Point, { width, height, quality, spent }: Size): { x: number; y: number } {
  const share = (value: number, { from, to }: Extent) => (value - from) / Math.max(1e-9, to - from)
  return { x: LEFT + share(x, spent) * (width - LEFT - RIGHT), y: TOP + (1 - share(y, quality)) * (height - TOP - BOTTOM) }
}
