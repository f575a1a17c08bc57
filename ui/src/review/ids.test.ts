import { describe, expect, it } from 'vitest'
import { afterOf, between, order, rankOf, within } from './ids'

const added = (after: number, rank: number) => rank * 2 ** 24 + (after === -1 ? 2 ** 24 - 1 : after)

/** Numbers that look random and are the same every time. */
function dice(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48271) % 2147483647) / 2147483647
}

describe('order', () => {
  it('is that of the text', () => {
    const text = [added(-1, 1), added(-1, 7), 0, added(0, 1), added(0, 2), 1, added(1, 500), 2]
    const orders = text.map(order)
    expect([...orders].sort((a, b) => a - b)).toEqual(orders)
    expect(text.map(afterOf)).toEqual([-1, -1, 0, 0, 0, 1, 1, 2])
    expect(text.map(rankOf)).toEqual([1, 7, 0, 1, 2, 0, 500, 0])
  })
  it('holds what was added to the last word of a range', () => {
    expect([0, added(0, 9), 1, added(1, 3), 2].map((id) => within([0, 2], id))).toEqual([true, true, true, true, false])
  })
})

describe('between', () => {
  it.each([
    ['two imported words', 4, 5, 3],
    ['the start and the first word', null, 0, 3],
    ['the last word and the end', 9, null, 3],
    ['two added words', added(4, 100), added(4, 200), 5],
    ['an imported and an added word', 4, added(4, 200), 5],
    ['an added and the next imported word', added(4, 200), 5, 5],
    ['added words before the first', added(-1, 10), added(-1, 90), 5],
    ['nothing at all', null, null, 2],
  ])('finds ids between %s', (_, left, right, n) => {
    const ids = between(left, right, n, dice(7)) ?? []
    expect(ids.length).toBe(n)
    const all = [...(left === null ? [] : [left]), ...ids, ...(right === null ? [] : [right])].map(order)
    for (let i = 1; i < all.length; i++) expect(all[i - 1]).toBeLessThan(all[i] ?? 0)
  })
  it('says so when no rank is left', () => {
    expect(between(added(4, 1), added(4, 2), 1)).toBeNull()
    expect(between(4, added(4, 3), 3)).toBeNull()
  })
  it('takes ten thousand words, each typed behind the one before', () => {
    let left = 3
    for (let i = 0; i < 10_000; i++) {
      const [next] = between(left, 4, 1, dice(i + 1)) ?? []
      expect(next).toBeDefined()
      left = next ?? left
    }
    expect(order(left)).toBeLessThan(order(4))
  })
})
