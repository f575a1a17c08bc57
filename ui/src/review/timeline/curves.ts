// The plumb line itself: three curves over time. Paths while the points have room; else one rectangle per pixel column, for a stroke
// with thousands of corners is what costs a software painter most.
import { lowerBound, type DriftCurve } from './layout'
import { endOf, toPx, type Viewport } from './scale'
import type { Theme } from './theme'

/** Below this the sound hardly shows where the words lie, and the curve is drawn as the guess that it is. */
export const UNCLEAR_SCORE = 0.3

/** The points in view and one on either side: `[first, end)`. */
export function pointsInView(curve: DriftCurve, view: Viewport): [number, number] {
  return [
    Math.max(0, lowerBound(curve.at, view.from_us) - 1),
    Math.min(curve.at.length, lowerBound(curve.at, endOf(view)) + 1),
  ]
}

/** What a pixel column holds of a curve. */
export interface CurveColumn {
  x: number
  low: number
  high: number
  clear: boolean
}

/** Lowest and highest value per pixel column; columns without a value are left out. Each reaches to where the one before it left off. */
export function curveColumns(curve: DriftCurve, values: Float64Array, view: Viewport): CurveColumn[] {
  const [first, end] = pointsInView(curve, view)
  const columns: CurveColumn[] = []
  let last = NaN
  for (let i = first; i < end; i++) {
    const value = values[i] ?? NaN
    if (Number.isNaN(value)) {
      last = NaN
      continue
    }
    const x = Math.floor(toPx(view, curve.at[i] ?? 0))
    const clear = (curve.score[i] ?? 1) >= UNCLEAR_SCORE
    const column = columns.at(-1)
    if (column?.x === x) {
      column.low = Math.min(column.low, value)
      column.high = Math.max(column.high, value)
      column.clear ||= clear
    } else {
      // A column that no point fell into continues the last value: crowded points leave no more than one or two such.
      if (column && !Number.isNaN(last)) for (let g = column.x + 1; g < x; g++) columns.push({ x: g, low: last, high: last, clear })
      const joined = Number.isNaN(last) ? value : last
      columns.push({ x, low: Math.min(joined, value), high: Math.max(joined, value), clear })
    }
    last = value
  }
  return columns
}

type YOf = (drift_us: number) => number

interface Pen {
  colour: string
  width_px: number
  dash: number[]
}

function drawColumns(g: CanvasRenderingContext2D, columns: readonly CurveColumn[], yOf: YOf, pen: Pen): void {
  const [run, gap] = pen.dash
  for (const clear of [true, false]) {
    const width = clear ? pen.width_px : Math.min(1, pen.width_px)
    g.globalAlpha = clear ? 1 : 0.55
    for (const column of columns) {
      if (column.clear !== clear) continue
      if (run !== undefined && gap !== undefined && column.x % (run + gap) >= run) continue
      // Whole pixels: edges between them are blended, which takes several times as long.
      const top = Math.round(yOf(column.high) - width / 2)
      g.fillRect(column.x, top, 1, Math.max(1, Math.round(yOf(column.low) + width / 2) - top))
    }
  }
  g.globalAlpha = 1
}

function drawPath(g: CanvasRenderingContext2D, curve: DriftCurve, values: Float64Array, view: Viewport, yOf: YOf, pen: Pen): void {
  const [first, end] = pointsInView(curve, view)
  for (const clear of [true, false]) {
    g.lineWidth = clear ? pen.width_px : Math.min(1, pen.width_px)
    g.globalAlpha = clear ? 1 : 0.55
    g.beginPath()
    // Pieces that follow each other stay one path: dashes and joins would begin anew at each.
    let joined = false
    for (let i = first + 1; i < end; i++) {
      const from = values[i - 1] ?? NaN
      const to = values[i] ?? NaN
      const both_clear = Math.min(curve.score[i - 1] ?? 1, curve.score[i] ?? 1) >= UNCLEAR_SCORE
      if (Number.isNaN(from) || Number.isNaN(to) || both_clear !== clear) {
        joined = false
        continue
      }
      if (!joined) g.moveTo(toPx(view, curve.at[i - 1] ?? 0), yOf(from))
      g.lineTo(toPx(view, curve.at[i] ?? 0), yOf(to))
      joined = true
    }
    g.stroke()
  }
  g.globalAlpha = 1
}

export function drawCurves(g: CanvasRenderingContext2D, curve: DriftCurve, view: Viewport, theme: Theme, yOf: YOf): void {
  const [first, end] = pointsInView(curve, view)
  const crowded = end - first > view.width_px / 2
  g.lineJoin = 'round'
  g.lineCap = 'butt'
  const pens: [Float64Array, Pen][] = [
    [curve.drift, { colour: theme.mark, width_px: 1, dash: [4, 3] }],
    [curve.left, { colour: theme.bright, width_px: 2.5, dash: [] }],
    [curve.proposed, { colour: theme.proposed, width_px: 1.75, dash: [] }],
  ]
  for (const [values, pen] of pens) {
    g.setLineDash(pen.dash)
    g.strokeStyle = pen.colour
    g.fillStyle = pen.colour
    if (crowded) drawColumns(g, curveColumns(curve, values, view), yOf, pen)
    else drawPath(g, curve, values, view, yOf, pen)
  }
  g.setLineDash([])
}
