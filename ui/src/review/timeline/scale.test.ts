import { describe, expect, it } from 'vitest'
import {
  clampView, driftScale, fitView, formatDrift, formatDriftTick, formatTick, formatTime, momentAt, panBy, timeSteps, toPx, toUs, zoomAt,
  type Viewport,
} from './scale'

const HOUR = 3_600_000_000
const view: Viewport = { from_us: 10_000_000, us_per_px: 2_000, width_px: 1_000 }

describe('views', () => {
  it('goes from time to pixels and back', () => {
    expect(toPx(view, 10_500_000)).toBe(250)
    expect(toUs(view, 250)).toBe(10_500_000)
  })

  it('gives whole moments inside the media', () => {
    expect(momentAt({ ...view, us_per_px: 333.3 }, 7.4, HOUR)).toBe(10_002_466)
    expect(momentAt(view, -1e9, HOUR)).toBe(0)
    expect(momentAt(view, 1e9, HOUR)).toBe(HOUR)
  })

  it('keeps the moment under the pointer when zooming', () => {
    for (const factor of [0.5, 0.9, 1.1, 3]) {
      const zoomed = zoomAt(view, HOUR, factor, 400)
      expect(toUs(zoomed, 400)).toBeCloseTo(toUs(view, 400), 3)
    }
  })

  const clamps: [string, Viewport, number, Viewport][] = [
    ['past the end', { from_us: HOUR, us_per_px: 1e6, width_px: 100 }, HOUR, { from_us: HOUR - 1e8, us_per_px: 1e6, width_px: 100 }],
    ['before the start', { from_us: -5, us_per_px: 1e6, width_px: 100 }, HOUR, { from_us: 0, us_per_px: 1e6, width_px: 100 }],
    ['too far out', { from_us: 9, us_per_px: 1e12, width_px: 1000 }, HOUR, { from_us: 0, us_per_px: 3_600_000, width_px: 1000 }],
    ['too close', { from_us: 0, us_per_px: 1, width_px: 1000 }, HOUR, { from_us: 0, us_per_px: 500, width_px: 1000 }],
    ['no media', { from_us: 5, us_per_px: 7, width_px: 1000 }, 0, { from_us: 0, us_per_px: 500, width_px: 1000 }],
  ]
  it.each(clamps)('is kept on the media: %s', (_, from, duration, to) => {
    expect(clampView(from, duration)).toEqual(to)
  })

  it('fits and pans', () => {
    expect(fitView(view, HOUR)).toEqual({ from_us: 0, us_per_px: 3_600_000, width_px: 1_000 })
    expect(panBy(view, HOUR, -100).from_us).toBe(9_800_000)
  })
})

describe('ticks', () => {
  const rows: [number, number, number][] = [
    [500, 50_000, 5_000],
    [10_000, 1_000_000, 100_000],
    [450_000, 60_000_000, 5_000_000],
    [27_000_000, 3_600_000_000, 300_000_000],
    [9e9, 86_400e6, 86_400e6],
  ]
  it.each(rows)('at %d µs a pixel', (us_per_px, major_us, minor_us) => {
    expect(timeSteps(us_per_px)).toEqual({ major_us, minor_us })
    expect(major_us % minor_us).toBe(0)
  })

  it('labels carry the decimals of their step', () => {
    expect(formatTick(61_500_000, 500_000)).toBe('0:01:01.5')
    expect(formatTick(61_050_000, 50_000)).toBe('0:01:01.05')
    expect(formatTick(61_000_000, 1_000_000)).toBe('0:01:01')
  })
})

describe('texts', () => {
  it.each([[0, '0:00:00.000'], [724_160_000, '0:12:04.160'], [59_999_600, '0:01:00.000'], [36_000_000_000, '10:00:00.000']])(
    'time %d', (us, text) => expect(formatTime(us)).toBe(text),
  )
  it.each([[0, '±0 ms'], [-400, '±0 ms'], [20_000, '+20 ms'], [-999_600, '−1.00 s'], [1_204_000, '+1.20 s'], [-72_500_000, '−72.5 s']])(
    'drift %d', (us, text) => expect(formatDrift(us)).toBe(text),
  )
})

describe('drift axis', () => {
  it('never magnifies what is in sync', () => {
    const axis = driftScale(-15_000, 20_000, 80)
    expect(axis.low_us).toBeLessThanOrEqual(-200_000)
    expect(axis.high_us).toBeGreaterThanOrEqual(200_000)
    expect(axis.ticks_us).toContain(0)
  })

  const data: [number, number][] = [[0, 1_200_000], [-450_000, 1_200_000], [-40_000_000, 0], [-3e9, 7e9]]
  it.each(data)('holds %d..%d and 0, with ticks that can be told apart', (low, high) => {
    const axis = driftScale(low, high, 80)
    expect(axis.low_us).toBeLessThan(low)
    expect(axis.high_us).toBeGreaterThan(high)
    expect(axis.ticks_us).toContain(0)
    expect(axis.ticks_us.length).toBeLessThanOrEqual(5)
    expect(new Set(axis.ticks_us.map((t) => formatDriftTick(t, axis))).size).toBe(axis.ticks_us.length)
  })

  it('has one unit on all labels', () => {
    const axis = driftScale(-450_000, 1_200_000, 110)
    expect(axis.ticks_us.map((t) => formatDriftTick(t, axis))).toEqual(['−0.5 s', '0', '+0.5 s', '+1.0 s'])
  })
})
