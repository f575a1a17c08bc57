// The plumb line itself: three curves over time, thinned to at most two points a pixel column.
import { lowerBound, type DriftCurve } from './layout'
import { endOf, toPx, type Viewport } from './scale'
import type { Theme } from './theme'

/** Below this the sound hardly shows where the words lie, and the curve is drawn as the guess that it is. */
export const UNCLEAR_SCORE = 0.3

export interface CurvePoint {
  x: number
  value: number
  clear: boolean
}

/**
 * The points of a curve to draw: those in view and one on either side, as they are while there is room; else the lowest and the
 * highest of each pixel column, in their order. A gap in the values is a NaN that breaks the line.
 */
export function curvePoints(curve: DriftCurve, values: Float64Array, view: Viewport): CurvePoint[] {
  const first = Math.max(0, lowerBound(curve.at, view.from_us) - 1)
  const end = Math.min(curve.at.length, lowerBound(curve.at, endOf(view)) + 1)
  const points: CurvePoint[] = []
  const point = (i: number): CurvePoint => ({
    x: toPx(view, curve.at[i] ?? 0),
    value: values[i] ?? NaN,
    clear: (curve.score[i] ?? 1) >= UNCLEAR_SCORE,
  })
  if (end - first <= view.width_px) {
    for (let i = first; i < end; i++) points.push(point(i))
    return points
  }
  for (let i = first; i < end; ) {
    const column = Math.floor(toPx(view, curve.at[i] ?? 0))
    let low = i
    let high = i
    for (; i < end && Math.floor(toPx(view, curve.at[i] ?? 0)) === column; i++) {
      if ((values[i] ?? NaN) < (values[low] ?? NaN)) low = i
      if ((values[i] ?? NaN) > (values[high] ?? NaN)) high = i
    }
    points.push(point(Math.min(low, high)))
    if (low !== high) points.push(point(Math.max(low, high)))
  }
  return points
}

type YOf = (drift_us: number) => number

function stroke(g: CanvasRenderingContext2D, points: readonly CurvePoint[], yOf: YOf, clear: boolean): void {
  g.beginPath()
  // Pieces that follow each other stay one path: dashes and joins would begin anew at each.
  let joined = false
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]
    const b = points[i]
    if (!a || !b || Number.isNaN(a.value) || Number.isNaN(b.value) || (a.clear && b.clear) !== clear) {
      joined = false
      continue
    }
    if (!joined) g.moveTo(a.x, yOf(a.value))
    g.lineTo(b.x, yOf(b.value))
    joined = true
  }
  g.stroke()
}

function line(g: CanvasRenderingContext2D, points: readonly CurvePoint[], yOf: YOf, width_px: number): void {
  g.lineWidth = width_px
  stroke(g, points, yOf, true)
  g.lineWidth = Math.min(1, width_px)
  g.globalAlpha = 0.55
  stroke(g, points, yOf, false)
  g.globalAlpha = 1
}

export function drawCurves(g: CanvasRenderingContext2D, curve: DriftCurve, view: Viewport, theme: Theme, yOf: YOf): void {
  g.lineJoin = 'round'
  g.lineCap = 'round'
  g.strokeStyle = theme.mark
  g.setLineDash([4, 3])
  line(g, curvePoints(curve, curve.drift, view), yOf, 1)
  g.setLineDash([])
  g.strokeStyle = theme.bright
  line(g, curvePoints(curve, curve.left, view), yOf, 2.5)
  g.strokeStyle = theme.proposed
  line(g, curvePoints(curve, curve.proposed, view), yOf, 1.75)
}
