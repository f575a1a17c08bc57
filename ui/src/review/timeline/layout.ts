// Where things lie: rows, lanes and clusters. Pure functions over sorted arrays; a search is binary and only what is in view is touched.
import type { Annotation } from '../../api/generated/Annotation'
import type { DriftPoint } from '../../api/generated/DriftPoint'
import type { FlagView } from '../../api/generated/FlagView'
import type { Word } from '../words'
import { isUnsure } from '../words'

/** First index whose value is not below `value`. */
export function lowerBound(sorted: ArrayLike<number>, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Spans in order of their start, with what makes "which overlap this stretch" a binary search. */
export interface Spans {
  start: Float64Array
  end: Float64Array
  /** The latest end among this span and all before it; a long span early on is thus not lost. */
  latest_end: Float64Array
  /** The lengths of all before it, added up. */
  covered_before: Float64Array
  /** Which item of the caller's list each span is. */
  item: Int32Array
}

export interface SpanSource {
  item: number
  start_us: number
  end_us: number
}

export function spansOf(source: readonly SpanSource[]): Spans {
  const sorted = source.every((s, i) => i === 0 || s.start_us >= (source[i - 1]?.start_us ?? 0))
    ? source
    : [...source].sort((a, b) => a.start_us - b.start_us || a.item - b.item)
  const spans: Spans = {
    start: new Float64Array(sorted.length),
    end: new Float64Array(sorted.length),
    latest_end: new Float64Array(sorted.length),
    covered_before: new Float64Array(sorted.length),
    item: new Int32Array(sorted.length),
  }
  let latest = -Infinity
  let covered = 0
  sorted.forEach((s, i) => {
    const end = Math.max(s.start_us, s.end_us)
    latest = Math.max(latest, end)
    spans.start[i] = s.start_us
    spans.end[i] = end
    spans.latest_end[i] = latest
    spans.covered_before[i] = covered
    covered += end - s.start_us
    spans.item[i] = s.item
  })
  return spans
}

/** Indices `[first, end)` that hold every span overlapping the stretch; a few inside may end before it. */
export function overlapping(spans: Spans, from_us: number, to_us: number): [number, number] {
  const end = lowerBound(spans.start, to_us)
  return [Math.min(end, lowerBound(spans.latest_end, from_us)), end]
}

/** How much of the time before a moment the spans cover, overlaps counted twice. */
function coveredUntil(spans: Spans, at_us: number): number {
  const i = lowerBound(spans.start, at_us) - 1
  if (i < 0) return 0
  const inside = Math.min(spans.end[i] ?? 0, at_us) - (spans.start[i] ?? 0)
  return (spans.covered_before[i] ?? 0) + inside
}

/** Which share of each pixel column the spans cover, 0..1. Costs one search a column, however many spans there are. */
export function sharePerColumn(spans: Spans, from_us: number, us_per_px: number, width_px: number): Float32Array {
  const shares = new Float32Array(width_px)
  let before = coveredUntil(spans, from_us)
  for (let x = 0; x < width_px; x++) {
    const after = coveredUntil(spans, from_us + (x + 1) * us_per_px)
    shares[x] = Math.min(1, Math.max(0, after - before) / us_per_px)
    before = after
  }
  return shares
}

export const RETIMED = 1
export const ABSENT = 2
export const MASKED = 4
export const UNSURE = 8

/** The words as the timeline needs them: plain arrays by word id, and the order of each lane. */
export interface WordTable {
  text: string[]
  start: Float64Array
  end: Float64Array
  /** NaN where nothing is proposed. */
  proposed_start: Float64Array
  proposed_end: Float64Array
  state: Uint8Array
  /** How surely each word was heard where it lies; NaN where it was not heard. */
  heard: Float64Array
  in_force: Spans
  /** Null while no proposal is open. */
  proposed: Spans | null
}

export function wordTable(words: readonly Word[], proposal_open: boolean): WordTable {
  const n = words.length
  const table = {
    text: new Array<string>(n).fill(''),
    start: new Float64Array(n),
    end: new Float64Array(n),
    proposed_start: new Float64Array(n).fill(NaN),
    proposed_end: new Float64Array(n).fill(NaN),
    state: new Uint8Array(n),
    heard: Float64Array.from(words, (word) => word.alignment_confidence ?? NaN),
  }
  const in_force: SpanSource[] = []
  const proposed: SpanSource[] = []
  words.forEach((word, i) => {
    table.text[i] = word.text
    table.start[i] = word.start_us
    table.end[i] = word.end_us
    table.state[i] = (word.retimed ? RETIMED : 0) | (word.in_media ? 0 : ABSENT) | (word.masked ? MASKED : 0) | (isUnsure(word) ? UNSURE : 0)
    // A word that a person removed is no longer said; it has no place in the lanes.
    if (word.text === '') return
    in_force.push({ item: i, start_us: word.start_us, end_us: word.end_us })
    if (!proposal_open || !word.proposed) return
    table.proposed_start[i] = word.proposed.start_us
    table.proposed_end[i] = word.proposed.end_us
    proposed.push({ item: i, start_us: word.proposed.start_us, end_us: word.proposed.end_us })
  })
  return { ...table, in_force: spansOf(in_force), proposed: proposal_open ? spansOf(proposed) : null }
}

/** Spans are drawn as a density strip as soon as there is more than one to three pixels. */
export function isCrowded(spans: Spans, from_us: number, us_per_px: number, width_px: number): boolean {
  const [first, end] = overlapping(spans, from_us, from_us + us_per_px * width_px)
  return end - first > width_px / 3
}

/** The drift curve as plain arrays. */
export interface DriftCurve {
  at: Float64Array
  drift: Float64Array
  left: Float64Array
  /** NaN where nothing is proposed. */
  proposed: Float64Array
  score: Float64Array
}

export function driftCurve(points: readonly DriftPoint[], proposal_open: boolean): DriftCurve {
  const column = (value: (p: DriftPoint) => number) => Float64Array.from(points, value)
  return {
    at: column((p) => p.at_us),
    drift: column((p) => p.drift_us),
    left: column((p) => p.left_us),
    proposed: column((p) => (proposal_open ? (p.proposed_left_us ?? NaN) : NaN)),
    score: column((p) => p.score),
  }
}

/** The curve at a moment, straight between its points as it is drawn; null outside of them or where it has a gap. */
export function curveAt(at: Float64Array, values: Float64Array, at_us: number): number | null {
  const n = at.length
  if (n === 0 || at_us < (at[0] ?? 0) || at_us > (at[n - 1] ?? 0)) return null
  const right = Math.max(1, lowerBound(at, at_us))
  const x0 = at[right - 1] ?? 0
  const x1 = at[right] ?? x0
  const y0 = values[right - 1] ?? NaN
  const y1 = n === 1 ? y0 : (values[right] ?? NaN)
  const y = x1 > x0 ? y0 + ((y1 - y0) * (at_us - x0)) / (x1 - x0) : y0
  return Number.isNaN(y) ? null : y
}

export function extremes(...arrays: Float64Array[]): [number, number] {
  let low = 0
  let high = 0
  for (const values of arrays) {
    for (const value of values) {
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return [low, high]
}

/** A hue and a dash: every label of a media gets a pair of its own, as long as there are pairs. */
export interface LabelVariant {
  hue: number
  dash: number
}

export const HUES = 4
export const DASHES = 4

export function labelVariants(annotations: readonly Annotation[]): Map<string, LabelVariant> {
  const labels = [...new Set(annotations.map((a) => a.label))].sort()
  return new Map(labels.map((label, i) => [label, { hue: i % HUES, dash: Math.floor(i / HUES) % DASHES }]))
}

const MAX_LANES = 2

/**
 * Annotations packed into at most two lanes, each in the first that is free. Where more than two overlap, the lane that is free
 * soonest takes the rest, over what it holds.
 */
export function annotationLanes(annotations: readonly Annotation[]): Spans[] {
  const sources: SpanSource[][] = []
  const busy_until: number[] = []
  annotations.forEach((a, item) => {
    let lane = busy_until.findIndex((until) => until <= a.start_us)
    if (lane < 0) lane = busy_until.length < MAX_LANES ? busy_until.length : busy_until.indexOf(Math.min(...busy_until))
    busy_until[lane] = Math.max(busy_until[lane] ?? 0, a.end_us)
    ;(sources[lane] ??= []).push({ item, start_us: a.start_us, end_us: a.end_us })
  })
  return sources.map(spansOf)
}

/** Flags that are too close to be told apart at a zoom, as one mark. */
export interface FlagCluster {
  at_us: number
  /** Indices of the caller's list, in its order. */
  flags: number[]
  /** The one whose shape is shown: the first that waits for a decision, else the first. */
  shown: number
}

const MARK_PX = 12
const COUNTED_MARK_PX = 36

/** Clusters of the whole media at a zoom. They do not depend on what is in view, so that panning never regroups them. */
export function flagClusters(flags: readonly FlagView[], us_per_px: number): FlagCluster[] {
  const clusters: FlagCluster[] = []
  flags.forEach((flag, i) => {
    const last = clusters.at(-1)
    const room_px = last && last.flags.length > 1 ? COUNTED_MARK_PX : MARK_PX
    if (!last || flag.start_us - last.at_us >= room_px * us_per_px) {
      clusters.push({ at_us: flag.start_us, flags: [i], shown: i })
      return
    }
    last.flags.push(i)
    if (flags[last.shown]?.verdict && !flag.verdict) last.shown = i
  })
  return clusters
}

/** The flag that a click on a cluster selects: the one after the selected one if that is in it, else the one shown. */
export function nextInCluster(cluster: FlagCluster, flags: readonly FlagView[], selected: string | null): number {
  const at = cluster.flags.findIndex((i) => flags[i]?.id === selected)
  return at < 0 ? cluster.shown : (cluster.flags[(at + 1) % cluster.flags.length] ?? cluster.shown)
}

export type RowId = 'ruler' | 'plumb' | 'wave' | 'proposed' | 'words' | 'shots' | 'annotations' | 'flags'

export interface Row {
  id: RowId
  label: string
  y: number
  h: number
}

/** As high as a target should be. */
export const LANE_PX = 24
/** Between the two lanes of words, for the hairlines. */
export const HAIRLINES_PX = 12
const WORDS_PX = 24

/** Rows from top to bottom. What the fixed ones leave goes to the plumb line and the waveform, down to what still can be read. */
export function layoutRows(height_px: number, proposal_open: boolean, lanes: number): { rows: Row[]; height_px: number } {
  const fixed: { id: RowId; label: string; h: number }[] = [
    { id: 'ruler', label: '', h: 22 },
    { id: 'plumb', label: 'Plumb line', h: 0 },
    { id: 'wave', label: 'Sound', h: 0 },
    ...(proposal_open ? [{ id: 'proposed' as const, label: 'Proposed', h: WORDS_PX + HAIRLINES_PX }] : []),
    { id: 'words', label: 'Words', h: WORDS_PX },
    { id: 'shots', label: 'Shots', h: 14 },
    { id: 'annotations', label: 'Annotations', h: Math.max(1, lanes) * LANE_PX + 4 },
    { id: 'flags', label: 'Flags', h: 24 },
  ]
  // The hairlines' room joins the two lanes of words; a gap would cut them.
  const gapAfter = (id: RowId) => (id === 'proposed' ? 0 : 4)
  const taken = fixed.reduce((sum, row) => sum + row.h + gapAfter(row.id), 0)
  const plumb = Math.round(Math.max(48, Math.min(180, (height_px - taken) * 0.56)))
  const wave = Math.round(Math.max(32, Math.min(140, height_px - taken - plumb)))
  const rows: Row[] = []
  let y = 0
  for (const row of fixed) {
    const h = row.id === 'plumb' ? plumb : row.id === 'wave' ? wave : row.h
    rows.push({ ...row, y, h })
    y += h + gapAfter(row.id)
  }
  return { rows, height_px: y }
}
