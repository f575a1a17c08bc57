import type { WordId } from '../../api/generated/WordId'
import { between } from '../ids'
import { isGap, parts, type Line } from './lines'

/** The word as it shall stand: `text` with its punctuation, empty to remove it; whether a line begins with it. */
export interface WordWrite {
  word: WordId
  text: string
  line: boolean
}

export interface Place {
  line: number
  at: number
}

/** What stood between two places is replaced. */
export interface Change {
  from: Place
  to: Place
  insert: string
}

/** What is known of words beside what the document shows. */
export interface Known {
  /** Texts that a word had before it was typed in: as last read, as imported. */
  texts(id: WordId): readonly string[]
  /** Words between two neighbours of the document that it does not show, in order. */
  hidden(left: WordId | null, right: WordId | null): readonly { id: WordId; text: string }[]
}

export const NOTHING_KNOWN: Known = { texts: () => [], hidden: () => [] }

export interface Edit {
  lines: readonly Line[]
  /** What the change means for words: the removed ones first. */
  writes: WordWrite[]
}

/** A word, or what shall become one, in the joint text of the touched lines. */
interface Part {
  id: WordId | null
  from: number
  to: number
  text: string
  first: boolean
}
type Old = Part & { id: WordId }

/**
 * Changes the document and says what that means for words. Only words that the change touches are looked at:
 * - A word of which a letter is left keeps its id, however much of it was deleted or typed into it.
 * - A word that comes apart leaves its id with the first part, unless the last part is what the word was before: then something was typed
 *   in front of it. The other parts are new words.
 * - Words that grow together are the first of them; the others are removed.
 * - Text over whole words replaces them one by one, equal words at both ends being themselves. Words too many are removed, text too much
 *   is new words.
 * - A new word that says what a removed word said at this place is that word again: a cut and a paste, or a gap closed and opened.
 *   Text that is moved elsewhere is new words there.
 */
export function edit(lines: readonly Line[], change: Change, known: Known = NOTHING_KNOWN): Edit {
  const touched = lines.slice(change.from.line, change.to.line + 1)
  const before = touched.map((line) => line.text).join('\n')
  const old = wordsOf(touched)
  const start = change.from.at
  const end = before.length - (touched[touched.length - 1]?.text.length ?? 0) + change.to.at
  const after = before.slice(0, start) + change.insert + before.slice(end)

  const shift = after.length - before.length
  const reach = reached(old, after, start, end, shift)
  const head: Part[] = old.slice(0, reach.first)
  const tail: Part[] = old.slice(reach.end).map((word) => ({ ...word, from: word.from + shift, to: word.to + shift }))
  const middle: Part[] = parts(after.slice(reach.from, reach.to + shift)).map(([from, to]) => {
    const part = { from: reach.from + from, to: reach.from + to }
    return { ...part, id: null, text: after.slice(part.from, part.to), first: false }
  })
  keep(middle, old.slice(reach.first, reach.end), start, end, known)

  const all = [...head, ...middle, ...tail]
  const ends = { left: lastBefore(lines, change.from.line), right: firstAfter(lines, change.to.line) }
  markFirst(all, after)
  const placed = addNew(all, after, ends, known)
  const made = cut(placed, after, touched[0]?.marks ?? [])
  return { lines: lines.toSpliced(change.from.line, touched.length, ...made), writes: writesOf(touched, old, placed) }
}

function wordsOf(lines: readonly Line[]): Old[] {
  let offset = 0
  return lines.flatMap(({ text, ids, from, to }) => {
    const at = offset
    offset += text.length + 1
    return ids.map((id, i) => ({ id, from: at + (from[i] ?? 0), to: at + (to[i] ?? 0), text: text.slice(from[i], to[i]), first: i === 0 }))
  })
}

/** Which words a change reaches, and the stretch of the old text to divide into words anew. */
function reached(old: readonly Old[], after: string, start: number, end: number, shift: number): { first: number; end: number; from: number; to: number } {
  let first = old.findIndex((word) => word.to >= start)
  if (first === -1) first = old.length
  // A word that only touches the change, with a space between them, is not reached.
  const left = old[first]
  if (left && left.to === start && left.from < start && (start === after.length || isGap(after, start))) first++
  let last = first
  while (last < old.length && (old[last]?.from ?? 0) <= end) last++
  const right = old[last - 1]
  if (last > first && right && right.from === end && (end + shift === 0 || isGap(after, end + shift - 1))) last--
  const words = old.slice(first, last)
  return { first, end: last, from: Math.min(start, words[0]?.from ?? start), to: Math.max(end, words.at(-1)?.to ?? end) }
}

/** Gives the ids of the words that were reached to what became of them. */
function keep(middle: Part[], old: readonly Old[], start: number, end: number, known: Known): void {
  const first = old[0]
  const last = old[old.length - 1]
  const left = first && first.from < start ? first : null
  const right = last && last.to > end ? last : null
  const ahead = middle[0]
  const behind = middle[middle.length - 1]
  if (left && left === right) {
    const own = middle.length > 1 && behind && recognises(known, left.id, behind.text) ? behind : ahead
    if (own) own.id = left.id
    return
  }
  if (left && ahead) ahead.id = left.id
  if (right && behind && behind.id === null) behind.id = right.id
  replace(
    old.filter((word) => word !== left && word !== right),
    middle.filter((part) => part.id === null),
  )
}

