import { describe, expect, it, vi } from 'vitest'
import { levelFor, parsePeaks, Peaks, perPixel } from './peaks'

/** A file as the Rust side writes it, from the pairs of level 0. */
function file(base: [number, number][], change: (data: DataView) => void = () => undefined): ArrayBuffer {
  const levels = [base]
  for (let last = base; last.length > 1; ) {
    const next: [number, number][] = []
    for (let i = 0; i < last.length; i += 4) {
      const group = last.slice(i, i + 4)
      next.push([Math.min(...group.map((c) => c[0])), Math.max(...group.map((c) => c[1]))])
    }
    levels.push(next)
    last = next
  }
  const head = 32 + 16 * levels.length
  const data = new DataView(new ArrayBuffer(head + 2 * levels.reduce((sum, l) => sum + l.length, 0)))
  ;[...'PLPK'].forEach((c, i) => data.setUint8(i, c.charCodeAt(0)))
  ;[1, 16_000, 256, 4, levels.length].forEach((v, i) => data.setUint32(4 + 4 * i, v, true))
  data.setBigUint64(24, BigInt(base.length * 256 - 100), true)
  let at = head
  levels.forEach((level, i) => {
    data.setBigUint64(32 + 16 * i, BigInt(at), true)
    data.setBigUint64(40 + 16 * i, BigInt(level.length), true)
    level.forEach(([low, high], c) => {
      data.setInt8(at + 2 * c, low)
      data.setInt8(at + 2 * c + 1, high)
    })
    at += 2 * level.length
  })
  change(data)
  return data.buffer as ArrayBuffer
}

const ramp = Array.from({ length: 21 }, (_, i): [number, number] => [-i, i * 2])

describe('parsePeaks', () => {
  it('reads levels and the length of their columns', () => {
    const bytes = file(ramp)
    const { levels, sample_rate } = parsePeaks(bytes, bytes.byteLength)
    expect(sample_rate).toBe(16_000)
    expect(levels.map((l) => l.columns)).toEqual([21, 6, 2, 1])
    expect(levels.map((l) => l.column_us)).toEqual([16_000, 64_000, 256_000, 1_024_000])
    expect(levels[0]?.offset).toBe(32 + 16 * 4)
  })

  const broken: [string, (data: DataView) => void, RegExp][] = [
    ['another kind of file', (d) => d.setUint8(0, 0), /not a peaks file/],
    ['another version', (d) => d.setUint32(4, 2, true), /version 2/],
    ['no sample rate', (d) => d.setUint32(8, 0, true), /sample rate/],
    ['a factor of 1', (d) => d.setUint32(16, 1, true), /coarser/],
    ['a million levels', (d) => d.setUint32(20, 1e6, true), /1000000 levels/],
    ['levels past the header', (d) => d.setUint32(20, 30, true), /list of levels/],
    ['a level elsewhere', (d) => d.setBigUint64(32, 5n, true), /Level 0/],
    ['a level of another length', (d) => d.setBigUint64(56, 7n, true), /7 columns; 6/],
    ['a place past any file', (d) => d.setBigUint64(32, 2n ** 60n, true), /past any file/],
  ]
  it.each(broken)('refuses %s', (_, change, message) => {
    const bytes = file(ramp, change)
    expect(() => parsePeaks(bytes, bytes.byteLength)).toThrow(message)
  })

  it('refuses a file that was cut off, or goes on', () => {
    const bytes = file(ramp)
    expect(() => parsePeaks(bytes.slice(0, 20), null)).toThrow(/shorter/)
    expect(() => parsePeaks(bytes, bytes.byteLength - 1)).toThrow(/bytes/)
    expect(() => parsePeaks(bytes, bytes.byteLength + 1)).toThrow(/bytes/)
  })
})

it('takes the coarsest level that a pixel still covers', () => {
  const { levels } = parsePeaks(file(ramp), null)
  const rows: [number, number][] = [[500, 0], [16_000, 0], [63_999, 0], [64_000, 1], [300_000, 2], [1e9, 3]]
  for (const [us_per_px, level] of rows) expect(levelFor(levels, us_per_px)).toBe(level)
})

