import type { ReviewOp } from '../api'
import type { AlignmentView } from '../generated/AlignmentView'
import type { Annotation } from '../generated/Annotation'
import type { DriftPoint } from '../generated/DriftPoint'
import type { FlagView } from '../generated/FlagView'
import type { Knot } from '../generated/Knot'
import type { MediaState } from '../generated/MediaState'
import type { Piece } from '../generated/Piece'
import type { PieceView } from '../generated/PieceView'
import type { ProposalView } from '../generated/ProposalView'
import type { SegmentView } from '../generated/SegmentView'
import type { WordView } from '../generated/WordView'
import type { Spoken } from './speech'

/** A proposal as the aligner made it. */
export type Proposed = Omit<ProposalView, 'pieces' | 'words_heard' | 'words_moved'> & { pieces: Piece[] }

/** A media of the recording: what was imported, and what the aligner says of it. */
export interface Take {
  id: string
  name: string
  duration_us: number
  frame_rate: [number, number]
  spoken: Spoken[]
  speakers: string[]
  proposal: Proposed | null
  /** Map of the proposal. */
  proposed: Knot[]
  /** Drift that the sound shows at a moment of the media. */
  drift_us: (at_us: number) => number
  flags: FlagView[]
  annotations: Annotation[]
  shots: number[]
  /** What the import met. */
  notes: string[]
}

/** A media under the changes made so far. */
export interface Stand {
  take: Take
  proposal: Proposed | null
  /** Pieces of the proposal that are in force. */
  accepted: number[]
  map: Knot[]
  anchors: { id: string; transcript_us: number; media_us: number }[]
  words: WordView[]
  flags: FlagView[]
}

/** Where a map puts a moment; before its first knot and after its last one it goes on at rate 1. */
export function through(map: readonly Knot[], at_us: number, from: 'transcript_us' | 'media_us' = 'transcript_us'): number {
  const to = from === 'transcript_us' ? 'media_us' : 'transcript_us'
  const next = map.findIndex((knot) => knot[from] > at_us)
  const a = next === -1 ? map[map.length - 1] : map[next - 1]
  const b = map[next]
  if (!a) return b ? at_us - b[from] + b[to] : at_us
  if (!b || next === -1) return at_us - a[from] + a[to]
  return Math.round(a[to] + ((at_us - a[from]) * (b[to] - a[to])) / (b[from] - a[from]))
}

/** A media as imported, with no change made. */
export function fresh(take: Take): Stand {
  const stand: Stand = { take, proposal: take.proposal && { ...take.proposal }, accepted: [], map: [], anchors: [], words: [], flags: take.flags.map((flag) => ({ ...flag })) }
  stand.words = take.spoken.map((word, id) => ({
    id,
    text: word.text,
    imported: null,
    punctuation: word.punctuation,
    original: { start_us: word.start_us, end_us: word.end_us },
    proposed: null,
    confidence: word.confidence,
    alignment_confidence: null,
    retimed: false,
    in_media: true,
    masked: false,
    alternatives: [],
    start_us: word.start_us,
    end_us: word.end_us,
  }))
  return retime(stand)
}

/** The same change that the Rust side would make, near enough to design by. */
export function change(stand: Stand, op: ReviewOp): Stand {
  switch (op.op) {
    case 'accept_map':
      return accept(stand, pieceIndices(stand))
    case 'accept_piece':
      return accept(stand, [...new Set([...stand.accepted, op.piece])].sort((a, b) => a - b))
    case 'reject_map':
      return retime({ ...stand, proposal: stand.proposal && { ...stand.proposal, state: 'rejected' } })
    case 'set_anchor': {
      const id = op.id ?? `a${stand.anchors.length + 1}`
      const kept = stand.anchors.filter((anchor) => anchor.id !== id)
      return retime({ ...stand, anchors: [...kept, { id, transcript_us: op.transcript_us, media_us: op.media_us }] })
    }
    case 'remove_anchor':
      return retime({ ...stand, anchors: stand.anchors.filter((anchor) => anchor.id !== op.id) })
    case 'retime_word':
      return word(stand, op.word, () => ({ retimed: true, start_us: op.start_us, end_us: op.end_us }))
    case 'reset_word_time':
      return retime(word(stand, op.word, () => ({ retimed: false })))
    case 'edit_word':
      return word(stand, op.word, (was) => {
        const imported = was.imported ?? was.text
        return { text: op.text, imported: op.text === imported ? null : imported }
      })
    case 'decide':
      return { ...stand, flags: stand.flags.map((flag) => (flag.id === op.flag ? decided(flag, op) : flag)) }
  }
}

function pieceIndices(stand: Stand): number[] {
  return (stand.proposal?.pieces ?? []).map((_, index) => index)
}

/** Puts these pieces of the proposal in force; with all of them the whole is accepted. */
function accept(stand: Stand, accepted: number[]): Stand {
  const pieces = stand.proposal?.pieces ?? []
  if (accepted.length === pieces.length) {
    return retime({ ...stand, accepted, map: stand.take.proposed, proposal: stand.proposal && { ...stand.proposal, state: 'accepted' } })
  }
  const map = pieces.flatMap(({ span: { start_us, end_us } }, index) => {
    const own = accepted.includes(index) ? stand.take.proposed : []
    return [
      { transcript_us: start_us, media_us: through(own, start_us + 1) - 1 },
      { transcript_us: end_us, media_us: through(own, end_us - 1) + 1 },
    ]
  })
  let floor_us = -Infinity
  const rising = map.map((knot) => ({ ...knot, media_us: (floor_us = Math.max(floor_us, knot.media_us)) }))
  return retime({ ...stand, accepted, map: rising })
}

