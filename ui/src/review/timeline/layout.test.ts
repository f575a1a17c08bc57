import { describe, expect, it } from 'vitest'
import type { Annotation } from '../../api/generated/Annotation'
import type { FlagView } from '../../api/generated/FlagView'
import type { Word } from '../words'
import { curveColumns } from './curves'
import {
  annotationLanes, curveAt, driftCurve, flagClusters, labelVariants, layoutRows, lowerBound, nextInCluster, overlapping, sharePerColumn,
  spansOf, wordTable,
} from './layout'

function spans(...list: [number, number][]) {
  return spansOf(list.map(([start_us, end_us], item) => ({ item, start_us, end_us })))
}

function word(id: number, start_us: number, end_us: number, more: Partial<Word> = {}): Word {
  return {
    id, text: `w${id}`, imported_text: null, punctuation: '', original: { start_us, end_us }, proposed: null, confidence: null, alignment_confidence: null,
    retimed: false, in_media: true, masked: false, alternatives: [], start_us, end_us, ...more,
  } as Word
}

it('finds bounds', () => {
  const rows: [number, number][] = [[0, 0], [1, 0], [2, 1], [5, 2], [6, 4], [9, 5]]
  for (const [value, index] of rows) expect(lowerBound([1, 3, 5, 5, 8], value)).toBe(index)
})

describe('spans in view', () => {
  const list = spans([0, 10], [10, 20], [15, 90], [30, 40], [50, 60])
  const rows: [number, number, [number, number]][] = [
    [0, 5, [0, 1]],
    [10, 16, [0, 3]],
    [70, 80, [2, 5]],
    [95, 99, [5, 5]],
    [-9, 0, [0, 0]],
  ]
  it.each(rows)('%d..%d', (from, to, range) => expect(overlapping(list, from, to)).toEqual(range))

  it('sorts words that were retimed out of order', () => {
    expect([...spans([50, 60], [0, 10], [20, 30]).item]).toEqual([1, 2, 0])
  })
})

it('says which share of each column is covered', () => {
  expect([...sharePerColumn(spans([0, 10], [15, 35], [100, 130]), 0, 20, 5)]).toEqual([0.75, 0.75, 0, 0, 0])
  expect([...sharePerColumn(spans([0, 1000]), 500, 10, 2)]).toEqual([1, 1])
})

describe('words', () => {
  const words = [
    word(0, 0, 10, { proposed: { start_us: 100, end_us: 110 } }),
    word(1, 10, 20, { text: '' }),
    word(2, 20, 30, { retimed: true, in_media: false, alignment_confidence: 0.49 }),
  ]
  it('leaves out what was removed, and the proposal unless it is open', () => {
    const table = wordTable(words, false)
    expect([...table.in_force.item]).toEqual([0, 2])
    expect(table.proposed).toBeNull()
    expect(table.proposed_start[0]).toBeNaN()
    expect([...table.state]).toEqual([0, 0, 11])
  })
  it('has a lane for an open proposal', () => {
    const table = wordTable(words, true)
    expect([...(table.proposed?.start ?? [])]).toEqual([100])
    expect(table.proposed_end[0]).toBe(110)
  })
  it('searches 100,000 words in far less than a frame', () => {
    const many = wordTable(Array.from({ length: 100_000 }, (_, i) => word(i, i * 360_000, i * 360_000 + 250_000)), false)
    const before = performance.now()
    for (let i = 0; i < 20; i++) sharePerColumn(many.in_force, 0, 36e9 / 1_400, 1_400)
    expect((performance.now() - before) / 20).toBeLessThan(8)
    const [first, end] = overlapping(many.in_force, 18e9, 18e9 + 10e6)
    expect(end - first).toBeLessThan(32)
  })
})

