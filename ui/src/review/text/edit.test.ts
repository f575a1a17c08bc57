import { describe, expect, it } from 'vitest'
import { afterOf, order } from '../ids'
import { edit, NOTHING_KNOWN, type Change, type Edit, type Known, type WordWrite } from './edit'
import { linesOf, parts, wordText, type Line, type Standing } from './lines'

/** Lines of words, numbered from 0. */
function imported(text: string): Standing[] {
  let id = 0
  return text.split('\n').flatMap((line) => line.split(' ').map((text, i) => ({ id: id++, text, line: i === 0 })))
}

/** `a [b] c` with what stands in brackets chosen; `|` is a bare caret. */
function chosen(marked: string): { text: string; from: number; to: number } {
  const from = marked.search(/[[|]/)
  const bare = marked.replace(/[[|]/, '')
  const to = bare.indexOf(']')
  return { text: bare.replace(']', ''), from, to: to === -1 ? from : to }
}

function place(lines: readonly Line[], offset: number): { line: number; at: number } {
  let at = offset
  let line = 0
  while (at > (lines[line]?.text.length ?? 0) && line < lines.length - 1) at -= (lines[line++]?.text.length ?? 0) + 1
  return { line, at }
}

function type(lines: readonly Line[], from: number, to: number, insert: string, known: Known = NOTHING_KNOWN): Edit {
  return edit(lines, { from: place(lines, from), to: place(lines, to), insert }, known)
}

/** `0:a 1:b / 2:c`, a new word by the imported one it follows: `1+:new`. */
function shown(lines: readonly Line[]): string {
  return lines.map((line) => line.ids.map((id, i) => `${named(id)}:${wordText(line, i)}`).join(' ')).join(' / ')
}

function written(writes: readonly WordWrite[]): string {
  return writes.map(({ word, text, line }) => `${named(word)}${line ? '/' : ''}=${text}`).join(' ')
}

function named(id: number): string {
  return id < 2 ** 24 ? String(id) : `${afterOf(id)}+`
}

const CASES: [what: string, before: string, insert: string, after: string, writes: string][] = [
  ['a letter in a word', 'the ca|t sat', 'r', '0:the 1:cart 2:sat', '1=cart'],
  ['a letter behind a word', 'the cat| sat', 's', '0:the 1:cats 2:sat', '1=cats'],
  ['a letter in front of a word', 'the |cat sat', 's', '0:the 1:scat 2:sat', '1=scat'],
  ['a space behind a word', 'the cat| sat', ' ', '0:the 1:cat 2:sat', ''],
  ['a word split', 'the not|book', ' ', '0:the 1:not 1+:book', '1=not 1+=book'],
  ['a word split in three', 'the a|b', ' x ', '0:the 1:a 1+:x 1+:b', '1=a 1+=x 1+=b'],
  ['two words merged', 'the note[ ]book', '', '0:the 1:notebook', '2= 1=notebook'],
  ['a word chosen and typed over', 'the [cat] sat', 'd', '0:the 1:d 2:sat', '1=d'],
  ['a word cut with the space behind', 'the [cat ]sat', '', '0:the 2:sat', '1='],
  ['a word cut with the space before', 'the[ cat] sat', '', '0:the 2:sat', '1='],
  ['the first word cut', '[the ]cat sat', '', '1:cat 2:sat', '0= 1/=cat'],
  ['all cut', '[the cat]', '', '', '0= 1='],
  ['two words for two', 'a [b c] d', 'x y', '0:a 1:x 2:y 3:d', '1=x 2=y'],
  ['one word for two', 'a [b c] d', 'x', '0:a 1:x 3:d', '2= 1=x'],
  ['three words for two', 'a [b c] d', 'x y z', '0:a 1:x 2:y 2+:z 3:d', '1=x 2=y 2+=z'],
  ['equal ends are themselves', 'a [b c d] e', 'b d', '0:a 1:b 3:d 4:e', '2='],
  ['a word put in between', 'a [c d] e', 'c x d', '0:a 1:c 1+:x 2:d 3:e', '1+=x'],
  ['the front half and the next one', 'th[e c]at sat', '', '0:that 2:sat', '1= 0/=that'],
  ['a whole word and half of the next', '[the c]at sat', '', '1:at 2:sat', '0= 1/=at'],
  ['over halves of two', 'th[e c]at sat', 'x', '0:thxat 2:sat', '1= 0/=thxat'],
  ['over halves of two, divided', 'th[e c]at sat', 'x y', '0:thx 1:yat 2:sat', '0/=thx 1=yat'],
  ['words pasted between', 'a[ ]b', ' x y ', '0:a 0+:x 0+:y 1:b', '0+=x 0+=y'],
  ['words pasted in front of a word', 'a |b', 'x y ', '0:a 0+:x 0+:y 1:b', '0+=x 0+=y'],
  ['words pasted behind a word', 'a| b', ' x y', '0:a 0+:x 0+:y 1:b', '0+=x 0+=y'],
  ['words pasted at the very start', '|a', 'x ', '-1+:x 0:a', '-1+/=x 0=a'],
  ['words pasted at the very end', 'a|', ' x', '0:a 0+:x', '0+=x'],
  ['a line split', 'a[ ]b', '\n', '0:a / 1:b', '1/=b'],
  ['a line split before a space', 'a| b c', '\n', '0:a / 1:b 2:c', '1/=b'],
  ['a line split in a word', 'note|book a', '\n', '0:note / 0+:book 1:a', '0/=note 0+/=book'],
  ['an empty line', 'a b|', '\n', '0:a 1:b / ', ''],
  ['lines merged', 'a b[\n]c d', ' ', '0:a 1:b 2:c 3:d', '2=c'],
  ['lines merged into one word', 'a b[\n]c d', '', '0:a 1:bc 3:d', '2= 1=bc'],
  ['a line cut', 'a b[\nc d]\ne', '', '0:a 1:b / 4:e', '2= 3='],
  ['the words of a line cut', 'a\n[b c]\nd', '', '0:a /  / 3:d', '1= 2='],
  ['lines pasted', 'a |b', 'x\ny ', '0:a 0+:x / 0+:y 1:b', '0+=x 0+/=y'],
  ['lines pasted over lines', '[a b\nc] d', 'x\ny z', '0:x / 1:y 2:z 3:d', '0/=x 1/=y 2=z'],
  ['punctuation belongs to its word', 'a b| c', ',', '0:a 1:b, 2:c', '1=b,'],
  ['Arabic', 'قال [الرجل] نعم', 'الولد', '0:قال 1:الولد 2:نعم', '1=الولد'],
  ['Hebrew with points', 'שָׁל|וֹם לך', ' ', '0:שָׁל 0+:וֹם 1:לך', '0/=שָׁל 0+=וֹם'],
  ['Hindi', 'यह क|िताब है', 'ा', '0:यह 1:कािताब 2:है', '1=कािताब'],
  ['Thai has no spaces', 'ผม|รักเธอ', 'ไม่', '0:ผมไม่รักเธอ', '0/=ผมไม่รักเธอ'],
  ['emoji of several signs', 'a 👩‍👩‍👧| b', '!', '0:a 1:👩‍👩‍👧! 2:b', '1=👩‍👩‍👧!'],
  ['a mark behind a space has no sign to sit on', 'a |b', '\u0301', '0:a 1:\u0301b', '1=\u0301b'],
]

describe('edit', () => {
  it.each(CASES)('%s', (_, marked, insert, after, writes) => {
    const { text, from, to } = chosen(marked)
    const lines = linesOf(imported(text))
    const made = type(lines, from, to, insert)
    expect([shown(made.lines), written(made.writes)]).toEqual([after, writes])
  })

  it('gives a word its id back when something is typed in front of it', () => {
    const known = { ...NOTHING_KNOWN, texts: (id: number) => (id === 1 ? ['cat,'] : []) }
    const lines = linesOf(imported('the cat sat'))
    const typed = type(type(lines, 4, 4, 'x').lines, 5, 5, ' ', known)
    expect(shown(typed.lines)).toBe('0:the 0+:x 1:cat 2:sat')
  })

  it('knows removed words again at their place, and only there', () => {
    const known = { ...NOTHING_KNOWN, hidden: (left: number | null, right: number | null) => (left === 0 && right === 3 ? [{ id: 1, text: 'b.' }, { id: 2, text: 'c' }] : []) }
    const lines = linesOf(imported('a b c d').filter((word) => word.id !== 1 && word.id !== 2))
    expect(shown(type(lines, 2, 2, 'B x c ', known).lines)).toBe('0:a 1:B 1+:x 2:c 3:d')
    expect(shown(type(lines, 2, 2, 'c b ', known).lines)).toBe('0:a 2:c 2+:b 3:d')
    expect(shown(type(lines, 3, 3, ' b', known).lines)).toBe('0:a 3:d 3+:b')
  })

  it('keeps new words on their side of a removed line', () => {
    const words = imported('a\nb\nc').map((word) => (word.id === 1 ? { ...word, text: '' } : word))
    const known = { ...NOTHING_KNOWN, hidden: (left: number | null, right: number | null) => (left === 0 && right === 2 ? [{ id: 1, text: 'b' }] : []) }
    const lines = linesOf(words)
    expect(shown(lines)).toBe('0:a / 2:c')
    expect(shown(type(lines, 1, 1, ' x', known).lines)).toBe('0:a 0+:x / 2:c')
    expect(shown(type(lines, 2, 2, 'x ', known).lines)).toBe('0:a / 1+:x 2:c')
    expect(written(type(lines, 1, 2, ' ', known).writes)).toBe('1= 2=c')
  })

  it('puts text into the word beside it where no id is left', () => {
    const [left, right] = [2 ** 24, 2 ** 25]
    const lines = linesOf([{ id: left, text: 'a', line: true }, { id: right, text: 'b', line: false }])
    expect(written(type(lines, 2, 2, 'x y ').writes)).toBe('0+/=a x y')
  })

  it('holds a word together that has a space in it, until it is edited', () => {
    const lines = linesOf([{ id: 0, text: 'New York', line: true }, { id: 1, text: 'has', line: false }])
    expect(shown(type(lines, 8, 8, ' x').lines)).toBe('0:New York 0+:x 1:has')
    expect(shown(type(lines, 0, 0, 'x ').lines)).toBe('-1+:x 0:New York 1:has')
    expect(shown(type(lines, 4, 5, 'P').lines)).toBe('0:New 0+:Pork 1:has')
  })
})

it('divides at white space and never inside a sign', () => {
  const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  for (const text of ['café au lait', 'e\u0301t e\u0301 x', '👩‍👩‍👧 👍🏽', 'क्षि त्र', 'שָׁלוֹם לך', 'ผมรักเธอ', 'لَا إِلَٰهَ']) {
    const starts = new Set([...graphemes.segment(text)].map((part) => part.index).concat(text.length))
    for (const [from, to] of parts(text)) expect([text, from, to, starts.has(from), starts.has(to)]).toEqual([text, from, to, true, true])
  }
})

/** Words as the other side keeps them: what is written stands, and lines are where words say so. */
class Words {
  #words = new Map<number, { text: string; line: boolean }>()

  constructor(words: readonly Standing[]) {
    for (const { id, text, line } of words) this.#words.set(id, { text, line })
  }

  /** Writes, and says what would take it back. */
  write(writes: readonly WordWrite[]): WordWrite[] {
    return writes
      .map(({ word, text, line }) => {
        const was = this.#words.get(word) ?? { text: '', line: false }
        // An added word that is removed is gone; an imported one only says nothing any more.
        if (text === '' && word >= 2 ** 24) this.#words.delete(word)
        else this.#words.set(word, { text, line })
        return { word, ...was }
      })
      .reverse()
  }

  sorted(): Standing[] {
    return [...this.#words].map(([id, word]) => ({ id, ...word })).sort((a, b) => order(a.id) - order(b.id))
  }

  known(texts: Known['texts']): Known {
    const sorted = this.sorted()
    const inside = (id: number, left: number | null, right: number | null) => (left === null || order(id) > order(left)) && (right === null || order(id) < order(right))
    return { texts, hidden: (left, right) => sorted.filter(({ id }) => inside(id, left, right)) }
  }

  lines(): string[] {
    return linesOf(this.sorted()).map((line) => line.text)
  }
}

/** A small generator with a seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below)
  }
}

const PIECES = ['a', 'b', 'word', ' ', ' ', '  ', '\n', 'x y', ' one two ', '.', ',', '', '', '', 'é', 'e\u0301', '\u0301', '👩‍👩‍👧', 'שָׁלוֹם', ' لا ', 'क्षि', 'ผมรัก', 'p\nq r\ns', '\u200d']

function plain(lines: readonly Line[]): string[] {
  return lines.filter((line) => line.ids.length > 0).map((line) => line.ids.map((_, i) => wordText(line, i)).join(' '))
}

function check(lines: readonly Line[], joint: string): void {
  expect(lines.map((line) => line.text).join('\n')).toBe(joint)
  const ids = lines.flatMap((line) => line.ids)
  ids.forEach((id, i) => i > 0 && expect(order(id)).toBeGreaterThan(order(ids[i - 1] ?? 0)))
  for (const line of lines) expect(line.ids.map((_, i) => wordText(line, i)).join(' ').split(/\s+/)).toEqual(line.text.trim().split(/\s+/))
}

it.each([1, 2, 3, 4, 5, 6])('holds under thousands of edits, seed %i', (seed) => {
  const roll = random(seed)
  const start = imported('so the first thing we saw\nwas the gauge\non the left\nand it read\none point eight bar')
  const words = new Words(start)
  let lines: readonly Line[] = linesOf(start)
  const undo: { writes: WordWrite[]; before: string[] }[] = []
  for (let i = 0; i < 800; i++) {
    const joint = lines.map((line) => line.text).join('\n')
    const from = roll(joint.length + 1)
    const to = Math.min(joint.length, from + (roll(3) === 0 ? roll(20) : roll(2)))
    // Pastes of what is there try words that are known again.
    const at = roll(joint.length + 1)
    const insert = roll(8) === 0 ? joint.slice(at, at + roll(12)) : (PIECES[roll(PIECES.length)] ?? '')
    const change: Change = { from: place(lines, from), to: place(lines, to), insert }
    const known = words.known((id) => start.filter((word) => word.id === id).map((word) => word.text))
    const made = edit(lines, change, known)
    check(made.lines, joint.slice(0, from) + insert + joint.slice(to))
    survivors(lines, made, change)
    undo.push({ before: words.lines(), writes: words.write(made.writes) })
    expect(words.lines()).toEqual(plain(made.lines).length > 0 ? plain(made.lines) : [''])
    lines = made.lines
    if (undo.length > 100 || roll(50) === 0) lines = takeBack(words, undo, roll(undo.length + 1), lines)
  }
})

/** Words on lines that the change does not reach are the very same, and so are words away from it. */
function survivors(lines: readonly Line[], made: Edit, { from, to }: Change): void {
  expect(made.lines.slice(0, from.line)).toEqual(lines.slice(0, from.line))
  const below = lines.length - to.line - 1
  expect(made.lines.slice(made.lines.length - below)).toEqual(lines.slice(lines.length - below))
  const is = new Set(made.lines.flatMap((line) => line.ids))
  const away = [
    ...(lines[from.line]?.ids ?? []).filter((_, i) => (lines[from.line]?.to[i] ?? 0) < from.at - 2),
    ...(lines[to.line]?.ids ?? []).filter((_, i) => (lines[to.line]?.from[i] ?? 0) > to.at + 1),
  ]
  expect(away.filter((id) => !is.has(id))).toEqual([])
}

function takeBack(words: Words, undo: { writes: WordWrite[]; before: string[] }[], count: number, lines: readonly Line[]): readonly Line[] {
  for (let i = 0; i < count; i++) {
    const last = undo.pop()
    if (!last) break
    words.write(last.writes)
    expect(words.lines()).toEqual(last.before)
  }
  undo.length = 0
  return count > 0 ? linesOf(words.sorted()) : lines
}
