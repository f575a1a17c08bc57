import { describe, expect, it } from 'vitest'
import { Frames } from './frames.svelte'

/** Frames at uneven times, told ten at a time round the moment asked for. */
const TIMES = Array.from({ length: 100 }, (_, n) => n * 40_000 + Math.floor(n / 7) * 90_000)

function told(): { frames: Frames; asked: number[] } {
  const asked: number[] = []
  const frames = new Frames()
  frames.load(async (at_us) => {
    asked.push(at_us)
    const here = Math.max(0, TIMES.findLastIndex((time) => time <= at_us))
    const [from, end] = [Math.max(0, here - 5), Math.min(TIMES.length, here + 6)]
    return { times_us: TIMES.slice(from, end), number: from, from_start: from === 0, to_end: end === TIMES.length }
  })
  return { frames, asked }
}

describe('Frames', () => {
  it('steps through all frames, forth and back, each once', async () => {
    const { frames } = told()
    const seen: (number | null)[] = []
    for (let at: number | null = 0; at !== null; at = await frames.beside(at, 1)) seen.push(at)
    expect(seen).toEqual(TIMES)
    const back: (number | null)[] = []
    for (let at: number | null = TIMES[99] ?? null; at !== null; at = await frames.beside(at, -1)) back.push(at)
    expect(back).toEqual([...TIMES].reverse())
  })

  it('knows the number and the end of a frame, and says when it does not know', async () => {
    const { frames } = told()
    const at_us = (TIMES[41] ?? 0) + 3
    expect(frames.known(at_us)).toBeNull()
    expect(await frames.at(at_us)).toEqual({ start_us: TIMES[41], end_us: TIMES[42], number: 41 })
    expect(frames.known(TIMES[90] ?? 0)).toBeNull()
    expect(await frames.at(99_000_000)).toEqual({ start_us: TIMES[99], end_us: null, number: 99 })
    expect(await frames.at(-1)).toEqual({ start_us: 0, end_us: TIMES[1], number: 0 })
  })

  it('asks ahead of who holds the key down', async () => {
    const { frames } = told()
    await frames.beside(TIMES[40] ?? 0, 1)
    await expect.poll(() => frames.known(TIMES[48] ?? 0)?.number).toBe(48)
    await frames.beside(TIMES[40] ?? 0, -1)
    await expect.poll(() => frames.known(TIMES[32] ?? 0)?.number).toBe(32)
  })

  it('follows the last of many moments', async () => {
    const { frames, asked } = told()
    for (let n = 0; n < 100; n++) frames.follow(TIMES[n] ?? 0)
    await expect.poll(() => frames.known(TIMES[99] ?? 0)?.number).toBe(99)
    expect(asked.length).toBeLessThanOrEqual(2)
  })

  it('drops what is told of the media before', async () => {
    const { frames } = told()
    const late = frames.at(0)
    frames.load(null)
    expect(await late).toBeNull()
    expect(frames.known(0)).toBeNull()
  })
})
