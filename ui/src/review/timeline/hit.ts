// What is under the pointer, and what a drag makes of it. Pure; all times that come out are whole µs inside the media.
import type { AnchorView } from '../../api/generated/AnchorView'
import { lowerBound, overlapping, type Row, type Spans, type WordTable } from './layout'
import { clamp, toPx, toUs, type Viewport } from './scale'

export type Grip = 'start' | 'end' | 'body'

export type Hit =
  | { kind: 'scrub' }
  | { kind: 'empty' }
  | { kind: 'word'; word: number; grip: Grip | null }
  | { kind: 'anchor'; anchor: number }
  | { kind: 'shot'; at_us: number }
  | { kind: 'annotation'; annotation: number }
  | { kind: 'flags'; cluster: number }

/** What hit testing looks at. */
export interface Targets {
  view: Viewport
  rows: readonly Row[]
  words: WordTable | null
  /** Words are a density strip at this zoom, so that a single one cannot be meant. */
  crowded: boolean
  anchors: readonly AnchorView[]
  shots: Float64Array
  lanes: readonly Spans[]
  lane_px: number
  /** Moments of the clusters of flags. */
  clusters_at: Float64Array
  selected_word: number | null
}

/** Half of the 24 px that a target should have. */
const REACH_PX = 12
const LEAST_GRAB_PX = 8
/** A body narrower than this leaves its inside to moving the whole word. */
const NEAR_PX = 4

/**
 * The part of the selected word that a pointer takes: 24 px about each edge where there is room, never less than 8. A narrow word
 * keeps its middle third for the body, and gives its edges their width on the outside.
 */
export function gripAt(x_px: number, start_px: number, end_px: number): Grip | null {
  const width = end_px - start_px
  const inside = Math.min(REACH_PX, width / 3)
  const outside = width >= 2 * REACH_PX ? REACH_PX : Math.max(LEAST_GRAB_PX - inside, REACH_PX / 2)
  if (x_px >= start_px - outside && x_px <= start_px + inside) return 'start'
  if (x_px >= end_px - inside && x_px <= end_px + outside) return 'end'
  return x_px > start_px && x_px < end_px ? 'body' : null
}

/** The span under a pixel, or the nearest within reach; -1 for none. Of several, the one that starts last is on top. */
export function spanAt(spans: Spans, view: Viewport, x_px: number, reach_px = NEAR_PX): number {
  const [first, end] = overlapping(spans, toUs(view, x_px - reach_px), toUs(view, x_px + reach_px))
  let best = -1
  let best_px = reach_px
  for (let i = first; i < end; i++) {
    const x0 = toPx(view, spans.start[i] ?? 0)
    const x1 = Math.max(x0 + 1, toPx(view, spans.end[i] ?? 0))
    const away = x_px < x0 ? x0 - x_px : x_px > x1 ? x_px - x1 : 0
    if (away <= best_px) {
      best = i
      best_px = away
    }
  }
  return best < 0 ? -1 : (spans.item[best] ?? -1)
}

/** The index of the nearest of some sorted moments within reach; -1 for none. */
export function momentNear(moments: ArrayLike<number>, view: Viewport, x_px: number, reach_px: number): number {
  const right = lowerBound(moments, toUs(view, x_px))
  let best = -1
  let best_px = reach_px
  for (const i of [right - 1, right]) {
    const at = moments[i]
    if (at === undefined) continue
    const away = Math.abs(toPx(view, at) - x_px)
    if (away <= best_px) {
      best = i
      best_px = away
    }
  }
  return best
}

export function rowAt(rows: readonly Row[], y_px: number): Row | null {
  return rows.find((row) => y_px >= row.y && y_px < row.y + row.h) ?? null
}

