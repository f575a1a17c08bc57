import type { DocumentKind } from '../generated/DocumentKind'
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
import type { Defect } from '../generated/Defect'
import type { WordsView } from '../generated/WordsView'
import { order, rankOf } from '../../review/ids'
import { type Word, placeOf } from '../../review/words'
import type { Spoken } from './speech'

/** A proposal as the aligner made it. */
export type Proposed = Omit<ProposalView, 'pieces' | 'words_heard' | 'words_moved'> & { pieces: Piece[] }

/** A document of a media. */
export interface Doc {
  id: string
  name: string
  kind: DocumentKind
  pages: string[]
}

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
  documents: Doc[]
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
  words: Word[]
  /** Names of speakers, by label. */
  names: Record<string, string>
  flags: FlagView[]
  annotations: Annotation[]
  documents: Doc[]
  defects: Defect[]
  finished: boolean
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
  const stand: Stand = { take, proposal: take.proposal && { ...take.proposal }, accepted: [], map: [], anchors: [], words: [], names: {}, annotations: take.annotations, documents: take.documents, defects: [], finished: false, flags: take.flags.map((flag) => ({ ...flag })) }
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
    added: false,
    line: take.spoken[id - 1]?.line !== word.line,
    speaker: word.speaker,
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
    case 'write_words':
      return retime(op.words.reduce(write, stand))
    case 'assign_speaker': {
      const known = stand.take.speakers.indexOf(op.speaker)
      const take = known < 0 ? { ...stand.take, speakers: [...stand.take.speakers, op.speaker] } : stand.take
      const speaker = known < 0 ? take.speakers.length - 1 : known
      return op.words.reduce((was, id) => word(was, id, () => ({ speaker })), { ...stand, take })
    }
    case 'name_speaker':
      return { ...stand, names: { ...stand.names, [op.label]: op.name } }
    case 'set_annotation':
      return { ...stand, annotations: [...stand.annotations.filter(({ id }) => id !== op.annotation.id), op.annotation] }
    case 'remove_annotation':
      return { ...stand, annotations: stand.annotations.filter(({ id }) => id !== op.id) }
    case 'add_defect':
      return { ...stand, defects: [...stand.defects.filter(({ id }) => id !== op.defect.id), op.defect] }
    case 'remove_defect':
      return { ...stand, defects: stand.defects.filter(({ id }) => id !== op.id) }
    case 'detach_document':
      return { ...stand, documents: stand.documents.filter(({ id }) => id !== op.id) }
    case 'finish':
      return { ...stand, finished: op.finished }
    // How the sound is heard changes nothing that is made up.
    case 'set_profile':
      return stand
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
  return { ...flag, verdict: op.decision && { decision: op.decision, value: value ?? 0, limit, thresholds, note: op.note, by: '' } }
}

function word(stand: Stand, id: number, change: (was: Word) => Partial<Word>): Stand {
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
    const first = flag.words && words[placeOf(words, flag.words[0])]
    return first ? { ...flag, start_us: first.start_us, end_us: first.end_us } : flag
  })
  return { ...stand, words, flags }
}

/** A word as it shall stand. One that nobody had gets its time from the one before it. */
function write(stand: Stand, { word: id, text: token, line }: { word: number; text: string; line: boolean }): Stand {
  const [, text = token, punctuation = ''] = /^(.*?[^.,?!;:…])([.,?!;:…]*)$/su.exec(token) ?? []
  const at = placeOf(stand.words, id)
  const was = stand.words[at]
  if (was?.id !== id) {
    if (token === '') return stand
    const end_us = stand.words[at - 1]?.original.end_us ?? 0
    const original = { start_us: end_us, end_us: end_us + 60_000 * text.length }
    const speaker = stand.words[line ? at : at - 1]?.speaker ?? null
    const added: Word = {
      id, text, punctuation, line, speaker, original, ...original, imported: null, added: true, proposed: null, confidence: null,
      alignment_confidence: null, retimed: false, in_media: true, masked: false,
    }
    return { ...stand, words: [...stand.words.slice(0, at), added, ...stand.words.slice(at)] }
  }
  if (token === '' && rankOf(id) > 0) return { ...stand, words: stand.words.filter((word) => word.id !== id) }
  const imported = was.imported ?? was.text
  return word(stand, id, () => ({ text, punctuation, line, imported: text === imported || was.added ? null : imported }))
}

/** Words as the Rust side gives them, all of them or those of some lines. */
export function columns(stand: Stand, seq: number, range: [number, number] | null): WordsView {
  const begins = (at: number) => at === 0 || Boolean(stand.words[at]?.line)
  let first = range ? placeOf(stand.words, range[0]) : 0
  let end = range ? placeOf(stand.words, range[1]) : stand.words.length
  while (first > 0 && !begins(first)) first--
  while (end < stand.words.length && !begins(end)) end++
  const words = stand.words.slice(first, end)
  const open = words.some((word) => word.proposed)
  const wider = (a: number | undefined, b: number | undefined, pick: (a: number, b: number) => boolean) => (a === undefined || (b !== undefined && pick(order(b), order(a))) ? b : a)
  const held = range && ([wider(range[0], words[0]?.id, (b, a) => b < a) ?? 0, wider(range[1], stand.words[end]?.id, (b, a) => b > a) ?? 0] as [number, number])
  return {
    seq,
    range: held,
    format: 'transcribe',
    languages: [{ code: 'en-GB', score: 0.98, duration_us: null }],
    speakers: stand.take.speakers.map((label) => ({ label, name: stand.names[label] ?? label })),
    lines: words.filter((word, i) => word.line || i === 0).map(({ id, speaker }) => ({ first: id, speaker })),
    ids: words.map((word) => word.id),
    texts: words.map((word) => word.text),
    punctuation: words.map((word) => word.punctuation),
    start_us: words.map((word) => word.start_us),
    end_us: words.map((word) => word.end_us),
    original_start_us: words.map((word) => word.original.start_us),
    original_end_us: words.map((word) => word.original.end_us),
    proposed_start_us: open ? words.map((word) => word.proposed?.start_us ?? word.start_us) : [],
    proposed_end_us: open ? words.map((word) => word.proposed?.end_us ?? word.end_us) : [],
    confidence: words.map((word) => word.confidence),
    alignment_confidence: words.map((word) => word.alignment_confidence),
    marks: words.map((word) => (word.retimed ? 1 : 0) + (word.in_media ? 0 : 2) + (word.masked ? 4 : 0)),
    imported: words.flatMap((word) => (word.imported === null ? [] : { word: word.id, text: word.imported })),
    notes: stand.take.notes,
  }
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
