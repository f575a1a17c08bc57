import type { WordId } from '../../api/generated/WordId'

/**
 * A line of the document: its text, and which part of it is which word. Places are counted from the line's start, so that an edit
 * changes the records of the lines it touches and of no other.
 */
export interface Line {
  readonly text: string
  readonly ids: readonly WordId[]
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** Removed words before its first one that still begin a line: where lines are merged they must not begin one any longer. */
  readonly marks: readonly WordId[]
}

/** A word as it stands in the document: with its punctuation; removed where the text is empty. */
export interface Standing {
  readonly id: WordId
  readonly text: string
  readonly line: boolean
}

/**
 * Parts are divided by white space. That never divides a sign from the marks that sit on it: a mark that stands behind white space has
 * no sign to sit on, and begins a part as any letter does.
 */
export function parts(text: string): [from: number, to: number][] {
  return Array.from(text.matchAll(/\S+/gu), (part) => [part.index, part.index + part[0].length])
}

export function isGap(text: string, at: number): boolean {
  return /^\s/.test(text.charAt(at))
}

/** The lines of a document, from words in order. */
export function linesOf(words: Iterable<Standing>): Line[] {
  const lines: Line[] = []
  let open = new OpenLine()
  const close = () => {
    if (open.ids.length > 0) lines.push(open.line())
    open = new OpenLine(open.ids.length > 0 ? [] : open.marks)
  }
  for (const word of words) {
    if (word.line) close()
    if (word.text !== '') open.add(word)
    else if (word.line) open.marks.push(word.id)
  }
  close()
  return lines.length > 0 ? lines : [{ text: '', ids: [], from: [], to: [], marks: [] }]
}

class OpenLine {
  ids: WordId[] = []
  #from: number[] = []
  #to: number[] = []
  #text = ''
  marks: WordId[]

  constructor(marks: WordId[] = []) {
    this.marks = marks
  }

  add(word: Standing): void {
    if (this.ids.length > 0) this.#text += ' '
    this.#from.push(this.#text.length)
    this.#text += word.text
    this.#to.push(this.#text.length)
    this.ids.push(word.id)
  }

  line(): Line {
    return { text: this.#text, ids: this.ids, from: this.#from, to: this.#to, marks: this.marks }
  }
}

export function wordText(line: Line, index: number): string {
  return line.text.slice(line.from[index], line.to[index])
}

/** The word at a place of a line, or the one that it touches: the one before it rather than the one behind. */
export function wordAt(line: Line, at: number): number | null {
  const next = line.to.findIndex((to) => to >= at)
  if (next === -1) return line.ids.length > 0 ? line.ids.length - 1 : null
  return next
}

/** The line that holds a word, and where in it; by the order of ids, since lines may be thousands. */
export function find(lines: readonly Line[], word: WordId, order: (id: WordId) => number): { line: number; index: number } | null {
  const wanted = order(word)
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >>> 1
    // A line that was emptied says nothing: the next one that has words does.
    let at = middle
    while (at < high && lines[at]?.ids.length === 0) at++
    const first = at < high ? lines[at]?.ids[0] : undefined
    if (first !== undefined && order(first) <= wanted) low = at + 1
    else high = middle
  }
  for (let line = low - 1; line >= 0; line--) {
    const ids = lines[line]?.ids ?? []
    if (ids.length === 0) continue
    const index = ids.indexOf(word)
    return index === -1 ? null : { line, index }
  }
  return null
}
