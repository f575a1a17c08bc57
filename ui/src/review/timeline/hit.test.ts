import { describe, expect, it } from 'vitest'
import type { AnchorView } from '../../api/generated/AnchorView'
import type { Word } from '../words'
import { gripAt, hitTest, momentNear, movedAnchor, retimed, spanAt, type Grip, type Targets } from './hit'
import { annotationLanes, LANE_PX, layoutRows, spansOf, wordTable } from './layout'

const view = { from_us: 0, us_per_px: 1_000, width_px: 1_000 }

describe('grips of the selected word', () => {
  const rows: [string, number, number, number, Grip | null][] = [
    ['24 px about the start of a wide word', 100, 200, 88, 'start'],
    ['its inside', 100, 200, 112, 'start'],
    ['the body', 100, 200, 150, 'body'],
    ['24 px about its end', 100, 200, 212, 'end'],
    ['beyond', 100, 200, 213, null],
    ['the middle third of a narrow word', 100, 112, 106, 'body'],
    ['the edge of a narrow word', 100, 112, 95, 'start'],
    ['a word of one pixel', 100, 101, 94, 'start'],
  ]
  it.each(rows)('%s', (_, start, end, x, grip) => expect(gripAt(x, start, end)).toBe(grip))

  it('are never narrower than 8 px', () => {
    for (let width = 1; width < 100; width++) {
      for (const edge of ['start', 'end'] as const) {
        let wide = 0
        for (let x = 50; x < 250; x += 0.25) if (gripAt(x, 100, 100 + width) === edge) wide += 0.25
        expect(wide).toBeGreaterThanOrEqual(8 - 0.5)
      }
    }
  })
})

it('takes the span under the pointer, else the nearest within reach', () => {
  const spans = spansOf([[10, 20], [22, 30], [60, 60]].map(([a, b], item) => ({ item, start_us: (a ?? 0) * 1000, end_us: (b ?? 0) * 1000 })))
  const rows: [number, number][] = [[15, 0], [22, 1], [33, 1], [40, -1], [58, 2], [7, 0], [5, -1]]
  for (const [x, item] of rows) expect(spanAt(spans, view, x)).toBe(item)
})

it('takes the nearest moment within reach', () => {
  const moments = [10_000, 20_000, 300_000]
  const rows: [number, number, number][] = [[14, 10, 0], [16, 10, 1], [150, 10, -1], [305, 10, 2], [0, 10, 0]]
  for (const [x, reach, index] of rows) expect(momentNear(moments, view, x, reach)).toBe(index)
})

describe('hitTest', () => {
  const words = [
    { id: 0, text: 'so', start_us: 100_000, end_us: 150_000 },
    { id: 1, text: 'the', start_us: 150_000, end_us: 250_000 },
  ] as Word[]
  const targets: Targets = {
    view,
    rows: layoutRows(420, false, 2).rows,
    words: wordTable(words, false),
    crowded: false,
    anchors: [{ id: 'x', transcript_us: 0, media_us: 500_000 }],
    shots: Float64Array.from([300_000]),
    lanes: annotationLanes([
      { id: 'a', label: '', text: '', start_us: 0, end_us: 400_000 },
      { id: 'b', label: '', text: '', start_us: 10_000, end_us: 20_000 },
    ]),
    lane_px: LANE_PX,
    clusters_at: Float64Array.from([700_000]),
    selected_word: null,
  }
  const at = (row: string, x: number, more: Partial<Targets> = {}, dy = 8) =>
    hitTest({ ...targets, ...more }, x, (targets.rows.find((r) => r.id === row)?.y ?? 0) + dy)

  it('knows every row', () => {
    expect(at('ruler', 5)).toEqual({ kind: 'scrub' })
    expect(at('wave', 5)).toEqual({ kind: 'scrub' })
    expect(at('plumb', 490)).toEqual({ kind: 'anchor', anchor: 0 })
    expect(at('plumb', 480)).toEqual({ kind: 'empty' })
    expect(at('words', 120)).toEqual({ kind: 'word', word: 0, grip: null })
    expect(at('words', 900)).toEqual({ kind: 'empty' })
    expect(at('shots', 302)).toEqual({ kind: 'shot', at_us: 300_000 })
    expect(at('annotations', 15)).toEqual({ kind: 'annotation', annotation: 0 })
    expect(at('annotations', 15, {}, 8 + LANE_PX)).toEqual({ kind: 'annotation', annotation: 1 })
    expect(at('flags', 695)).toEqual({ kind: 'flags', cluster: 0 })
  })
  it('gives the selected word the upper hand over its neighbours', () => {
    expect(at('words', 158, { selected_word: 0 })).toEqual({ kind: 'word', word: 0, grip: 'end' })
    expect(at('words', 158)).toEqual({ kind: 'word', word: 1, grip: null })
  })
  it('means no single word where they are crowded, but for the selected one', () => {
    expect(at('words', 200, { crowded: true })).toEqual({ kind: 'empty' })
    expect(at('words', 125, { crowded: true, selected_word: 0 })).toEqual({ kind: 'word', word: 0, grip: 'body' })
  })
})

describe('a dragged word', () => {
  const was = { start_us: 100_000, end_us: 300_000 }
  const rows: [Grip, number, number, number][] = [
    ['start', 50_000.4, 150_000, 300_000],
    ['start', 500_000, 280_000, 300_000],
    ['start', -500_000, 0, 300_000],
    ['end', 40_000, 100_000, 340_000],
    ['end', -900_000, 100_000, 120_000],
    ['end', 9e9, 100_000, 1_000_000],
    ['body', 33_333, 133_333, 333_333],
    ['body', -900_000, 0, 200_000],
    ['body', 9e9, 800_000, 1_000_000],
  ]
  it.each(rows)('%s by %d', (grip, moved, start_us, end_us) => {
    expect(retimed(was, grip, moved, 1_000_000)).toEqual({ start_us, end_us })
  })
  it('that is shorter than the shortest is not made longer by moving an edge inwards', () => {
    expect(retimed({ start_us: 0, end_us: 5_000 }, 'end', -3_000, 1_000_000)).toEqual({ start_us: 0, end_us: 5_000 })
  })
})

describe('a dragged anchor', () => {
  const anchors: AnchorView[] = [
    { id: 'a', transcript_us: 0, media_us: 10_000 },
    { id: 'b', transcript_us: 50_000, media_us: 60_000 },
    { id: 'c', transcript_us: 90_000, media_us: 95_000 },
  ]
  const rows: [string, number, number][] = [['b', 70_000.6, 70_001], ['b', 5, 10_000], ['b', 99_000, 95_000], ['a', -7, 0], ['c', 9e9, 200_000]]
  it.each(rows)('%s to %d stays between its neighbours', (id, to, media_us) => {
    expect(movedAnchor(anchors, id, to, 200_000)).toBe(media_us)
  })
})