describe('drift', () => {
  const curve = driftCurve(
    [
      { at_us: 0, drift_us: 0, left_us: 0, proposed_left_us: null, score: 1 },
      { at_us: 10, drift_us: 100, left_us: -50, proposed_left_us: 4, score: 1 },
      { at_us: 20, drift_us: 300, left_us: 50, proposed_left_us: 8, score: 0.1 },
    ],
    true,
  )
  it('is read between its points, and not beyond them or across a gap', () => {
    expect(curveAt(curve.at, curve.drift, 5)).toBe(50)
    expect(curveAt(curve.at, curve.drift, 20)).toBe(300)
    expect(curveAt(curve.at, curve.proposed, 5)).toBeNull()
    expect(curveAt(curve.at, curve.proposed, 15)).toBe(6)
    expect(curveAt(curve.at, curve.drift, 21)).toBeNull()
    expect(curveAt(new Float64Array(0), new Float64Array(0), 0)).toBeNull()
  })
  it('says nothing of a proposal that is not open', () => {
    expect(driftCurve([{ at_us: 0, drift_us: 0, left_us: 0, proposed_left_us: 3, score: 1 }], false).proposed[0]).toBeNaN()
  })
  it('becomes the extremes of each pixel column', () => {
    const columns = curveColumns(curve, curve.left, { from_us: 0, us_per_px: 15, width_px: 2 })
    expect(columns).toEqual([
      { x: 0, low: -50, high: 0, clear: true },
      { x: 1, low: -50, high: 50, clear: false },
    ])
  })
})

function annotation(id: string, label: string, start_us: number, end_us: number): Annotation {
  return { id, label, text: '', start_us, end_us }
}

describe('annotations', () => {
  it('are packed in the first lane that is free, two at most', () => {
    const lanes = annotationLanes([
      annotation('a', 'x', 0, 100), annotation('b', 'x', 10, 20), annotation('c', 'x', 15, 30),
      annotation('d', 'x', 20, 40), annotation('e', 'x', 25, 50),
    ])
    expect(lanes.map((lane) => [...lane.item])).toEqual([[0], [1, 2, 3, 4]])
  })
  it('have a hue and dash of their own for each label', () => {
    const variants = labelVariants(Array.from({ length: 16 }, (_, i) => annotation('', `l${i}`, 0, 1)))
    expect(new Set([...variants.values()].map((v) => `${v.hue} ${v.dash}`)).size).toBe(16)
  })
})

function flag(id: string, start_us: number, decided = false): FlagView {
  return { id, start_us, end_us: start_us, verdict: decided ? {} : null } as FlagView
}

describe('flags', () => {
  const flags = [flag('a', 0, true), flag('b', 5), flag('c', 50), flag('d', 90)]
  it('that lie too close become one mark, which shows one that waits', () => {
    expect(flagClusters(flags, 1)).toEqual([
      { at_us: 0, flags: [0, 1], shown: 1 },
      { at_us: 50, flags: [2], shown: 2 },
      { at_us: 90, flags: [3], shown: 3 },
    ])
    expect(flagClusters(flags, 0.1)).toHaveLength(4)
  })
  it('of a mark are selected one after the other', () => {
    const [cluster] = flagClusters(flags, 1)
    if (!cluster) throw new Error('no cluster')
    expect(nextInCluster(cluster, flags, null)).toBe(1)
    expect(nextInCluster(cluster, flags, 'b')).toBe(0)
    expect(nextInCluster(cluster, flags, 'a')).toBe(1)
  })
})

it('gives what is left of the height to the plumb line and the waveform', () => {
  const row = (height: number, id: string) => layoutRows(height, true, 3).rows.find((r) => r.id === id)?.h ?? 0
  expect(layoutRows(420, true, 3).height_px).toBe(420)
  expect(row(420, 'plumb')).toBeGreaterThan(row(420, 'wave'))
  expect(row(100, 'plumb')).toBe(48)
  expect(row(100, 'wave')).toBe(32)
  const { rows } = layoutRows(300, true, 2)
  rows.slice(1).forEach((r, i) => expect(r.y).toBeGreaterThanOrEqual((rows[i]?.y ?? 0) + (rows[i]?.h ?? 0)))
})