/** Maps whole words to the parts that replace them: equal ones at both ends first, then one by one. */
function replace(gone: readonly Old[], come: readonly Part[]): void {
  const most = Math.min(gone.length, come.length)
  let tail = 0
  let head = 0
  while (head < most && gone[head]?.text === come[head]?.text) head++
  while (tail < most - head && gone[gone.length - 1 - tail]?.text === come[come.length - 1 - tail]?.text) tail++
  come.forEach((part, i) => {
    const word = i >= come.length - tail ? gone[gone.length - come.length + i] : i < gone.length - tail ? gone[i] : undefined
    if (word) part.id = word.id
  })
}

function recognises(known: Known, id: WordId, text: string): boolean {
  return known.texts(id).some((was) => bare(was) === bare(text))
}

/** A text without what may change when a word is moved about: case and punctuation. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
}

function lastBefore(lines: readonly Line[], index: number): WordId | null {
  for (let i = index - 1; i >= 0; i--) {
    const id = lines[i]?.ids.at(-1)
    if (id !== undefined) return id
  }
  return null
}

function firstAfter(lines: readonly Line[], index: number): WordId | null {
  for (let i = index + 1; i < lines.length; i++) {
    const id = lines[i]?.ids[0]
    if (id !== undefined) return id
  }
  return null
}

function markFirst(all: Part[], text: string): void {
  let behind = 0
  all.forEach((part, i) => {
    part.first = i === 0 || text.slice(behind, part.from).includes('\n')
    behind = part.to
  })
}

/** Finds ids for new words. Where none is left, their text goes into the word beside them on the line. */
function addNew(all: readonly Part[], text: string, ends: { left: WordId | null; right: WordId | null }, known: Known): Old[] {
  const placed: Old[] = []
  for (let i = 0; i < all.length; ) {
    const part = all[i]
    if (!part) break
    if (part.id !== null) {
      placed.push({ ...part, id: part.id })
      i++
      continue
    }
    let end = i
    while (end < all.length && all[end]?.id === null) end++
    const right = all[end]?.id ?? ends.right
    for (const run of runs(all.slice(i, end), placed.at(-1)?.id ?? ends.left, right, known)) {
      if (run.id !== null) placed.push({ ...run, id: run.id })
      else glue(placed, run, all[end], text)
    }
    i = end
  }
  return placed
}

/** Ids for parts that stand beside each other: of removed words that said the same, or new ones. */
function runs(come: readonly Part[], left: WordId | null, right: WordId | null, known: Known): Part[] {
  let hidden = known.hidden(left, right)
  const out = come.map((part) => {
    const again = hidden.findIndex((word) => bare(word.text) !== '' && bare(word.text) === bare(part.text))
    if (again === -1) return { ...part }
    const id = hidden[again]?.id ?? null
    hidden = hidden.slice(again + 1)
    return { ...part, id }
  })
  for (let i = 0; i < out.length; ) {
    let end = i
    while (end < out.length && out[end]?.id === null) end++
    if (end > i) number(out.slice(i, end), out[i - 1]?.id ?? left, out[end]?.id ?? right, known)
    i = end + 1
  }
  return out
}

/**
 * New ids that keep clear of words that are not shown. A removed word may still begin a line, so that what goes on with a line comes
 * before them, and what begins one behind them.
 */
function number(come: readonly Part[], left: WordId | null, right: WordId | null, known: Known): void {
  const hidden = known.hidden(left, right)
  const begins = come[0]?.first ?? false
  const low = begins ? (hidden.at(-1)?.id ?? left) : left
  const high = begins ? right : (hidden[0]?.id ?? right)
  const ids = between(low, high, come.length) ?? between(left, right, come.length)
  come.forEach((part, i) => (part.id = ids?.[i] ?? null))
}

function glue(placed: readonly Old[], part: Part, next: Part | undefined, text: string): void {
  const behind = placed.at(-1)
  if (behind && !text.slice(behind.to, part.from).includes('\n')) {
    behind.to = part.to
    behind.text = text.slice(behind.from, behind.to)
  } else if (next && !text.slice(part.to, next.from).includes('\n')) {
    next.first ||= part.first
    next.from = Math.min(next.from, part.from)
    next.text = text.slice(next.from, next.to)
  }
}

/** The lines of a text, with its words. */
function cut(placed: readonly Old[], text: string, marks: readonly WordId[]): Line[] {
  let offset = 0
  let next = 0
  return text.split('\n').map((line, i) => {
    const [ids, from, to]: [WordId[], number[], number[]] = [[], [], []]
    for (let word = placed[next]; word && word.from < offset + line.length; word = placed[++next]) {
      ids.push(word.id)
      from.push(word.from - offset)
      to.push(word.to - offset)
    }
    offset += line.length + 1
    return { text: line, ids, from, to, marks: i === 0 ? marks : [] }
  })
}

function writesOf(touched: readonly Line[], old: readonly Old[], placed: readonly Old[]): WordWrite[] {
  const was = new Map(old.map((word) => [word.id, word]))
  const is = new Set(placed.map((word) => word.id))
  // A line break that is gone: what was removed behind it must not bring it back.
  const writes: WordWrite[] = touched.slice(1).flatMap((line) => line.marks.map((word) => ({ word, text: '', line: false })))
  for (const { id } of old) if (!is.has(id)) writes.push({ word: id, text: '', line: false })
  for (const { id, text, first } of placed) {
    const before = was.get(id)
    if (!before || before.text !== text || before.first !== first) writes.push({ word: id, text, line: first })
  }
  return writes
}
