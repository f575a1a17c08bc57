/** Where a drift stands beside the line of no drift: -1..1. */
export type Scale = (drift_us: number) => number

const FINE_US = 100_000
const WIDEST_US = 10_000_000

/** One scale for every row of the library: a tenth of a second is seen, ten seconds fit, and rows can be compared. */
export const librarySize: Scale = (drift_us) => {
  const size = Math.log1p(Math.abs(drift_us) / FINE_US) / Math.log1p(WIDEST_US / FINE_US)
  return Math.sign(drift_us) * Math.min(1, size)
}

/** An even scale that just holds these drifts, and no finer than a quarter of a second, so that noise looks small. */
export function evenSize(drifts_us: readonly number[]): Scale {
  const widest_us = drifts_us.reduce((widest, drift) => Math.max(widest, Math.abs(drift)), 250_000)
  return (drift_us) => drift_us / widest_us
}

/** The line as an SVG path, broken where nothing is known. Drift to the later side goes up. */
export function linePath(points: readonly (number | null)[], scale: Scale, width: number, height: number): string {
  const middle = height / 2
  const reach = middle - 2
  const dx = width / Math.max(1, points.length - 1)
  let pen = 'M'
  let path = ''
  points.forEach((drift_us, i) => {
    if (drift_us === null) {
      pen = 'M'
      return
    }
    path += `${pen}${(i * dx).toFixed(2)} ${(middle - scale(drift_us) * reach).toFixed(2)}`
    pen = 'L'
  })
  return path
}
