import type { SegmentView } from '../api/generated/SegmentView'
import type { WordView } from '../api/generated/WordView'
import { clock, drift, percent } from '../shared/time'

/**
 * Finds the word at a moment. Words are kept by id, and an id's order is that of the text; a word retimed by hand may lie out of that
 * order, so that the search runs over an order of its own.
 */
export class WordTimes {
  #starts: Float64Array
  #ends: Float64Array
  #ids: Int32Array

  constructor(words: readonly WordView[]) {
    const inside = words.filter((word) => word.in_media)
    const order = inside.sort((a, b) => a.start_us - b.start_us || a.id - b.id)
    this.#starts = Float64Array.from(order, (word) => word.start_us)
    this.#ends = Float64Array.from(order, (word) => word.end_us)
    this.#ids = Int32Array.from(order, (word) => word.id)
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

/** The line that holds a word: lines follow each other and share no words. */
export function segmentOf(segments: readonly SegmentView[], word: number): number | null {
  let low = 0
  let high = segments.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const segment = segments[middle]
    if (segment && segment.end <= word) low = middle + 1
    else high = middle
  }
  const found = segments[low]
  return found && found.first <= word && word < found.end ? low : null
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
export function isUnsure(word: WordView): boolean {
  return word.alignment_confidence !== null && word.alignment_confidence < SURE
}

/** What there is to say of a word besides its text. */
export function about(word: WordView): string {
  const parts = [clock(word.start_us)]
  if (word.confidence !== null) parts.push(`confidence ${percent(word.confidence)}`)
  if (word.alignment_confidence !== null) parts.push(`heard here ${percent(word.alignment_confidence)}`)
  if (word.imported !== null) parts.push(`edited, was “${word.imported}”`)
  if (word.retimed) parts.push(`retimed ${drift(word.start_us - word.original.start_us)}`)
  if (!word.in_media) parts.push('cut from the media')
  if (word.masked) parts.push('masked')
  return parts.join(' · ')
}
