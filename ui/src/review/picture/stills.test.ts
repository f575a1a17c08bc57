import { describe, expect, it, vi } from 'vitest'
import type { FrameSpan } from './frames.svelte'
import { Stills, readStill } from './stills.svelte'

const FRAME_US = 40_000

function bytes(at_us: number): ArrayBuffer {
  const buffer = new ArrayBuffer(16 + 4)
  const head = new DataView(buffer)
  head.setBigInt64(0, BigInt(at_us), true)
  head.setUint32(8, 1, true)
  head.setUint32(12, 1, true)
  return buffer
}

/** A server of frames that answers when the test says so. */
function server() {
  const open: { at_us: number; answer: () => void }[] = []
  const asked: number[] = []
  const fetcher = ((address: string, { signal }: RequestInit) =>
    new Promise((answer, refuse) => {
      const at_us = Number(/at_us=(-?\d+)/.exec(address)?.[1])
      asked.push(at_us)
      const shown_us = Math.floor(at_us / FRAME_US) * FRAME_US
      open.push({ at_us, answer: () => answer({ ok: true, arrayBuffer: async () => bytes(shown_us) }) })
      signal?.addEventListener('abort', () => refuse(new DOMException('aborted', 'AbortError')))
    })) as unknown as typeof fetch
  const frameAt = (at_us: number): FrameSpan => {
    const start_us = Math.floor(at_us / FRAME_US) * FRAME_US
    return { start_us, end_us: start_us + FRAME_US, number: null }
  }
  const answerAll = async () => {
    for (let more = true; more; ) {
      open.splice(0).forEach(({ answer }) => answer())
      await new Promise((done) => setTimeout(done))
      more = open.length > 0
    }
  }
  return { stills: new Stills(frameAt, fetcher), open, asked, answerAll }
}

const at = (at_us: number) => ({ url: 'frames?', at_us, edge: 640, passing: false })
const passing = (at_us: number) => ({ url: 'frames?', at_us, edge: 320, passing: true })

describe('Stills', () => {
  it('asks for one picture at a time, and of those that wait only for the last', async () => {
    const { stills, asked, answerAll } = server()
    for (const at_us of [0, 1_000_000, 2_000_000, 3_000_000]) stills.show(at(at_us))
    expect(asked).toEqual([0])
    await answerAll()
    expect(asked.slice(0, 2)).toEqual([0, 3_000_000])
    expect(stills.shown?.at_us).toBe(3_000_000)
  })

  it('fetches what lies on both sides, so that a step shows at once', async () => {
    const { stills, asked, answerAll } = server()
    stills.show(at(400_000))
    await answerAll()
    expect(asked).toEqual([400_000, 440_000, 399_999])
    stills.show(at(440_000))
    expect(stills.shown?.at_us).toBe(440_000)
    stills.show(at(360_000))
    expect(stills.shown?.at_us).toBe(360_000)
  })

  it('leaves time to draw between pictures that are passed, and fetches nothing beside them', async () => {
    vi.useFakeTimers()
    const { stills, open, asked } = server()
    const answer = async (ms: number) => {
      open.splice(0).forEach((o) => o.answer())
      await vi.advanceTimersByTimeAsync(ms)
    }
    stills.show(passing(0))
    stills.show(passing(1_000_000))
    await answer(50)
    expect([asked, stills.shown?.at_us]).toEqual([[0], 0])
    await answer(60)
    expect(asked).toEqual([0, 1_000_000])
    await answer(500)
    expect([asked.length, stills.shown?.at_us]).toEqual([2, 1_000_000])
    vi.useRealTimers()
  })

  it('breaks off what nobody waits for when something is', async () => {
    const { stills, open, asked, answerAll } = server()
    stills.show(at(400_000))
    open.splice(0).forEach(({ answer }) => answer())
    await expect.poll(() => asked.length).toBe(2)
    stills.show(at(9_000_000))
    await answerAll()
    expect(stills.shown?.at_us).toBe(9_000_000)
    expect(asked.slice(0, 3)).toEqual([400_000, 440_000, 9_000_000])
  })

  it('shows nothing that comes after it was hidden', async () => {
    const { stills, answerAll } = server()
    stills.show(at(0))
    stills.hide()
    await answerAll()
    expect(stills.shown).toBeNull()
  })
})

it('reads a frame as it is sent', () => {
  const still = readStill(bytes(-5))
  expect([still.at_us, still.width, still.height, still.pixels.length]).toEqual([-5, 1, 1, 4])
})