describe('perPixel', () => {
  const level = { column_us: 16_000, offset: 0, columns: 4 }
  const pairs = Int8Array.from([-1, 1, -5, 2, -3, 9, -2, 2])
  const rows: [string, number, number, number, number[]][] = [
    ['one column a pixel', 0, 16_000, 4, [-1, 1, -5, 2, -3, 9, -2, 2]],
    ['two columns a pixel', 0, 32_000, 2, [-5, 2, -3, 9]],
    ['two pixels a column', 0, 8_000, 4, [-1, 1, -1, 1, -5, 2, -5, 2]],
    ['past the sound', 48_000, 16_000, 3, [-2, 2, 0, 0, 0, 0]],
  ]
  it.each(rows)('%s', (_, from_us, us_per_px, width, out) => {
    expect([...perPixel({ level, first: 0, pairs }, from_us, us_per_px, width)]).toEqual(out)
  })
})

describe('Peaks', () => {
  const long = Array.from({ length: 40_000 }, (_, i): [number, number] => [-(i % 100), 50])

  function server(bytes: ArrayBuffer, ranges: boolean) {
    return vi.fn(async (_: string, init?: RequestInit) => {
      const range = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get('Range') ?? '')
      if (!ranges || !range) return new Response(bytes)
      const from = Number(range[1])
      const part = bytes.slice(from, Number(range[2]) + 1)
      const headers = { 'Content-Range': `bytes ${from}-${from + part.byteLength - 1}/${bytes.byteLength}` }
      return new Response(part, { status: 206, headers })
    })
  }

  it('draws from an overview until the finer stretch has come, and asks for it once', async () => {
    const fetcher = server(file(long), true)
    const changed = vi.fn()
    const peaks = new Peaks('http://x/peaks', changed, fetcher)
    await peaks.open()
    expect(peaks.error).toBeNull()
    expect(peaks.loudest).toBe(99)
    const asked = fetcher.mock.calls.length
    expect(peaks.stretch(300e6, 320e6, 16_000)?.level.column_us).toBe(64_000)
    peaks.stretch(300e6, 320e6, 16_000)
    expect(fetcher.mock.calls.length).toBe(asked + 1)
    await vi.waitFor(() => expect(peaks.stretch(300e6, 320e6, 16_000)?.level.column_us).toBe(16_000))
    expect(peaks.stretch(300e6, 320e6, 16_000)).toMatchObject({ first: 18_750 })
    expect(peaks.stretch(300e6, 320e6, 16_000)?.pairs[0]).toBe(-50)
  })

  it('joins pieces of a level', async () => {
    const peaks = new Peaks('http://x/peaks', () => undefined, server(file(long), true))
    await peaks.open()
    const span = () => peaks.stretch(16_380 * 16_000, 16_390 * 16_000, 16_000)
    span()
    await vi.waitFor(() => expect(span()?.level.column_us).toBe(16_000))
    const lows = [...(span()?.pairs ?? [])].filter((_, i) => i % 2 === 0)
    expect(lows.slice(0, 10)).toEqual([-80, -81, -82, -83, -84, -85, -86, -87, -88, -89])
  })

  it('keeps the whole file where the server knows no ranges', async () => {
    const fetcher = server(file(long), false)
    const peaks = new Peaks('http://x/peaks', () => undefined, fetcher)
    await peaks.open()
    expect(peaks.stretch(300e6, 320e6, 16_000)?.level.column_us).toBe(16_000)
    expect(fetcher).toHaveBeenCalledTimes(1)
  })

  it('asks for the whole file where a range is not allowed', async () => {
    const whole = server(file(long), false)
    const peaks = new Peaks('http://x/peaks', () => undefined, async (url, init) => {
      if (new Headers(init?.headers).has('Range')) throw new TypeError('Load failed')
      return whole(url, init)
    })
    await peaks.open()
    expect(peaks.error).toBeNull()
    expect(peaks.loudest).toBe(99)
  })

  it('says in a sentence why there is no waveform', async () => {
    const gone = new Peaks('http://x/peaks', () => undefined, async () => new Response('', { status: 404 }))
    await gone.open()
    expect(gone.error).toMatch(/answered 404/)
    const broken = new Peaks('http://x/peaks', () => undefined, server(new ArrayBuffer(100), true))
    await broken.open()
    expect(broken.error).toMatch(/not a peaks file/)
  })

  it('reads sound that is empty', async () => {
    const peaks = new Peaks('http://x/peaks', () => undefined, server(file([], (d) => d.setBigUint64(24, 0n, true)), true))
    await peaks.open()
    expect(peaks.error).toBeNull()
    expect(peaks.stretch(0, 1e6, 1_000)?.pairs.length).toBe(0)
  })
})
