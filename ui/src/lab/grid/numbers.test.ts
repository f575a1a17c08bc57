import { describe, expect, it } from 'vitest'
import { boundsOf, chance, partOf, score, signed, signedBounds, surely, wait, wayOf } from './numbers'

describe('a difference', () => {
  it.each([
    [0.05, '+0.05', 'up'],
    [-0.123, '−0.12', 'down'],
    [0.004, '±0.00', 'same'],
    [-0.0049, '±0.00', 'same'],
    [0.005, '+0.01', 'up'],
  ] as const)('of %f is written %s and leads %s', (value, text, way) => expect([signed(value), wayOf(value)]).toEqual([text, way]))

  it.each([
    [{ value: 0.1, lower: 0.01, upper: 0.2 }, 'up'],
    [{ value: 0.1, lower: 0, upper: 0.2 }, 'same'],
    [{ value: -0.1, lower: -0.2, upper: -0.01 }, 'down'],
  ] as const)('%o is surely %s', (bounded, way) => expect(surely(bounded)).toBe(way))
})

it('writes scores, bounds, waits, parts and chances', () => {
  const bounded = { value: 0.7, lower: 0.612, upper: 0.789 }
  expect([score(0.666), score(null), boundsOf(bounded), signedBounds({ value: 0, lower: -0.1, upper: 0.1 })]).toEqual(['0.67', '–', '0.61–0.79', '−0.10 to +0.10'])
  expect([wait(850.4), wait(1_240), wait(12_400)]).toEqual(['850 ms', '1.2 s', '12 s'])
  expect([partOf(3, 4), partOf(0, 0), chance(0.0004), chance(0.0412)]).toEqual(['75 %', '–', 'below 0.001', '0.041'])
})
