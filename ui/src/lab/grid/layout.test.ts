import { describe, expect, it } from 'vitest'
import type { GridRow } from '../../api/generated/GridRow'
import type { VariantHead } from '../../api/generated/VariantHead'
import { gridRecorded } from '../../api/recorded/lab_grid'
import { placeOf, pointsOf, qualityOf, spentOf } from './front'
import { across, reachOf } from './line'
import { moved, sorted } from './rows'

const { variants, rows } = await gridRecorded.grid('r1', 0)

describe('the front', () => {
  const head = (value: number | null, cost: number, latency_ms: number) => ({ f1: value === null ? null : { value, lower: value, upper: value }, cost, latency_ms }) as VariantHead
  const heads = [head(0.6, 10, 900), head(0.8, 20, 100), head(0.7, 30, 50), head(0.8, 20, 200), head(null, 1, 1)]
  it.each([
    ['cost', [[0, true], [1, true], [3, true], [2, false]]],
    ['latency', [[2, true], [1, true], [3, true], [0, false]]],
  ] as const)('against %s is what none beats in both', (against, found) => expect(pointsOf(heads, against).map(({ variant, front }) => [variant, front])).toEqual(found))
  it('agrees with what the run says of its variants', () => {
    for (const { variant, front } of pointsOf(variants, 'cost')) expect(front).toBe(variants[variant]?.on_front)
  })
})

it('draws every point and its bounds within the chart', () => {
  const points = pointsOf(variants, 'cost')
  const size = { width: 400, height: 240, quality: qualityOf(variants), spent: spentOf(points) }
  for (const point of points) {
    const bounds = variants[point.variant]?.f1
    for (const y of [bounds?.lower ?? 0, point.y, bounds?.upper ?? 0]) {
      const at = placeOf({ ...point, y }, size)
      expect(at.x > 0 && at.x < size.width && at.y > 0 && at.y < size.height).toBe(true)
    }
  }
})

it.each([
  [[{ value: 0, lower: -0.02, upper: 0.03 }], null, 0.115],
  [[{ value: 0, lower: -0.4, upper: 0.1 }], 0.07, 0.46],
  [[null], 0.2, 0.23],
  [[{ value: 0, lower: -1, upper: 1 }], null, 1],
])('reaches over %o and %o', (bounds, smallest, reach) => expect(reachOf(bounds, smallest)).toBeCloseTo(reach))

it('puts a difference on the line, and what lies beyond at its end', () => expect([-1, -0.5, 0, 0.25, 9].map((value) => across(value, 0.5))).toEqual([0, 0, 50, 75, 100]))

describe('rows', () => {
  const of = (rows: readonly GridRow[], column: number) => rows.map(({ cells }) => cells[column]?.difference ?? Infinity)
  it('come as they were told, by clip, or with the worst of a column first', () => {
    expect(sorted(rows, 'worst', 1)).toBe(rows)
    expect(sorted(rows, 'clip', 1).map(({ clip }) => clip)).toEqual([...rows.keys()])
    const worst = of(sorted(rows, 'column', 2), 2)
    expect(worst).toEqual([...worst].sort((a, b) => (a === b ? 0 : a - b)))
  })
  it('are moved in up to their ends', () => expect([moved(0, -1, 5), moved(3, 1, 5), moved(3, Infinity, 5), moved(-1, 0, 5)]).toEqual([0, 4, 4, 0]))
})
