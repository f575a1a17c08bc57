import { describe, expect, it } from 'vitest'
import { scrollToRow, windowOf } from './virtual'

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
