import { describe, expect, it } from 'vitest'
import { lineAt, retimed, type Word, WordTimes } from './words'

function word(id: number, start_us: number, end_us: number, in_media = true): Word {
  const span = { start_us, end_us }
  return { id, text: `w${id}`, imported: null, punctuation: '', original: span, proposed: null, confidence: null, alignment_confidence: null, retimed: false, in_media, masked: false, added: false, line: false, speaker: null, ...span }
}

describe('WordTimes', () => {
  // Word 2 was retimed and lies before word 1; word 4 was cut from the media; 5 lies within 3.
  const times = new WordTimes([word(0, 0, 100), word(1, 300, 400), word(2, 150, 250), word(3, 400, 900), word(4, 500, 600, false), word(5, 450, 480)])
  it.each([
    [-1, null, null],
    [0, 0, 0],
    [99, 0, 0],
    [100, null, 0],
    [150, 2, 2],
    [299, null, 2],
    [300, 1, 1],
    [400, 3, 3],
    [460, 5, 5],
    [480, 3, 5],
    [550, 3, 5],
    [900, null, 5],
  ])('at %i says %s, the last begun %s', (at_us, lit, begun) => {
    expect(times.at(at_us)).toBe(lit)
    expect(times.before(at_us)).toBe(begun)
  })

  it('finds every one of many words', () => {
    const many = Array.from({ length: 5000 }, (_, id) => word(id, id * 200, id * 200 + 150))
    const times = new WordTimes(many)
    for (let id = 0; id < 5000; id += 37) expect(times.at(id * 200 + 149)).toBe(id)
  })

  it('finds nothing where there is nothing', () => expect(new WordTimes([]).at(0)).toBeNull())
})

describe('lineAt', () => {
  const segments = [{ first: 0, end: 3, speaker: 0 }, { first: 3, end: 3, speaker: 1 }, { first: 3, end: 9, speaker: 1 }]
  it.each([[0, 0], [2, 0], [3, 2], [8, 2], [9, null]])('word %i stands in line %s', (id, line) => expect(lineAt(segments, id)).toBe(line))
})

describe('retimed', () => {
  const was = { start_us: 100, end_us: 300 }
  it.each([
    ['start', 150, { start_us: 150, end_us: 300 }],
    ['start', 300, { start_us: 300, end_us: 500 }],
    ['end', 250, { start_us: 100, end_us: 250 }],
    ['end', 100, { start_us: 0, end_us: 100 }],
    ['end', 90, { start_us: 0, end_us: 90 }],
  ] as const)('moves the %s to %i', (end, at_us, span) => expect(retimed(was, end, at_us)).toEqual(span))
})
