import { describe, expect, it } from 'vitest'
import { letterbox, place } from './geometry'

describe('letterbox', () => {
  it.each([
    { name: 'bars above and below', box: [800, 800], picture: [1600, 900], rect: [0, 175, 800, 450] },
    { name: 'bars at the sides', box: [1000, 450], picture: [1600, 900], rect: [100, 0, 800, 450] },
    { name: 'no bars', box: [320, 180], picture: [1920, 1080], rect: [0, 0, 320, 180] },
    { name: 'no picture', box: [320, 180], picture: [0, 0], rect: [0, 0, 0, 0] },
  ] as const)('$name', ({ box, picture, rect }) => {
    const [x, y, width, height] = rect
    expect(letterbox({ width: box[0], height: box[1] }, { width: picture[0], height: picture[1] })).toEqual({ x, y, width, height })
  })
})

describe('place', () => {
  const picture = { width: 800, height: 400 }
  it('lays shares of the picture out in its pixels', () => expect(place({ x: 0.25, y: 0.5, w: 0.5, h: 0.25 }, picture)).toEqual({ x: 200, y: 200, width: 400, height: 100 }))
  it('cuts what lies outside', () => expect(place({ x: -0.5, y: 0.75, w: 1, h: 1 }, picture)).toEqual({ x: 0, y: 300, width: 400, height: 100 }))
})
