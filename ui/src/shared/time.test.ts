import { describe, expect, it } from 'vitest'
import { clock, count, drift, frameAt, length, measure } from './time'

describe('clock', () => {
  it.each([
    [0, '0:00:00.000'],
    [724_160_000, '0:12:04.160'],
    [3_600_000_000, '1:00:00.000'],
    [59_999_600, '0:01:00.000'],
    [-880_000, '−0:00:00.880'],
    [-400, '0:00:00.000'],
  ])('writes %i µs as %s', (us, text) => expect(clock(us)).toBe(text))
})

describe('drift', () => {
  it.each([
    [0, '±0 ms'],
    [1_200_000, '+1.20 s'],
    [-42_000, '−42 ms'],
    [999_600, '+1.00 s'],
    [-61_000_000, '−61.0 s'],
  ])('writes %i µs as %s', (us, text) => expect(drift(us)).toBe(text))
})

describe('frameAt', () => {
  const ntsc: [number, number] = [30000, 1001]
  it('counts frames from 0 and takes a rounded start for the frame it starts', () => {
    expect(frameAt(0, ntsc)).toBe(0)
    expect(frameAt(33_366, ntsc)).toBe(0)
    expect(frameAt(33_367, ntsc)).toBe(1)
    for (const n of [1, 29, 30, 107_892]) expect(frameAt(Math.round((n * 1001e6) / 30000), ntsc)).toBe(n)
  })
})

it('writes lengths, counts and measures', () => {
  expect(length(61_500_000)).toBe('0:01:02')
  expect(count(20_000)).toBe('20,000')
  expect(measure(38, '%')).toBe('38 %')
  expect(measure(4320.4, 'ms')).toBe('4320 ms')
  expect(measure(-2.6, 's')).toBe('−2.60 s')
})
