import { describe, expect, it } from 'vitest'
import type { Region } from '../../api/generated/Region'
import { HANDLES, TARGET_PX, handleAt, moved, picked, resized, shareOf, spanned } from './regions'

const region = { x: 0.2, y: 0.4, w: 0.3, h: 0.2 }
const least = { width: 0.01, height: 0.02 }
const handle = (id: string) => {
  const found = HANDLES.find((handle) => handle.id === id)
  if (!found) throw new Error(id)
  return found
}

describe('moved', () => {
  it.each([
    ['freely', { x: 0.1, y: -0.1 }, { x: 0.3, y: 0.3, w: 0.3, h: 0.2 }],
    ['as far as the right and lower edge', { x: 5, y: 5 }, { x: 0.7, y: 0.8, w: 0.3, h: 0.2 }],
    ['as far as the left and upper edge', { x: -5, y: -5 }, { x: 0, y: 0, w: 0.3, h: 0.2 }],
  ])('%s', (_, by, expected) => expect(moved(region, by)).toEqual(expected))
  it('brings what lay outside of the frame inside', () => expect(moved({ x: -0.5, y: 0.9, w: 2, h: 0.5 }, { x: 0, y: 0 })).toEqual({ x: 0, y: 0.5, w: 1, h: 0.5 }))
})

describe('resized', () => {
  it.each([
    ['nw', { x: -0.1, y: 0.1 }, { x: 0.1, y: 0.5, w: 0.4, h: 0.1 }],
    ['n', { x: 9, y: -0.1 }, { x: 0.2, y: 0.3, w: 0.3, h: 0.3 }],
    ['e', { x: 0.1, y: 9 }, { x: 0.2, y: 0.4, w: 0.4, h: 0.2 }],
    ['se', { x: 9, y: 9 }, { x: 0.2, y: 0.4, w: 0.8, h: 0.6 }],
    ['w', { x: 9, y: 0 }, { x: 0.49, y: 0.4, w: 0.01, h: 0.2 }],
    ['s', { x: 0, y: -9 }, { x: 0.2, y: 0.4, w: 0.3, h: 0.02 }],
  ])('by %s', (id, by, expected) => expect(resized(region, handle(id), by, least)).toEqual(expected))

  it('stays inside the frame, keeps an area, and leaves the other edges alone, whatever is pulled', () => {
    let seed = 7
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647
    for (let i = 0; i < 150; i++) {
      const x = random() * 0.9
      const y = random() * 0.9
      const from: Region = { x, y, w: 0.02 + random() * (0.98 - x), h: 0.02 + random() * (0.98 - y) }
      const by = { x: random() * 4 - 2, y: random() * 4 - 2 }
      for (const it of HANDLES) {
        const to = resized(from, it, by, least)
        expect(Math.min(to.x, to.y, 1.000002 - to.x - to.w, 1.000002 - to.y - to.h)).toBeGreaterThanOrEqual(0)
        expect(to.w).toBeGreaterThan(0.0099)
        if (it.x !== 0) expect(to.x).toBeCloseTo(from.x, 5)
        if (it.x !== 1) expect(to.x + to.w).toBeCloseTo(from.x + from.w, 5)
      }
    }
  })
})

describe('spanned', () => {
  it('takes the corners in any order and cuts at the frame', () => {
    expect(spanned({ x: 0.5, y: 1.5 }, { x: -0.2, y: 0.25 }, least)).toEqual({ x: 0, y: 0.25, w: 0.5, h: 0.75 })
  })
  it('takes a slip of the hand for none', () => expect(spanned({ x: 0.5, y: 0.5 }, { x: 0.505, y: 0.7 }, least)).toBeNull())
})

it('finds a point of the pane in the picture', () => {
  expect(shareOf({ x: 300, y: 100 }, { x: 100, y: 50, width: 400, height: 200 })).toEqual({ x: 0.5, y: 0.25 })
})

describe('picked', () => {
  const boxes = [
    { id: 'large', region: { x: 0, y: 0, w: 1, h: 1 } },
    { id: 'small', region: { x: 0.4, y: 0.4, w: 0.2, h: 0.2 } },
    { id: 'aside', region: { x: 0, y: 0, w: 0.1, h: 0.1 } },
    { id: 'none', region: null },
  ]
  it.each([
    [null, 'small'],
    ['small', 'large'],
    ['large', 'small'],
    ['aside', 'small'],
  ])('with %s selected it is %s', (selected, expected) => expect(picked(boxes, { x: 0.5, y: 0.5 }, selected)?.id).toBe(expected))
  it('is nothing where nothing is', () => expect(picked(boxes.slice(1), { x: 0.9, y: 0.9 }, 'small')).toBeNull())
})

describe('handles', () => {
  const pane = { width: 400, height: 300 }
  it.each([
    ['a large box', { x: 50, y: 50, width: 200, height: 100 }],
    ['a tiny box', { x: 200, y: 150, width: 2, height: 2 }],
    ['a tiny box in a corner', { x: 0, y: 298, width: 2, height: 2 }],
  ])('can be hit at %s', (_, box) => {
    const middles = HANDLES.map((handle) => handleAt(box, handle, pane))
    for (const { x, y } of middles) {
      expect(x).toBeGreaterThanOrEqual(TARGET_PX / 2)
      expect(y).toBeLessThanOrEqual(pane.height - TARGET_PX / 2)
    }
  })
  it('lie on the edges of a large box and apart at a tiny one', () => {
    expect(handleAt({ x: 50, y: 50, width: 200, height: 100 }, handle('se'), pane)).toEqual({ x: 250, y: 150 })
    const box = { x: 200, y: 150, width: 2, height: 2 }
    expect(handleAt(box, handle('ne'), pane).x - handleAt(box, handle('n'), pane).x).toBe(TARGET_PX)
  })
})