/** How surely a word was heard: made up, and low now and then. */
function heard(id: number): number {
  return id % 11 === 7 ? 0.34 : 0.9 + ((id * 37) % 9) / 100
}

/** The piece that a moment of the transcript belongs to. */
function pieceOf(stand: Stand, transcript_us: number): number {
  const next = (stand.proposal?.pieces ?? []).findIndex((piece, index) => index > 0 && piece.span.start_us > transcript_us)
  return next === -1 ? (stand.proposal?.pieces.length ?? 0) - 1 : next - 1
}

function pieces(stand: Stand): PieceView[] {
  const points = curve(stand)
  return (stand.proposal?.pieces ?? []).map((piece, index) => {
    const media = { start_us: through(stand.take.proposed, piece.span.start_us + 1), end_us: through(stand.take.proposed, piece.span.end_us - 1) }
    const words = stand.words.filter((word) => pieceOf(stand, word.original.start_us) === index)
    const inside = points.filter((point) => media.start_us <= point.at_us && point.at_us < media.end_us)
    const proposed = inside.flatMap((point) => (point.proposed_left_us === null ? [] : [point.proposed_left_us]))
    return {
      ...piece,
      index,
      media,
      accepted: stand.accepted.includes(index),
      words: words.length,
      confidence: words.length > 0 ? words.reduce((sum, word) => sum + heard(word.id), 0) / words.length : null,
      left_us: median(inside.map((point) => point.left_us)),
      proposed_left_us: median(proposed),
    }
  })
}

function median(values: number[]): number | null {
  const sorted = values.map(Math.abs).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

function decided(flag: FlagView, op: Extract<ReviewOp, { op: 'decide' }>): FlagView {
  const { value, limit, thresholds } = flag
  return { ...flag, verdict: op.decision && { decision: op.decision, value, limit, thresholds, note: op.note } }
}

function word(stand: Stand, id: number, change: (was: WordView) => Partial<WordView>): Stand {
  return { ...stand, words: stand.words.map((was) => (was.id === id ? { ...was, ...change(was) } : was)) }
}

/** Puts every word where the map in force, bent through the anchors, has it. */
function retime(stand: Stand): Stand {
  const knots = [...stand.map, ...stand.anchors].sort((a, b) => a.transcript_us - b.transcript_us)
  const open = stand.proposal?.state === 'open'
  const words = stand.words.map((word) => {
    const { start_us, end_us } = word.original
    const proposed = open ? { start_us: through(stand.take.proposed, start_us), end_us: through(stand.take.proposed, end_us) } : null
    if (word.retimed) return { ...word, proposed, alignment_confidence: null }
    const alignment_confidence = stand.accepted.includes(pieceOf(stand, start_us)) ? heard(word.id) : null
    return { ...word, proposed, alignment_confidence, start_us: through(knots, start_us), end_us: through(knots, end_us) }
  })
  const mended = stand.proposal?.state === 'accepted'
  const flags = stand.flags.map((flag) => {
    if (flag.gate === 'residual_offset') return { ...flag, passed_since: mended }
    const first = flag.words && words[flag.words[0]]
    return first ? { ...flag, start_us: first.start_us, end_us: first.end_us } : flag
  })
  return { ...stand, words, flags }
}

export function segments(stand: Stand): SegmentView[] {
  const lines: SegmentView[] = []
  stand.take.spoken.forEach((word, id) => {
    const last = lines[lines.length - 1]
    if (last && stand.take.spoken[id - 1]?.line === word.line) last.end = id + 1
    else lines.push({ first: id, end: id + 1, speaker: word.speaker })
  })
  return lines
}

/** The drift curve: a reading every second, noisier where the sound shows less. */
export function curve(stand: Stand): DriftPoint[] {
  const points: DriftPoint[] = []
  const open = stand.proposal?.state === 'open'
  for (let at_us = 1_000_000; at_us < stand.take.duration_us; at_us += 1_000_000) {
    const noise_us = Math.round(Math.sin(at_us / 777_777) * 14_000)
    const drift_us = stand.take.drift_us(at_us) + noise_us
    const under = (map: Knot[]) => drift_us - (at_us - through(map, at_us, 'media_us'))
    const left_us = under([...stand.map, ...stand.anchors].sort((a, b) => a.media_us - b.media_us))
    points.push({ at_us, drift_us, left_us, proposed_left_us: open ? under(stand.take.proposed) : null, score: 0.8 + 0.15 * Math.cos(at_us / 3_000_000) })
  }
  return points
}

export function alignment(stand: Stand, seq: number): AlignmentView {
  const { proposal, map, anchors } = stand
  const moved = stand.words.filter((word) => word.proposed && Math.abs(word.proposed.start_us - word.start_us) > 50_000)
  const view = proposal && { ...proposal, pieces: pieces(stand), words_heard: stand.words.length, words_moved: moved.length }
  return { seq, proposal: view, map, anchors, drift: curve(stand), shots: stand.take.shots }
}

export function openFlags(stand: Stand): FlagView[] {
  return stand.flags.filter((flag) => !flag.verdict && !flag.passed_since)
}

export function stateOf(stand: Stand): MediaState {
  if (stand.proposal?.state === 'open') return 'proposed'
  return openFlags(stand).length > 0 ? 'flagged' : 'reviewed'
}
