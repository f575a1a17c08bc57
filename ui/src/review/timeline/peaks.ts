// The waveform's peaks file: reads its header strictly, fetches stretches of its levels as they come into view, keeps the recent ones.
// The format is described at the head of crates/pipeline/src/peaks.rs.

export interface PeaksLevel {
  /** Length of a column on the media's clock. Not a whole number of µs for most sample rates. */
  column_us: number
  /** Where its columns start in the file. */
  offset: number
  columns: number
}

export interface PeaksHeader {
  sample_rate: number
  levels: PeaksLevel[]
}

const MAGIC = 'PLPK'
const VERSION = 1
const HEAD_BYTES = 32
const LEVEL_BYTES = 16
/** Far more than ten levels of a factor of 4 is a broken file, not a long one. */
const MAX_LEVELS = 32

/** A peaks file that cannot be read, as a sentence. */
export class PeaksError extends Error {}

function u64(data: DataView, at: number): number {
  const value = data.getBigUint64(at, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new PeaksError('The peaks file names a place past any file.')
  return Number(value)
}

/** Reads the header out of a file's first bytes. `file_bytes` is the whole file's length where it is known. */
export function parsePeaks(bytes: ArrayBuffer, file_bytes: number | null): PeaksHeader {
  if (bytes.byteLength < HEAD_BYTES) throw new PeaksError('The peaks file is shorter than its header.')
  const data = new DataView(bytes)
  const magic = String.fromCharCode(data.getUint8(0), data.getUint8(1), data.getUint8(2), data.getUint8(3))
  if (magic !== MAGIC) throw new PeaksError('This is not a peaks file.')
  const version = data.getUint32(4, true)
  if (version !== VERSION) throw new PeaksError(`The peaks file has version ${version}; this reads version ${VERSION}.`)
  const sample_rate = data.getUint32(8, true)
  const column_samples = data.getUint32(12, true)
  const factor = data.getUint32(16, true)
  const count = data.getUint32(20, true)
  const samples = u64(data, 24)
  if (sample_rate === 0 || column_samples === 0) throw new PeaksError('The peaks file has no sample rate or column size.')
  if (factor < 2) throw new PeaksError('The peaks file has levels that do not get coarser.')
  if (count === 0 || count > MAX_LEVELS) throw new PeaksError(`The peaks file names ${count} levels.`)
  const header_end = HEAD_BYTES + count * LEVEL_BYTES
  if (bytes.byteLength < header_end) throw new PeaksError('The peaks file ends inside its list of levels.')

  const levels: PeaksLevel[] = []
  let column_us = (column_samples / sample_rate) * 1e6
  let expected = Math.ceil(samples / column_samples)
  let end = header_end
  for (let i = 0; i < count; i++) {
    const offset = u64(data, HEAD_BYTES + i * LEVEL_BYTES)
    const columns = u64(data, HEAD_BYTES + i * LEVEL_BYTES + 8)
    if (offset !== end) throw new PeaksError(`Level ${i} of the peaks file does not follow what is before it.`)
    if (columns !== expected) throw new PeaksError(`Level ${i} of the peaks file has ${columns} columns; ${expected} belong there.`)
    levels.push({ column_us, offset, columns })
    end = offset + columns * 2
    expected = Math.ceil(columns / factor)
    column_us *= factor
  }
  if (file_bytes !== null && end !== file_bytes) {
    throw new PeaksError(`The peaks file has ${file_bytes} bytes; ${end} belong there.`)
  }
  return { sample_rate, levels }
}

/** The coarsest level whose columns are no wider than a pixel; the finest where all are wider. */
export function levelFor(levels: readonly PeaksLevel[], us_per_px: number): number {
  let best = 0
  for (let i = 1; i < levels.length; i++) {
    if ((levels[i]?.column_us ?? Infinity) <= us_per_px) best = i
  }
  return best
}

/** A stretch of one level: min, max pairs from column `first` on. */
export interface Stretch {
  level: PeaksLevel
  first: number
  pairs: Int8Array
}

/**
 * One min, max pair per pixel column. Columns past the sound are 0, 0. At zooms closer than the finest level neighbouring pixels
 * share a column, which is what is known.
 */
export function perPixel(stretch: Stretch, from_us: number, us_per_px: number, width_px: number): Int8Array {
  const out = new Int8Array(width_px * 2)
  const { pairs, first } = stretch
  const column_us = stretch.level.column_us
  const known = pairs.length / 2
  for (let x = 0; x < width_px; x++) {
    const begin = Math.floor((from_us + x * us_per_px) / column_us) - first
    const end = Math.max(begin + 1, Math.floor((from_us + (x + 1) * us_per_px) / column_us) - first)
    let low = 127
    let high = -128
    for (let c = Math.max(0, begin); c < end && c < known; c++) {
      const min = pairs[c * 2] ?? 0
      const max = pairs[c * 2 + 1] ?? 0
      if (min < low) low = min
      if (max > high) high = max
    }
    if (low <= high) {
      out[x * 2] = low
      out[x * 2 + 1] = high
    }
  }
  return out
}

/** 32 KiB a piece: a screen of columns at any zoom is one or two of them. */
const CHUNK_COLUMNS = 16_384
const KEPT_CHUNKS = 256
const FIRST_BYTES = 65_536

type Fetch = (url: string, init?: RequestInit) => Promise<Response>

/** One peaks file being read. Calls `changed` when more of it can be drawn. */
export class Peaks {
  header: PeaksHeader | null = null
  /** Why there is no waveform, as a sentence. */
  error: string | null = null
  /** The largest excursion of the file, so that quiet recordings are legible; at least 1. */
  loudest = 127

  #whole: ArrayBuffer | null = null
  #chunks = new Map<string, Int8Array>()
  #pending = new Set<string>()
  #closed = new AbortController()
  readonly #url: string
  readonly #changed: () => void
  readonly #fetch: Fetch

  constructor(url: string, changed: () => void, fetcher: Fetch = (u, init) => fetch(u, init)) {
    this.#url = url
    this.#changed = changed
    this.#fetch = fetcher
  }

  async open(): Promise<void> {
    try {
      const { bytes, file_bytes } = await this.#get(0, FIRST_BYTES)
      this.header = parsePeaks(bytes, file_bytes)
      // One chunk that covers everything stands in at any zoom while finer stretches are under way.
      const overview = this.header.levels.findIndex((level) => level.columns <= CHUNK_COLUMNS)
      if (overview >= 0) {
        await this.#load(overview, 0)
        this.loudest = loudestOf(this.#chunk(overview, 0))
      }
    } catch (e) {
      if (this.#closed.signal.aborted) return
      this.error = e instanceof PeaksError ? e.message : 'The waveform could not be read from the media server.'
    }
    this.#changed()
  }

  close(): void {
    this.#closed.abort()
  }

  /**
   * What is known of a stretch of time: the level that fits the zoom, or a coarser one while that is under way. Asks for what is
   * missing. Null before anything is known.
   */
  stretch(from_us: number, to_us: number, us_per_px: number): Stretch | null {
    const levels = this.header?.levels
    if (!levels) return null
    const best = levelFor(levels, us_per_px)
    for (let i = best; i < levels.length; i++) {
      const level = levels[i]
      if (!level) continue
      const first = Math.max(0, Math.min(level.columns, Math.floor(from_us / level.column_us)))
      const end = Math.max(first, Math.min(level.columns, Math.ceil(to_us / level.column_us) + 1))
      const pairs = this.#read(i, first, end, i === best)
      if (pairs) return { level, first, pairs }
    }
    return null
  }

  #read(level: number, first: number, end: number, ask: boolean): Int8Array | null {
    if (first === end) return new Int8Array(0)
    const first_chunk = Math.floor(first / CHUNK_COLUMNS)
    const last_chunk = Math.floor((end - 1) / CHUNK_COLUMNS)
    const out = new Int8Array((end - first) * 2)
    let complete = true
    for (let c = first_chunk; c <= last_chunk; c++) {
      const chunk = this.#chunk(level, c)
      if (!chunk) {
        complete = false
        if (ask) this.#ask(level, c)
        continue
      }
      const begin = c * CHUNK_COLUMNS
      const from = Math.max(first, begin)
      const to = Math.min(end, begin + CHUNK_COLUMNS)
      out.set(chunk.subarray((from - begin) * 2, (to - begin) * 2), (from - first) * 2)
    }
    return complete ? out : null
  }

  #chunk(level: number, chunk: number): Int8Array | null {
    const place = this.#place(level, chunk)
    if (!place) return null
    if (this.#whole) return new Int8Array(this.#whole, place.offset, place.bytes)
    const key = `${level}:${chunk}`
    const found = this.#chunks.get(key)
    if (!found) return null
    // A Map keeps the order of insertion, so putting it back makes the first key the one unused for longest.
    this.#chunks.delete(key)
    this.#chunks.set(key, found)
    return found
  }

  #place(level: number, chunk: number): { offset: number; bytes: number } | null {
    const found = this.header?.levels[level]
    if (!found) return null
    const first = chunk * CHUNK_COLUMNS
    const columns = Math.min(CHUNK_COLUMNS, found.columns - first)
    return columns > 0 ? { offset: found.offset + first * 2, bytes: columns * 2 } : null
  }

  #ask(level: number, chunk: number): void {
    const key = `${level}:${chunk}`
    if (this.#pending.has(key)) return
    this.#pending.add(key)
    // A stretch that failed stays pending on purpose: the coarser level stands in for it, and a broken server isn't asked every frame.
    this.#load(level, chunk).then(
      () => {
        this.#pending.delete(key)
        this.#changed()
      },
      () => undefined,
    )
  }

  async #load(level: number, chunk: number): Promise<void> {
    const place = this.#place(level, chunk)
    if (!place || this.#whole) return
    const { bytes } = await this.#get(place.offset, place.bytes)
    if (this.#whole) return
    if (bytes.byteLength < place.bytes) throw new PeaksError(`The peaks file ends inside level ${level}.`)
    this.#chunks.set(`${level}:${chunk}`, new Int8Array(bytes, 0, place.bytes))
    const oldest = this.#chunks.keys().next().value
    if (this.#chunks.size > KEPT_CHUNKS && oldest !== undefined) this.#chunks.delete(oldest)
  }

  /** A stretch of the file. A server without ranges sends all of it, which is then kept. */
  async #get(offset: number, bytes: number): Promise<{ bytes: ArrayBuffer; file_bytes: number | null }> {
    const signal = this.#closed.signal
    const ranged = this.#fetch(this.#url, { headers: { Range: `bytes=${offset}-${offset + bytes - 1}` }, signal })
    // Asking for a range across origins needs the server's consent beforehand; asking for all of it does not.
    const response = await ranged.catch((e: unknown) => {
      if (signal.aborted) throw e
      return this.#fetch(this.#url, { signal })
    })
    if (!response.ok) throw new PeaksError(`The waveform could not be read: the media server answered ${response.status}.`)
    const body = await response.arrayBuffer()
    if (response.status === 206) {
      const total = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1]
      return { bytes: body, file_bytes: total === undefined ? null : Number(total) }
    }
    this.#whole = body
    return { bytes: body.slice(offset, offset + bytes), file_bytes: body.byteLength }
  }
}

function loudestOf(pairs: Int8Array | null): number {
  let loudest = 1
  for (const value of pairs ?? []) loudest = Math.max(loudest, Math.abs(value))
  return Math.min(127, loudest)
}
