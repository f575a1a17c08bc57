import type { WordId } from '../../api/generated/WordId'
import { order } from '../ids'
import { linesOf, wordText, type Line, type Standing } from './lines'

/** Lines `[from, to)` of the document give way to others. */
export interface Given {
  from: number
  to: number
  lines: Line[]
}

/** A word as the words view has it; its object stays the same while nothing of it changes. */
export interface Read {
  readonly id: WordId
  readonly text: string
  readonly punctuation: string
  readonly line: boolean
}

export function standing({ id, text, punctuation, line }: Read): Standing {
  return { id, text: text === '' ? '' : text + punctuation, line }
}

export function documentOf(list: readonly Read[]): Line[] {
  return linesOf(list.map(standing))
}

/**
 * What a reading changes in the document: only lines whose words are others than before. Lines that differ in their spaces alone stay, and
 * so do empty ones: they are being typed in. Null where nothing changes.
 */
export function givenBy(lines: readonly Line[], was: readonly Read[], is: readonly Read[]): Given | null {
  const [first, end] = changed(was, is)
  if (first === null) return null
  // Whole lines, as they were and as they are.
  let start = Math.max(0, first - 1)
  while (start > 0 && !is[start]?.line) start--
  let stop = end
  while (stop < is.length && !is[stop]?.line) stop++
  const from = start === 0 ? 0 : lineFrom(lines, is[start]?.id ?? 0)
  const to = stop === is.length ? lines.length : lineFrom(lines, is[stop]?.id ?? 0)
  return trimmed(lines, { from, to: Math.max(from, to), lines: documentOf(is.slice(start, stop)) })
}

/** The stretch of the new list that is not what it was. */
function changed(was: readonly Read[], is: readonly Read[]): [first: number, end: number] | [null, null] {
  const most = Math.min(was.length, is.length)
  let head = 0
  while (head < most && was[head] === is[head]) head++
  if (head === was.length && head === is.length) return [null, null]
  let tail = 0
  while (tail < most - head && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail++
  return [head, is.length - tail]
}

/** The first line whose words stand at a word or behind it. */
function lineFrom(lines: readonly Line[], word: WordId): number {
  const wanted = order(word)
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >>> 1
    let at = middle
    while (at < high && lines[at]?.ids.length === 0) at++
    const id = at < high ? lines[at]?.ids[0] : undefined
    if (id !== undefined && order(id) < wanted) low = at + 1
    else high = middle
  }
  return low
}

/** Leaves out lines at both ends that are the same already. */
function trimmed(lines: readonly Line[], { from, to, lines: next }: Given): Given | null {
  let head = 0
  let tail = 0
  let [first, end] = [from, to]
  const empty = (line: Line | undefined) => line?.ids.length === 0 && lines.length > 1
  for (;;) {
    if (first < end && empty(lines[first])) first++
    else if (first < end && head < next.length && sameWords(lines[first], next[head])) {
      first++
      head++
    } else break
  }
  for (;;) {
    if (first < end && empty(lines[end - 1])) end--
    else if (first < end && tail < next.length - head && sameWords(lines[end - 1], next[next.length - 1 - tail])) {
      end--
      tail++
    } else break
  }
  const left = next.slice(head, next.length - tail)
  if (first === end && left.every((line) => line.ids.length === 0)) return null
  return { from: first, to: end, lines: left }
}

function sameWords(a: Line | undefined, b: Line | undefined): boolean {
  if (!a || !b || a.ids.length !== b.ids.length || a.marks.length !== b.marks.length) return false
  return a.ids.every((id, i) => id === b.ids[i] && wordText(a, i) === wordText(b, i)) && a.marks.every((id, i) => id === b.marks[i])
}

/** Lines with one space between words and none around them, without empty ones; null where they are so already. */
export function tidied(lines: readonly Line[]): Given | null {
  const tidy = lines.map(isTidy)
  const from = tidy.indexOf(false)
  if (from === -1 || lines.length === 1) return from === -1 ? null : { from: 0, to: 1, lines: [tidyLine(lines[0])] }
  const to = tidy.lastIndexOf(false) + 1
  const kept = lines.slice(from, to).filter((line) => line.ids.length > 0)
  return { from, to, lines: kept.map(tidyLine) }
}

function isTidy(line: Line): boolean {
  return line.ids.length > 0 && line.from.every((from, i) => from === (i === 0 ? 0 : (line.to[i - 1] ?? 0) + 1)) && line.to.at(-1) === line.text.length
}

function tidyLine(line: Line | undefined): Line {
  if (!line || line.ids.length === 0) return { text: '', ids: [], from: [], to: [], marks: line?.marks ?? [] }
  const [made] = linesOf(line.ids.map((id, i) => ({ id, text: wordText(line, i), line: i === 0 })))
  return made ? { ...made, marks: line.marks } : line
}

/** The change of the text that takes lines to others, as small as it can be: what stands around it keeps its caret. */
export function textChange(text: { line(n: number): { from: number; to: number }; length: number; sliceString(from: number, to: number): string }, all: readonly Line[], { from, to, lines }: Given): { from: number; to: number; insert: string } {
  let next = lines.map((line) => line.text).join('\n')
  let start: number
  let end: number
  if (from < to) {
    start = text.line(from + 1).from
    end = text.line(to).to
    // With no line left, one of the breaks around them goes as well.
    if (lines.length === 0) {
      if (to < all.length) end++
      else if (from > 0) start--
    }
  } else if (from < all.length) {
    start = end = text.line(from + 1).from
    next += '\n'
  } else {
    start = end = text.length
    next = '\n' + next
  }
  return smallest(start, text.sliceString(start, end), next)
}

function smallest(start: number, was: string, is: string): { from: number; to: number; insert: string } {
  const most = Math.min(was.length, is.length)
  let head = 0
  while (head < most && was[head] === is[head]) head++
  let tail = 0
  while (tail < most - head && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail++
  return { from: start + head, to: start + was.length - tail, insert: is.slice(head, is.length - tail) }
}
