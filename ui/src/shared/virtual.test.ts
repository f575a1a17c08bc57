import { describe, expect, it } from 'vitest'
import { Heights, scrollToRow, windowOf } from './virtual'

describe('windowOf', () => {
  it.each([
    { scroll: 0, viewport: 320, total: 20_000, first: 0, end: 18 },
    { scroll: 320_000, viewport: 320, total: 20_000, first: 9992, end: 10_018 },
    { scroll: 639_680, viewport: 320, total: 20_000, first: 19_982, end: 20_000 },
    { scroll: 5000, viewport: 320, total: 3, first: 3, end: 3 },
    { scroll: 0, viewport: 320, total: 0, first: 0, end: 0 },
  ])('draws rows $first..$end at $scroll', ({ scroll, viewport, total, first, end }) => expect(windowOf(scroll, viewport, 32, total)).toEqual({ first, end }))
})

describe('scrollToRow', () => {
  it('moves as little as it must', () => {
    expect(scrollToRow(2, 0, 320, 32)).toBe(0)
    expect(scrollToRow(10, 0, 320, 32)).toBe(32)
    expect(scrollToRow(1, 320, 320, 32)).toBe(32)
  })
})

describe('Heights', () => {
  it('sums, finds and takes measures like a plain list does', () => {
    const plain = Array.from({ length: 137 }, (_, i) => 20 + ((i * 31) % 50))
    const heights = new Heights(plain.length, (i) => plain[i] ?? 0)
    for (const [at, height] of [[0, 90], [136, 11], [64, 47], [63, 0]] as const) {
      expect(heights.set(at, height)).toBe(height - (plain[at] ?? 0))
      plain[at] = height
    }
    let sum = 0
    plain.forEach((height, i) => {
      expect(heights.top(i)).toBe(sum)
      if (height > 0) expect(heights.at(sum + height / 2)).toBe(i)
      sum += height
    })
    expect(heights.total()).toBe(sum)
    expect(heights.at(sum + 1000)).toBe(136)
  })

  it('draws the rows that meet the view', () => {
    const heights = new Heights(1000, () => 10)
    expect(heights.window(500, 100, 20)).toEqual({ first: 48, end: 63 })
    expect(heights.window(0, 0, 0)).toEqual({ first: 0, end: 1 })
    expect(new Heights(0, () => 10).window(0, 100, 0)).toEqual({ first: 0, end: 0 })
  })
})
