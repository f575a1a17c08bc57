import { describe, expect, it } from 'vitest'
import { checkpoints } from '../api/recorded/certificate'
import { cleanToBegin, evidenceOf, percentOf, wrongWith } from './promise'
import type { EvidenceView, GateRow, VersionRow } from './types'
import { between } from './versions'
import { boundsText, limitText, minutesText, missing, parsed, rule, shareText, signed, typed } from './words'

const row: GateRow = {
  id: 'word_confidence', label: 'word confidence', unit: '%', fails: 'below', says: 'the recogniser gives it', limit: 50, units: 900, media: 20, flagged: 40,
  confirmed: 5, false_alarms: 7, unsure: 1, open: 27, known_escapes: 0, state: 'learning', says_state: '', probing: null,
}

describe('numbers as they are written', () => {
  it.each([
    [shareText(null), '–'],
    [shareText(0), '0 %'],
    [shareText(0.0001), '0 %'],
    [shareText(0.0123), '1.2 %'],
    [shareText(0.61), '61 %'],
    [boundsText({ value: 0.6, low: 0.05, high: 0.7 }), '5.0 to 70 %'],
    [boundsText({ value: null, low: null, high: null }), ''],
    [minutesText(null), '–'],
    [minutesText(4.21), '4.2 min'],
    [minutesText(0), '0 min'],
    [minutesText(41.4), '41 min'],
    [minutesText(150), '2.5 h'],
    [signed(0), 'no change'],
    [signed(-1200), '−1,200'],
    [signed(3), '+3'],
    [typed(47.5), '47.5'],
    [typed(null), ''],
    [limitText(null, '%'), 'off'],
    [limitText(-3, 'ms'), '−3 ms'],
    [rule(row, 50), 'The recogniser gives it …; less than 50 % is flagged.'],
    [rule({ ...row, says: 'speech that no word covers:', fails: 'above', unit: 's' }, 2), 'Speech that no word covers …; more than 2 s is flagged.'],
    [rule(row, null), 'Nothing is flagged: the gate is off.'],
    [percentOf(0.005), '0.5 %'],
    [percentOf(1 / 30), '3.33 %'],
  ])('%s', (said, expected) => expect(said).toBe(expected))

  it.each([
    ['47.5', 47.5],
    [' 47,5 ', 47.5],
    ['−3', -3],
    ['', null],
    ['abc', null],
    ['1e999', null],
  ])('are read from “%s” as %s', (text, value) => expect(parsed(text)).toBe(value))
})

describe('what is missing', () => {
  it.each<[string, Partial<GateRow>, string]>([
    ['no units', { units: 0 }, 'No media was measured'],
    ['no verdicts', { confirmed: 0, false_alarms: 0, unsure: 0 }, 'Nobody decided'],
    ['only unsure', { confirmed: 0, false_alarms: 0 }, 'Every verdict is unsure'],
    ['no defect', { confirmed: 0 }, 'All 7 verdicts are false alarms'],
    ['no false alarm', { false_alarms: 0 }, 'All 5 verdicts are defects'],
  ])('%s is said', (_, part, said) => expect(missing({ ...row, ...part }, null)[0]).toContain(said))

  it('is nothing where both kinds of verdict are known', () => expect(missing(row, null)).toEqual([]))
})

describe('a promise', () => {
  it.each([
    [0.005, 877],
    [0.01, 439],
    [0.02, 220],
    [0.03, 146],
    [0.05, 88],
    [0.1, 44],
  ])('of %d begins with %d clean probes', (alpha, probes) => {
    expect(cleanToBegin(alpha, 0.05)).toBe(probes)
    expect(checkpoints(alpha, 0.05)[0]).toEqual({ probes, defects: 0 })
  })

  it('allows defects as probes come in', () => {
    expect(checkpoints(0.05, 0.05).slice(0, 10).map(({ probes, defects }) => [probes, defects])).toEqual([
      [88, 0], [97, 0], [107, 0], [118, 1], [130, 1], [143, 1], [158, 2], [174, 2], [192, 3], [212, 3],
    ])
  })

  it.each([
    [0.01, 100, null],
    [0.02, 100, 'at most 1 %'],
    [0, 100, 'above 0 %'],
    [0.01, 2.5, 'whole number'],
    [0.07 / 0.7, 10, null],
  ])('drawn with %d and %d says %s', (pi, cap, said) => {
    if (said === null) expect(wrongWith(pi, cap)).toBeNull()
    else expect(wrongWith(pi, cap)).toContain(said)
  })
})

describe('versions', () => {
  const version = (number: number, from: number | null, to: number | null, ...evidence: EvidenceView[]): VersionRow => ({
    version: number, active: false, note: '', at_ms: 0, by: '', changes: from === to ? [] : [{ gate: 'word_confidence', from, to }], evidence,
  })
  const evidence: EvidenceView = { gate: 'word_confidence', alpha: 0.05, delta: 0.05, probes: 88, defects: 0, grid_hash: '', batch_hash: '', seed: '', pi: 0.01, cap: 100, sources: '', voided: null }
  const versions = [version(4, 45, 60), version(3, 45, 45, evidence), version(2, 60, 45, evidence), version(1, null, null)]

  it('differ by what all steps between them did', () => {
    expect(between(versions, 1, 3)).toEqual([{ gate: 'word_confidence', from: 60, to: 45 }])
    expect(between(versions, 3, 1)).toEqual([{ gate: 'word_confidence', from: 45, to: 60 }])
    expect(between(versions, 1, 4)).toEqual([])
  })

  it('stand on the evidence that they name', () => {
    expect([1, 2, 3, 4].map((active) => evidenceOf(versions, active, 'word_confidence') !== null)).toEqual([false, true, true, false])
  })
})
