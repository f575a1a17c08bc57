import { describe, expect, it } from 'vitest'
import { seeded } from '../api/recorded/random'
import { stacks } from './bars'
import { across, LEFT, placeAt, RIGHT, rowsOf } from './layout'
import { roundStep, Scale, upTo } from './scale'

const even = Array.from({ length: 11 }, (_, i) => i * 10)
const widening = [1, 2, 4, 8, 16, 32, 64, 128, 256]

describe('the scale', () => {
  it.each([
    [even, 0, 0],
    [even, 50, 0.5],
    [even, 100, 1],
    [even, -5, 0],
    [even, 500, 1],
    [widening, 16, 0.5],
    [widening, 12, 0.4375],
    [[5, 5], 5, 0],
  ])('of %o puts %d at %d', (edges, value, place) => expect(new Scale(edges).place(value)).toBeCloseTo(place, 10))

  it.each([['even', even], ['widening', widening]])('that is %s leads back to the value, and never turns round', (_, edges) => {
    const scale = new Scale(edges)
    const random = seeded(5)
    const values = Array.from({ length: 200 }, () => (edges[0] ?? 0) + random() * ((edges.at(-1) ?? 0) - (edges[0] ?? 0))).sort((a, b) => a - b)
    values.forEach((value, i) => {
      expect(scale.value(scale.place(value))).toBeCloseTo(value, 6)
      expect(scale.place(value)).toBeGreaterThanOrEqual(scale.place(values[i - 1] ?? -Infinity))
    })
  })

  it('has round ticks', () => {
    expect(new Scale(even).ticks(5)).toEqual([0, 20, 40, 60, 80, 100])
    expect(new Scale(widening).ticks(4)).toEqual([1, 2, 5, 10, 20, 50, 100, 200])
    expect(new Scale([-4, -2, -1, 0]).ticks(3)).toEqual([-4, -2, -1, 0])
    expect(new Scale([3, 3]).ticks(4)).toEqual([3])
    expect(new Scale([]).ticks(4)).toEqual([])
  })

  it.each([
    [0.7, 1],
    [1, 1],
    [1.1, 2],
    [23, 50],
    [0.03, 0.05],
  ])('takes steps of at least %d as %d', (least, step) => expect(roundStep(least)).toBeCloseTo(step, 12))

  it('shows all up to a round end', () => {
    expect(upTo(0.34, 2)).toEqual({ top: 0.4, ticks: [0, 0.2, 0.4] })
    expect(upTo(250, 2, 60)).toEqual({ top: 300, ticks: [0, 300] })
    expect(upTo(0, 2)).toEqual({ top: 1, ticks: [0, 1] })
  })
})

describe('the charts', () => {
  it('share their sides', () => {
    expect([across(0, 600), across(1, 600)]).toEqual([LEFT, 600 - RIGHT])
    for (const place of [0, 0.25, 1]) expect(placeAt(across(place, 600), 600)).toBeCloseTo(place, 12)
    expect([placeAt(-50, 600), placeAt(999, 600)]).toEqual([0, 1])
  })

  it('write no label over another while there is room', () => {
    const labels = [{ x: 100, text: 'in force 50' }, { x: 110, text: 'certified 47' }, { x: 300, text: 'next 40' }, { x: 104, text: 'third' }]
    expect(rowsOf(labels, 2)).toEqual([0, 1, 0, 1])
  })
})

it('counts what was not looked at as the rest', () => {
  const { bins, most_decided, most_open, open } = stacks({ edges: [0, 1, 2], all: [5, 9], confirmed: [1, 2], false_alarms: [1, 0], unsure: [0, 3] })
  expect(bins).toEqual([{ confirmed: 1, unsure: 0, false_alarms: 1, open: 3 }, { confirmed: 2, unsure: 3, false_alarms: 0, open: 4 }])
  expect([most_decided, most_open, open]).toEqual([5, 4, 7])
})
