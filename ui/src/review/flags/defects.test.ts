import { expect, it } from 'vitest'
import type { Word } from '../words'
import { DEFECTS, defectAt, KINDS, type Looking } from './defects'
import { rowsOf } from './rows'

const word = { id: 4, start_us: 2_000_000, end_us: 2_400_000 } as Word
const info = { duration_us: 3_000_000 } as Looking['info']
const region = { x: 0, y: 0, w: 0.5, h: 0.5 }
const at = (playhead_us: number, more: Partial<Looking> = {}): Looking => ({ info, word, player: { playhead_us }, ...more })

it.each([
  ['the selected word in the transcript', 'transcript', at(0), { start_us: 2_000_000, end_us: 2_400_000 }, [4, 5]],
  ['an added word with all of itself', 'transcript', at(0, { word: { ...word, id: 2 ** 24 + 4 } }), { start_us: 2_000_000, end_us: 2_400_000 }, [2 ** 24 + 4, 2 ** 25 + 4]],
  ['between in and out elsewhere', 'timeline', at(0, { span: { start_us: 1, end_us: 2 } }), { start_us: 1, end_us: 2 }, null],
  ['a second round the playhead', null, at(1_000_000), { start_us: 500_000, end_us: 1_500_000 }, null],
  ['no more than the media has', 'picture', at(2_900_000), { start_us: 2_400_000, end_us: 3_000_000 }, null],
  ['nothing before its start', 'transcript', at(100_000, { word: null }), { start_us: 0, end_us: 600_000 }, null],
] as const)('puts a defect at %s', (_, pane, looking, span, words) => {
  const defect = defectAt('wrong_word', looking, pane)
  expect([defect.span, defect.words, defect.region]).toEqual([span, words, null])
  expect(defect.id).toMatch(/^[0-9a-f]{16}$/)
})

it('takes the region that is being drawn along', () => {
  expect(defectAt('missing_annotation', at(0, { annotating: { region } }), 'picture').region).toEqual(region)
})

it('lists defects among the flags in order of time, with shape and word', () => {
  const rows = rowsOf([], [defectAt('other', at(2_000_000), null), defectAt('wrong_time', at(0), null)], () => null)
  expect(rows.map(({ label, word, shape }) => [label, word, shape])).toEqual([['Wrong time', 'by hand', '✎'], ['Other defect', 'by hand', '✎']])
})

it('has a key for every kind', () => expect(KINDS.map((kind) => DEFECTS[kind].word)).toHaveLength(9))
