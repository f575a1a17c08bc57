import { EditorState } from '@codemirror/state'
import { expect, it } from 'vitest'
import { documentOf, givenBy, textChange, tidied, type Given, type Read } from './given'
import { edit } from './edit'
import type { Line } from './lines'

function read(text: string): Read[] {
  let id = 0
  return text.split('\n').flatMap((line) => line.split(' ').map((text, i) => ({ id: id++, text, punctuation: '', line: i === 0 })))
}

const textOf = (lines: readonly Line[]) => lines.map((line) => line.text).join('\n')

function apply(lines: readonly Line[], given: Given | null): [text: string, change: number, lines: readonly Line[]] {
  if (!given) return [textOf(lines), 0, lines]
  const state = EditorState.create({ doc: textOf(lines) })
  const change = textChange(state.doc, lines, given)
  const after = lines.toSpliced(given.from, given.to - given.from, ...given.lines)
  expect(state.update({ changes: change }).state.doc.toString()).toBe(textOf(after))
  return [textOf(after), change.to - change.from + change.insert.length, after]
}

const CASES: [what: string, change: (words: Read[]) => void, after: string, most: number][] = [
  ['nothing', () => {}, 'a b c\nd e\nf g', 0],
  ['a text', (words) => (words[3] = { ...words[3]!, text: 'dog' }), 'a b c\ndog e\nf g', 2],
  ['punctuation', (words) => (words[6] = { ...words[6]!, punctuation: '.' }), 'a b c\nd e\nf g.', 1],
  ['a time only', (words) => (words[3] = { ...words[3]! }), 'a b c\nd e\nf g', 0],
  ['a word removed', (words) => (words[1] = { ...words[1]!, text: '' }), 'a c\nd e\nf g', 2],
  ['a line removed', (words) => (words[3] = { ...words[3]!, text: '' }, words[4] = { ...words[4]!, text: '' }), 'a b c\nf g', 4],
  ['the last line removed', (words) => (words[5] = { ...words[5]!, text: '' }, words[6] = { ...words[6]!, text: '' }), 'a b c\nd e', 4],
  ['a word added', (words) => words.splice(2, 0, { id: 2 ** 24 + 1, text: 'x', punctuation: ',', line: false }), 'a b x, c\nd e\nf g', 3],
  ['a line split', (words) => (words[1] = { ...words[1]!, line: true }), 'a\nb c\nd e\nf g', 2],
  ['lines merged', (words) => (words[3] = { ...words[3]!, line: false }), 'a b c d e\nf g', 2],
  ['lines merged over a removed word', (words) => (words[3] = { ...words[3]!, line: false, text: '' }), 'a b c e\nf g', 4],
  ['all removed', (words) => words.forEach((word, i) => (words[i] = { ...word, text: '' })), '', 13],
]

it.each(CASES)('changes as little as there is to change: %s', (_, change, after, most) => {
  const was = read('a b c\nd e\nf g')
  const is = [...was]
  change(is)
  const lines = documentOf(was)
  const [text, size, now] = apply(lines, givenBy(lines, was, is))
  expect(text).toBe(after)
  expect(size).toBeLessThanOrEqual(most)
  // And back, as undo does.
  expect(apply(now, givenBy(now, is, was))[0]).toBe('a b c\nd e\nf g')
})

it('leaves spaces and empty lines alone that are being typed', () => {
  const was = read('a b\nc d')
  let lines: readonly Line[] = documentOf(was)
  lines = edit(lines, { from: { line: 0, at: 3 }, to: { line: 0, at: 3 }, insert: ' ' }).lines
  lines = edit(lines, { from: { line: 0, at: 4 }, to: { line: 0, at: 4 }, insert: '\n' }).lines
  expect(textOf(lines)).toBe('a b \n\nc d')
  expect(givenBy(lines, was, was.map((word) => ({ ...word })))).toBeNull()
  const is = was.map((word) => (word.id === 3 ? { ...word, text: 'dog' } : word))
  expect(apply(lines, givenBy(lines, was, is))[0]).toBe('a b \n\nc dog')
})

it('tidies up when typing is over', () => {
  const was = read('a b\nc d')
  let lines: readonly Line[] = documentOf(was)
  lines = edit(lines, { from: { line: 0, at: 1 }, to: { line: 0, at: 1 }, insert: '  ' }).lines
  lines = edit(lines, { from: { line: 1, at: 3 }, to: { line: 1, at: 3 }, insert: '\n\n' }).lines
  expect(apply(lines, tidied(lines))[0]).toBe('a b\nc d')
  expect(tidied(documentOf(was))).toBeNull()
})
