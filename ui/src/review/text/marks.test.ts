import { expect, it } from 'vitest'
import type { Word } from '../words'
import { classesOf, type Shown } from './marks'
import { Speakers } from './speakers'

const WORD: Word = {
  id: 5, text: 'gauge', punctuation: ',', imported: null, added: false, line: false, speaker: 0, start_us: 0, end_us: 1, original: { start_us: 0, end_us: 1 },
  proposed: null, confidence: 0.9, alignment_confidence: 0.9, retimed: false, in_media: true, masked: false,
}
const SHOWN: Shown = { list: [], speakers: new Speakers([]), lit: null, selected: null, flagged: null, anchored: new Set(), unsaved: new Set() }

const CASES: [word: Partial<Word> | null, text: string, shown: Partial<Shown>, classes: string][] = [
  [{}, 'gauge,', {}, 'word'],
  [{ confidence: 0.4 }, 'gauge,', {}, 'word low'],
  [{ confidence: 0.4, imported: 'gage' }, 'gauge,', {}, 'word edited'],
  [{ alignment_confidence: 0.3 }, 'gauge,', {}, 'word unsure'],
  // Typed, and not read back yet.
  [{ confidence: 0.4 }, 'gauges,', {}, 'word edited'],
  [null, 'new', {}, 'word added'],
  [{ added: true, confidence: null }, 'gauge,', {}, 'word added'],
  [{ masked: true, in_media: false, retimed: true }, 'gauge,', {}, 'word masked gone retimed'],
  [{}, 'gauge,', { flagged: [4, 6], anchored: new Set([0]), unsaved: new Set([5]) }, 'word anchored flagged unsaved'],
  [{}, 'gauge,', { flagged: [6, 9] }, 'word'],
]

it.each(CASES)('marks %o, written “%s”, under %o as %s', (word, text, shown, classes) => {
  expect(classesOf(word === null ? undefined : { ...WORD, ...word }, text, { ...SHOWN, ...shown })).toBe(classes)
})
