// What is painted, and the few ways of painting that rows share.
import type { AnchorView } from '../../api/generated/AnchorView'
import type { Annotation } from '../../api/generated/Annotation'
import type { Break } from '../../api/generated/Break'
import type { FlagView } from '../../api/generated/FlagView'
import { sharePerColumn, type DriftCurve, type FlagCluster, type LabelVariant, type Row, type Spans, type WordTable } from './layout'
import type { Peaks } from './peaks'
import type { DriftScale, Viewport } from './scale'
import type { Theme } from './theme'

/** All that is painted, found beforehand. */
export interface Scene {
  view: Viewport
  duration_us: number
  height_px: number
  rows: readonly Row[]
  theme: Theme
  words: WordTable | null
  crowded: boolean
  curve: DriftCurve
  drift_scale: DriftScale
  breaks: readonly Break[]
  anchors: readonly AnchorView[]
  peaks: Peaks | null
  /** What the waveform's row says while there is none. */
  no_waveform: string
  shots: Float64Array
  annotations: readonly Annotation[]
  lanes: readonly Spans[]
  variants: Map<string, LabelVariant>
  flags: readonly FlagView[]
  clusters: readonly FlagCluster[]
  clusters_at: Float64Array
  /** The selected piece of the proposal. */
  piece: { start_us: number; end_us: number } | null
  /** The in and the out point; null where not set. */
  marks: { in_us: number | null; out_us: number | null }
  selection: { word: number | null; flag: string | null; anchor: string | null }
  /** What is being dragged; its old place is drawn faint. The preview itself is on the overlay. */
  moving_word: number | null
  moving_anchor: string | null
}

export type Context = CanvasRenderingContext2D

const SMALL_PX = 11

export function font(g: Context, theme: Theme, px = SMALL_PX): void {
  g.font = `${px}px ${theme.font}`
}

/** Where a row has nothing to show it says what would be here. */
export function say(g: Context, { theme }: Scene, row: Row, sentence: string): void {
  font(g, theme)
  g.fillStyle = theme.quiet
  g.fillText(sentence, 8, row.y + row.h / 2)
}

const widths = new Map<string, number>()
const KEPT_WIDTHS = 4_000

export function textWidth(g: Context, text: string): number {
  const key = `${g.font}\n${text}`
  let width = widths.get(key)
  if (width === undefined) {
    if (widths.size > KEPT_WIDTHS) widths.clear()
    width = g.measureText(text).width
    widths.set(key, width)
  }
  return width
}

/** Widths depend on which faces have arrived. */
export function forgetWidths(): void {
  widths.clear()
}

/** The text as far as it fits; nothing where not even two letters do. */
export function fitted(g: Context, text: string, room_px: number): string {
  const width = textWidth(g, text)
  if (width <= room_px) return text
  const letters = Math.floor((text.length * (room_px - 7)) / width)
  return letters >= 2 ? `${text.slice(0, letters)}…` : ''
}

/** The share of each column that the spans cover, from the bottom up. */
export function drawStrip(g: Context, spans: Spans, view: Viewport, row: Row, colour: string): void {
  const shares = sharePerColumn(spans, view.from_us, view.us_per_px, view.width_px)
  g.fillStyle = colour
  const room = row.h - 4
  for (let x = 0; x < view.width_px; x++) {
    const h = Math.round((shares[x] ?? 0) * room)
    if (h > 0) g.fillRect(x, row.y + row.h - 2 - h, 1, h)
  }
}