export function hitTest(targets: Targets, x_px: number, y_px: number): Hit {
  const row = rowAt(targets.rows, y_px)
  switch (row?.id) {
    case 'ruler':
    case 'wave':
      return { kind: 'scrub' }
    case 'plumb':
      return anchorHit(targets, x_px)
    case 'proposed':
    case 'words':
      return wordHit(targets, row.id, x_px)
    case 'shots': {
      const shot = targets.shots[momentNear(targets.shots, targets.view, x_px, REACH_PX)]
      return shot === undefined ? { kind: 'empty' } : { kind: 'shot', at_us: shot }
    }
    case 'annotations':
      return annotationHit(targets, row, x_px, y_px)
    case 'flags': {
      const cluster = momentNear(targets.clusters_at, targets.view, x_px, REACH_PX)
      return cluster < 0 ? { kind: 'empty' } : { kind: 'flags', cluster }
    }
    default:
      return { kind: 'empty' }
  }
}

function anchorHit({ anchors, view }: Targets, x_px: number): Hit {
  let best = -1
  let best_px = REACH_PX
  anchors.forEach((anchor, i) => {
    const away = Math.abs(toPx(view, anchor.media_us) - x_px)
    if (away <= best_px) {
      best = i
      best_px = away
    }
  })
  return best < 0 ? { kind: 'empty' } : { kind: 'anchor', anchor: best }
}

function wordHit({ words, view, crowded, selected_word }: Targets, lane: 'proposed' | 'words', x_px: number): Hit {
  if (!words) return { kind: 'empty' }
  const selected_start = selected_word === null ? undefined : words.start[selected_word]
  // The selected word is on top of its neighbours, and can be taken even where all others have become a strip.
  if (lane === 'words' && selected_word !== null && selected_start !== undefined && words.text[selected_word] !== '') {
    const grip = gripAt(x_px, toPx(view, selected_start), toPx(view, words.end[selected_word] ?? 0))
    if (grip) return { kind: 'word', word: selected_word, grip }
  }
  if (crowded) return { kind: 'empty' }
  const spans = lane === 'proposed' ? words.proposed : words.in_force
  const word = spans ? spanAt(spans, view, x_px) : -1
  return word < 0 ? { kind: 'empty' } : { kind: 'word', word, grip: null }
}

function annotationHit({ lanes, lane_px, view }: Targets, row: Row, x_px: number, y_px: number): Hit {
  const lane = lanes[Math.min(lanes.length - 1, Math.max(0, Math.floor((y_px - row.y - 2) / lane_px)))]
  const annotation = lane ? spanAt(lane, view, x_px, REACH_PX) : -1
  return annotation < 0 ? { kind: 'empty' } : { kind: 'annotation', annotation }
}

/** A word never gets shorter than this, or than it was. */
const SHORTEST_WORD_US = 20_000

export interface WordSpan {
  start_us: number
  end_us: number
}

/** Where a word lies after its edge or body was moved by some µs. */
export function retimed(word: WordSpan, grip: Grip, moved_us: number, duration_us: number): WordSpan {
  const { start_us, end_us } = word
  const len_us = end_us - start_us
  const least_us = Math.min(SHORTEST_WORD_US, Math.max(1, len_us))
  const moved = Math.round(moved_us)
  if (grip === 'start') return { start_us: clamp(start_us + moved, 0, end_us - least_us), end_us }
  if (grip === 'end') return { start_us, end_us: clamp(end_us + moved, start_us + least_us, Math.max(end_us, duration_us)) }
  const start = clamp(start_us + moved, 0, Math.max(start_us, duration_us - len_us))
  return { start_us: start, end_us: start + len_us }
}

/** Where an anchor may be dropped: between its neighbours on the transcript's clock, for a map never runs backwards. */
export function movedAnchor(anchors: readonly AnchorView[], id: string, media_us: number, duration_us: number): number {
  const anchor = anchors.find((a) => a.id === id)
  if (!anchor) return clamp(Math.round(media_us), 0, duration_us)
  let low = 0
  let high = duration_us
  anchors.forEach((other) => {
    if (other === anchor) return
    if (other.transcript_us <= anchor.transcript_us) low = Math.max(low, other.media_us)
    else high = Math.min(high, other.media_us)
  })
  return low <= high ? clamp(Math.round(media_us), low, high) : anchor.media_us
}
