import { describe, expect, it, vi } from 'vitest'
import { Recorded } from '../api/recorded'
import { seeded } from '../api/recorded/random'
import type { Fails } from '../api/generated/Fails'
import { chanceAt, cheapest, costOf, firstFrom, nearestStep, numbersAt, stepAt, stepped } from './curve'
import type { Curve } from './types'

function curveOf(limit: number[], flagged: number[] = limit.map(() => 0)): Curve {
  const none = limit.map(() => null)
  const zero = limit.map(() => 0)
  return {
    limit, flagged, media: zero, precision: none, precision_low: none, precision_high: none,
    escapes: none, escapes_low: none, escapes_high: none, minutes: zero, known_escapes: zero,
  }
}

describe('a limit on the curve', () => {
  const curve = curveOf([10, 20, 30])

  it.each<[Fails, number, number]>([
    ['below', 20, 1],
    ['below', 20.1, 2],
    ['below', 19.9, 1],
    ['below', 99, 2],
    ['below', 1, 0],
    ['above', 20, 1],
    ['above', 20.1, 1],
    ['above', 19.9, 0],
    ['above', 99, 2],
    ['above', 1, 0],
  ])('that fails %s %d is step %d', (fails, limit, step) => expect(stepAt(curve, fails, limit)).toBe(step))

  it.each([
    [20, 1, 30],
    [20, -1, 10],
    [20, 10, 30],
    [21, 1, 30],
    [21, -1, 20],
    [19, 1, 20],
    [-Infinity, 1, 10],
    [Infinity, -1, 30],
    [20, Infinity, 30],
    [20, -Infinity, 10],
  ])('goes from %d by %d to %d', (from, by, to) => expect(stepped(curve, from, by)).toBe(to))

  it.each([
    [11, 0],
    [16, 1],
    [0, 0],
    [99, 2],
  ])('that is near %d is step %d', (limit, step) => expect(nearestStep(curve, limit)).toBe(step))

  it('is none where there is no curve', () => {
    expect([stepAt(curveOf([]), 'below', 1), numbersAt(curveOf([]), 'above', 1)]).toEqual([null, null])
  })
})

it.each<Fails>(['below', 'above'])('flags as many as fail %s any limit, on a step and between', (fails) => {
  const random = seeded(3)
  for (let round = 0; round < 60; round++) {
    const values = Array.from({ length: 40 }, () => Math.floor(random() * 25))
    const limits = [...new Set(values)].sort((a, b) => a - b)
    const failing = (limit: number) => values.filter((value) => (fails === 'below' ? value < limit : value > limit)).length
    const curve = curveOf(limits, limits.map(failing))
    const [low, high] = [limits[0] ?? 0, limits.at(-1) ?? 0]
    for (let i = 0; i < 40; i++) {
      const limit = low + Math.round(random() * (high - low) * 4) / 4
      expect(numbersAt(curve, fails, limit)?.flagged).toBe(failing(limit))
    }
  }
})

it('searches as a plain scan would', () => {
  const random = seeded(9)
  for (let round = 0; round < 100; round++) {
    const sorted = Array.from({ length: Math.floor(random() * 12) }, () => Math.floor(random() * 9)).sort((a, b) => a - b)
    const value = Math.floor(random() * 10)
    const at = sorted.findIndex((entry) => entry >= value)
    expect(firstFrom(sorted, value)).toBe(at === -1 ? sorted.length : at)
  }
})

describe('the cost', () => {
  const points = [{ limit: 1, minutes: 10, escapes: 4 }, { limit: 2, minutes: 20, escapes: 2 }, { limit: 3, minutes: 40, escapes: 0 }]

  it.each([
    [0, 1],
    [4, 1],
    [6, 2],
    [11, 3],
  ])('of an escape of %d min is least at %d', (price, limit) => expect(cheapest(points, price)?.limit).toBe(limit))

  it('lets the fewest escape where limits cost the same', () => {
    expect(costOf({ limit: 1, minutes: 10, escapes: 4 }, 5)).toBe(30)
    expect(cheapest(points, 5)?.limit).toBe(2)
    expect(cheapest([], 5)).toBeNull()
  })
})

it('agrees with the exact answer at every step of the recording', async () => {
  const api = new Recorded(new URLSearchParams())
  for (const { id, fails } of (await api.tuning()).gates) {
    const { curve } = await api.tuningGate(id)
    for (const limit of curve.limit.filter((_, i) => i % 37 === 0)) {
      expect(numbersAt(curve, fails, limit)?.flagged).toBe((await api.tuningEffect(id, limit)).flagged)
    }
  }
})

it.each([
  [5, 0.8],
  [10, 0.8],
  [15, 0.6],
  [20, 0.4],
  [30, 0.1],
  [99, 0.1],
])('reads the chance of a defect at %d as %d', (at, chance) => {
  expect(chanceAt({ value: [10, 20, 20, 30], chance: [0.8, 0.4, 0.2, 0.1] }, at)).toBeCloseTo(chance, 10)
  expect(chanceAt({ value: [], chance: [] }, at)).toBeNull()
})

it('takes a window whose language is none', async () => {
  vi.stubGlobal('navigator', { language: 'c' })
  await import('./language')
  expect(() => new Intl.NumberFormat(navigator.language)).not.toThrow()
  vi.unstubAllGlobals()
})
