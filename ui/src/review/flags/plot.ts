// The plot of a proposal: drift over the media, before and after, and where its pieces and breaks lie in it.
import type { Break } from '../../api/generated/Break'
import type { DriftPoint } from '../../api/generated/DriftPoint'
import type { PieceView } from '../../api/generated/PieceView'
import { UNCLEAR_SCORE } from '../timeline/curves'
import type { DriftScale } from '../timeline/scale'
import { drift } from '../../shared/time'

/** A place on the plot: media time to the right, drift upwards. */
export interface Axes {
  from_us: number
  to_us: number
  scale: DriftScale
  width_px: number
  height_px: number
}

export function xOf({ from_us, to_us, width_px }: Axes, at_us: number): number {
  return ((at_us - from_us) / Math.max(1, to_us - from_us)) * width_px
}

export function yOf({ scale: { low_us, high_us }, height_px }: Axes, drift_us: number): number {
  return ((high_us - drift_us) / Math.max(1, high_us - low_us)) * height_px
}

/** The windows that say something. */
export function clearPoints(points: readonly DriftPoint[]): DriftPoint[] {
  return points.filter((point) => point.score >= UNCLEAR_SCORE)
}

/** Windows farther apart than this are not joined: what lies between them is not known. */
const GAP_US = 60_000_000

/**
 * A curve as an SVG path, begun anew at breaks and where long nothing is known. Each pixel column keeps its lowest and its highest value, so
 * that ten hours cost no more than ten minutes.
 */
export function curvePath(points: readonly DriftPoint[], value: (point: DriftPoint) => number | null, axes: Axes, breaks: readonly Break[]): string {
  const cuts = breaks.map((b) => b.media_us).sort((a, b) => a - b)
  let path = ''
  let column: { x: number; ys: number[] } | null = null
  let last_us: number | null = null
  const flush = () => {
    if (!column) return
    const { x, ys } = column
    const kept = ys.length > 2 ? [Math.min(...ys), Math.max(...ys)] : ys
    for (const y of kept) path += `${path === '' || path.endsWith(' ') ? 'M' : 'L'}${x} ${y.toFixed(1)}`
    column = null
  }
  for (const point of points) {
    const drift_us = value(point)
    const before_us = last_us
    if (drift_us === null) continue
    last_us = point.at_us
    const apart = before_us !== null && (point.at_us - before_us > GAP_US || cuts.some((at) => before_us < at && at <= point.at_us))
    const x = Math.round(xOf(axes, point.at_us))
    if (apart || (column !== null && column.x !== x)) flush()
    // A blank says that the pen is lifted.
    if (apart && path !== '') path += ' '
    column ??= { x, ys: [] }
    column.ys.push(yOf(axes, drift_us))
  }
  flush()
  return path
}

/** A row of the list under the plot. */
export type Row = { kind: 'piece'; at_us: number; piece: PieceView } | { kind: 'break'; at_us: number; text: string }

/** Pieces and the breaks between them, in the order in which they are met in the media. */
export function rowsOf(pieces: readonly PieceView[], breaks: readonly Break[]): Row[] {
  const rows: Row[] = [
    ...pieces.map((piece): Row => ({ kind: 'piece', at_us: piece.media.start_us, piece })),
    ...breaks.map((at): Row => ({ kind: 'break', at_us: at.media_us, text: happened(at) })),
  ]
  // A break lies at the end of the piece before it.
  return rows.sort((a, b) => a.at_us - b.at_us || (a.kind === 'break' ? -1 : 1))
}

function happened(at: Break): string {
  const long = `${(at.len_us / 1e6).toFixed(2)} s`
  return at.kind === 'insert_in_media' ? `${long} of media have no words` : `${long} of speech are cut from the media`
}

/** A piece's line: its offset at its start, and its rate where it has one. */
export function lineOf(piece: PieceView): string {
  const ppm = Math.abs(piece.rate_ppm)
  const rate = ppm < 1 ? '' : ` · ${piece.rate_ppm > 0 ? '+' : '−'}${ppm.toFixed(0)} ppm`
  return `${drift(piece.media_start_us - piece.span.start_us)}${rate}`
}

/** What is left of the drift now and then, without a sign. */
export function residualOf({ left_us, proposed_left_us }: PieceView): string | null {
  const size = (us: number) => (us < 1_000_000 ? `${Math.round(us / 1000)} ms` : `${(us / 1e6).toFixed(2)} s`)
  if (left_us === null) return null
  return proposed_left_us === null ? size(left_us) : `${size(left_us)} → ${size(proposed_left_us)}`
}

/** The piece to go to: the next one, or the first that is left to accept where none is selected. */
export function nextPiece(pieces: readonly PieceView[], selected: number | null, by: 1 | -1): PieceView | null {
  if (selected === null) return pieces.find((piece) => !piece.accepted) ?? pieces[0] ?? null
  return pieces[Math.max(0, Math.min(pieces.length - 1, selected + by))] ?? null
}
