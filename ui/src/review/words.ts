import type { Format } from '../api/generated/Format'
import type { Language } from '../api/generated/Language'
import type { SpeakerView } from '../api/generated/SpeakerView'
import type { WordsView } from '../api/generated/WordsView'
import { clock, drift, percent } from '../shared/time'
import { order, rankOf } from './ids'

interface Stretch {
  start_us: number
  end_us: number
}

/** One word as it stands; where it lies in the media is its own `start_us` and `end_us`. */
export interface Word extends Stretch {
  id: number
  /** Empty if a person removed it. */
  text: string
  punctuation: string
  /** Text of the import, where a person wrote another. */
  imported: string | null
  /** A person added it. */
  added: boolean
  /** A line begins with it. */
  line: boolean
  /** Whoever says its line: index into the speakers. */
  speaker: number | null
  /** Where its own time would put it with no map at all. */
  original: Stretch
  /** Where it would lie if the open proposal were accepted. */
  proposed: Stretch | null
  confidence: number | null
  /** Probability that its start lies within 100 ms of where the sound has it; null where the map or a person places it. */
  alignment_confidence: number | null
  retimed: boolean
  in_media: boolean
  masked: boolean
}

/** A line: words `[first, end)` by their place in the list. */
export interface Line {
  first: number
  end: number
  speaker: number | null
}

/** A transcript as the window keeps it. */
export interface Script {
  seq: number
  format: Format | null
  languages: Language[]
  speakers: SpeakerView[]
  notes: string[]
  /** In the order of the text; removed words are among them. */
  list: Word[]
  lines: Line[]
}

const RETIMED = 1
const CUT = 2
const MASKED = 4

/** The words of a view's columns. */
export function decode(view: WordsView): Word[] {
  const imported = new Map(view.imported.map((was) => [was.word, was.text]))
  const proposed = view.proposed_start_us.length > 0
  let line = 0
  let speaker: number | null = null
  return view.ids.map((id, i) => {
    const begins = view.lines[line]?.first === id
    if (begins) speaker = view.lines[line++]?.speaker ?? null
    const mark = view.marks[i] ?? 0
    return {
      id,
      text: view.texts[i] ?? '',
      punctuation: view.punctuation[i] ?? '',
      imported: imported.get(id) ?? null,
      added: rankOf(id) > 0,
      line: begins,
      speaker,
      start_us: view.start_us[i] ?? 0,
      end_us: view.end_us[i] ?? 0,
      original: { start_us: view.original_start_us[i] ?? 0, end_us: view.original_end_us[i] ?? 0 },
      proposed: proposed ? { start_us: view.proposed_start_us[i] ?? 0, end_us: view.proposed_end_us[i] ?? 0 } : null,
      confidence: view.confidence[i] ?? null,
      alignment_confidence: view.alignment_confidence[i] ?? null,
      retimed: (mark & RETIMED) !== 0,
      in_media: (mark & CUT) === 0,
      masked: (mark & MASKED) !== 0,
    }
  })
}

/** The transcript after a view was read: the whole, or a stretch of it put in place of what was known. */
export function scriptOf(view: WordsView, known: Script | null): Script {
  const { seq, format, languages, speakers, notes, range } = view
  const words = decode(view)
  const list = range && known ? [...known.list.slice(0, placeOf(known.list, range[0])), ...words, ...known.list.slice(placeOf(known.list, range[1]))] : words
  return { seq, format, languages, speakers, notes, list, lines: linesOf(list) }
}

/** The lines that words stand in. */
export function linesOf(list: readonly Word[]): Line[] {
  const lines: Line[] = []
  list.forEach((word, i) => {
    const last = lines[lines.length - 1]
    if (last && !word.line) last.end = i + 1
    else lines.push({ first: i, end: i + 1, speaker: word.speaker })
  })
  return lines
}

/** How many words come before an id in the text. */
export function placeOf(list: readonly Word[], id: number): number {
  const key = order(id)
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (order(list[middle]?.id ?? 0) < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Where a word stands in the list; null where it is not there. */
export function indexOf(list: readonly Word[], id: number | null): number | null {
  if (id === null) return null
  const at = placeOf(list, id)
  return list[at]?.id === id ? at : null
}

/**
 * Finds the word at a moment. Words are kept by id, and an id's order is that of the text; a word retimed by hand may lie out of that
 * order, so that the search runs over an order of its own.
 */
export class WordTimes {
  #starts: Float64Array
  #ends: Float64Array
  #ids: Float64Array

  constructor(words: readonly Word[]) {
    const inside = words.filter((word) => word.in_media && word.text !== '')
    const inOrder = inside.sort((a, b) => a.start_us - b.start_us || order(a.id) - order(b.id))
    this.#starts = Float64Array.from(inOrder, (word) => word.start_us)
    this.#ends = Float64Array.from(inOrder, (word) => word.end_us)
    this.#ids = Float64Array.from(inOrder, (word) => word.id)
  }

  /** The word that is spoken at a moment; null in a pause. Where two overlap, the one that began last. */
  at(at_us: number): number | null {
    const i = this.#lastStarted(at_us)
    if (i < 0) return null
    // A long word may still last after a short one inside it ended: look a few back, no further than speech can overlap.
    for (let j = i; j >= 0 && j > i - 4; j--) if (at_us < (this.#ends[j] ?? 0)) return this.#ids[j] ?? null
    return null
  }

  /** The word that began last; null before the first. */
  before(at_us: number): number | null {
    return this.#ids[this.#lastStarted(at_us)] ?? null
  }

  #lastStarted(at_us: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#starts[middle] ?? 0) <= at_us) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** The line that holds the word at a place of the list. */
export function lineAt(lines: readonly Line[], at: number): number | null {
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lines[middle]?.end ?? 0) <= at) low = middle + 1
    else high = middle
  }
  const found = lines[low]
  return found && found.first <= at && at < found.end ? low : null
}

/** A word with one end moved; where that would turn it over, the whole word moves and keeps its length. */
export function retimed(word: { start_us: number; end_us: number }, end: 'start' | 'end', at_us: number): { start_us: number; end_us: number } {
  const lasts_us = Math.max(1, word.end_us - word.start_us)
  if (end === 'start') return { start_us: at_us, end_us: word.end_us > at_us ? word.end_us : at_us + lasts_us }
  return { start_us: word.start_us < at_us ? word.start_us : Math.max(0, at_us - lasts_us), end_us: at_us }
}

/** Below this it is rather not known where a word starts. */
const SURE = 0.5

/** Whether a word was heard, but hardly. */
export function isUnsure(word: Word): boolean {
  return word.alignment_confidence !== null && word.alignment_confidence < SURE
}

/** What there is to say of a word besides its text. */
export function about(word: Word): string {
  const parts = [clock(word.start_us)]
  if (word.confidence !== null) parts.push(`confidence ${percent(word.confidence)}`)
  if (word.alignment_confidence !== null) parts.push(`heard here ${percent(word.alignment_confidence)}`)
  if (word.added) parts.push('added')
  if (word.imported !== null) parts.push(`edited, was “${word.imported}”`)
  if (word.retimed) parts.push(`retimed ${drift(word.start_us - word.original.start_us)}`)
  if (!word.in_media) parts.push('cut from the media')
  if (word.masked) parts.push('masked')
  return parts.join(' · ')
}
