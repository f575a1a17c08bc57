import { describe, expect, it } from 'vitest'
import type { Break } from '../../api/generated/Break'
import type { DriftPoint } from '../../api/generated/DriftPoint'
import type { PieceView } from '../../api/generated/PieceView'
import { clearPoints, curvePath, lineOf, nextPiece, residualOf, rowsOf, type Axes } from './plot'

const S = 1_000_000

function point(at_us: number, left_us: number, more: Partial<DriftPoint> = {}): DriftPoint {
  return { at_us, drift_us: left_us, left_us, proposed_left_us: null, score: 0.9, ...more }
}

function piece(index: number, start_us: number, more: Partial<PieceView> = {}): PieceView {
  const span = { start_us, end_us: start_us + 10 * S }
  return {
    index, span, media: span, media_start_us: start_us, rate_ppm: 0, score: 1, accepted: false, words: 10, confidence: null, left_us: null,
    proposed_left_us: null, ...more,
  }
}

const axes: Axes = { from_us: 0, to_us: 100 * S, scale: { low_us: -100, high_us: 100, ticks_us: [], step_us: 100 }, width_px: 100, height_px: 200 }
const cut = (media_us: number): Break => ({ kind: 'cut_from_media', transcript_us: media_us, media_us, len_us: 2_500_000 })

describe('the curve', () => {
  const path = (points: DriftPoint[], breaks: Break[] = []) => curvePath(points, (p) => p.left_us, axes, breaks)

  it('joins windows, and begins anew at breaks and over long gaps', () => {
    const points = [point(0, 0), point(10 * S, 50), point(20 * S, -50), point(90 * S, 0)]
    expect(path(points)).toBe('M0 100.0L10 50.0L20 150.0 M90 100.0')
    expect(path(points, [cut(15 * S)])).toBe('M0 100.0L10 50.0 M20 150.0 M90 100.0')
    expect(path([])).toBe('')
  })

  it('keeps the lowest and the highest of a column', () => {
    expect(path([0, 40, -40, 10].map((left, i) => point(5 * S + i, left)))).toBe('M5 60.0L5 140.0')
  })

  it('leaves out what says nothing', () => {
    expect(clearPoints([point(0, 0), point(1, 9, { score: 0.1 })]).map((p) => p.at_us)).toEqual([0])
    expect(curvePath([point(0, 0)], (p) => p.proposed_left_us, axes, [])).toBe('')
  })
})

it('lists pieces and breaks as they are met', () => {
  const rows = rowsOf([piece(0, 0), piece(1, 20 * S)], [cut(20 * S)])
  expect(rows.map((row) => (row.kind === 'piece' ? row.piece.index : row.text))).toEqual([0, '2.50 s of speech are cut from the media', 1])
})

it('says a line and what it leaves', () => {
  expect(lineOf(piece(0, S, { media_start_us: 2_200_000, rate_ppm: -2524.8 }))).toBe('+1.20 s · −2525 ppm')
  expect(lineOf(piece(0, S))).toBe('±0 ms')
  const left = (left_us: number | null, proposed_left_us: number | null) => residualOf(piece(0, 0, { left_us, proposed_left_us }))
  expect([left(null, null), left(12_400, null), left(1_250_000, 8_000)]).toEqual([null, '12 ms', '1.25 s → 8 ms'])
})

it('goes from piece to piece, first to what is left to accept', () => {
  const pieces = [piece(0, 0, { accepted: true }), piece(1, 20 * S), piece(2, 40 * S)]
  const at = (selected: number | null, by: 1 | -1) => nextPiece(pieces, selected, by)?.index
  expect([at(null, 1), at(null, -1), at(1, 1), at(2, 1), at(0, -1)]).toEqual([1, 1, 2, 2, 0])
  expect(nextPiece([], null, 1)).toBeNull()
})
