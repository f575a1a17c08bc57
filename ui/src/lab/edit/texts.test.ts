import { Text } from '@codemirror/state'
import { expect, it } from 'vitest'
import type { DiffLine } from '../../api/generated/DiffLine'
import type { Problem } from '../../api/generated/Problem'
import { promptOf } from '../../api/recorded/lab_prompts'
import { seeded } from '../../api/recorded/random'
import { readable } from './answers'
import { places } from './code'
import { changedLines, diffRows, type DiffRow } from './diff'
import { isSame } from './drafts.svelte'
import { faults } from './faults'
import { fieldOf, placeOf, withText } from './fields'
import { momentOf } from './times'

const problem = (part: string, line: number | null): Problem => ({ part, line, what: 'Wrong.', stops: true })
const lines = (text: string): DiffLine[] => [...text].map((sign) => ({ side: sign === '+' ? 1 : sign === '-' ? -1 : 0, text: sign }))

/** A row as a word: what stands on the left, what on the right. */
function written(row: DiffRow): string {
  if (row.kind === 'part') return row.part
  if (row.kind === 'alike') return `(${row.count})`
  return `${row.before?.line ?? '.'}${row.same ? '=' : '|'}${row.after?.line ?? '.'}`
}

it.each([
  ['', []],
  ['==========', ['system', '(10)']],
  ['-+', ['system', '1|.', '.|1']],
  ['======-======', ['system', '(3)', '4=4', '5=5', '6=6', '7|.', '8=7', '9=8', '10=9', '(3)']],
  ['+=', ['system', '.|1', '1=2']],
])('shows %s line by line', (text, rows) => expect(text === '' ? diffRows([], false) : diffRows([{ part: 'system', lines: lines(text) }], false).map(written)).toEqual(rows))

it.each([
  ['-+', ['1|1']],
  ['--+', ['1|1', '2|.']],
  ['-=+', ['1|.', '2=1', '.|2']],
  ['++-=', ['1|1', '.|2', '2=3']],
])('puts %s side by side', (text, rows) => expect(diffRows([{ part: '', lines: lines(text) }], true).map(written).slice(1)).toEqual(rows))

it('loses no line of a difference, and shows every one that differs', () => {
  const random = seeded(7)
  for (let round = 0; round < 200; round++) {
    const all = lines(Array.from({ length: Math.floor(random() * 60) }, () => '=======-+'[Math.floor(random() * 9)]).join(''))
    const parts = [{ part: 'window', lines: all }]
    for (const beside of [false, true]) {
      const rows = diffRows(parts, beside)
      const count = (side: 'before' | 'after') => rows.reduce((sum, row) => sum + (row.kind === 'alike' ? row.count : row.kind === 'line' && row[side] ? 1 : 0), 0)
      expect([count('before'), count('after')]).toEqual([all.filter(({ side }) => side <= 0).length, all.filter(({ side }) => side >= 0).length])
      const differing = rows.flatMap((row) => (row.kind === 'line' && !row.same ? [row] : []))
      expect(changedLines(parts)).toEqual({ removed: differing.filter(({ before }) => before).length, added: differing.filter(({ after }) => after).length })
    }
  }
})

it.each([
  ['12.5', 12_500_000],
  ['1:02:03.5', 3_723_500_000],
  ['2:03', 123_000_000],
  ['0:00:00.001', 1000],
  ['1,25', 1_250_000],
  ['', null],
  ['1:x', null],
  ['-1', null],
  ['1.5:00', null],
  ['1:2:3:4', null],
])('reads %s as a moment', (text, at_us) => expect(momentOf(text)).toBe(at_us))

it.each([
  ['{"type": "object"}', null],
  ['{', 1],
  ['{\n  "a": 1\n  "b": 2\n}', 3],
  ['{\n  "a": 1,\n}\n', 3],
  ['{\n  // no\n}', 2],
  ['[1]', 1],
  ['', 1],
  ['{"a": tru}', 1],
])('says where the schema %j is wrong', (text, line) => {
  const found = faults(withText(promptOf('describe'), 'schema', text))
  expect(found.map((fault) => [fault.part, fault.line, fault.stops])).toEqual(line === null ? [] : [['schema', line, true]])
  for (const { what } of found) expect(what).toMatch(/\.$/)
})

it('asks nothing of the whole where its text is emptied', () => {
  const version = promptOf('summarise')
  expect(withText(version, 'whole_schema', ' ').prompt.whole_schema).toBeNull()
  expect(faults(withText(version, 'whole_schema', ''))).toEqual([])
  expect(withText(version, 'window', '').prompt.window).toBe('')
})

it('puts problems where they lie in the text', () => {
  const doc = Text.of(['one', '  two ', '', 'four'])
  const at = (line: number | null) => places(doc, [problem('window', line)]).map(({ from, to }) => [from, to])
  expect([at(1), at(2), at(3), at(9), at(null)]).toEqual([[[0, 3]], [[6, 9]], [[11, 11]], [[12, 16]], []])
})

it.each([
  ['system', 3, 'system', 'System, line 3'],
  ['whole_schema', null, 'whole_schema', 'Whole schema'],
  ['model', null, 'parameters', 'Parameters'],
  ['max_tokens', null, 'parameters', 'Parameters'],
  ['name', null, 'about', 'Name and note'],
  ['examples', null, 'examples', 'Examples'],
  ['question', null, null, 'Question'],
])('shows a problem of %s', (part, line, field, place) => expect([fieldOf(problem(part, line)), placeOf(problem(part, line))]).toEqual([field, place]))

it('holds versions to be one that say the same', () => {
  const version = promptOf('describe')
  const { every_us, most_per_minute, same } = version.prompt.frames
  expect(isSame(version, { ...version, prompt: { ...version.prompt, frames: { same, most_per_minute, every_us } } })).toBe(true)
  expect(isSame(version, { ...version, note: 'x' })).toBe(false)
})

it('lays JSON out and leaves other answers as they came', () => expect([readable('{"a":1}'), readable('no')]).toEqual(['{\n  "a": 1\n}', 'no']))
