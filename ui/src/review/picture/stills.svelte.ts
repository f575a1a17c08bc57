import type { FrameSpan } from './frames.svelte'
import { Latest } from './latest'

/** So many pictures are kept, those that were wanted last. */
const KEPT = 12

/** On the way elsewhere the next picture waits for this share of the time that the last one took, and for so many ms at least: the machine is to draw meanwhile. */
const PASSING_SHARE = 2
const PASSING_MS = 60

/** A decoded frame of the media. */
export interface Still {
  /** When the frame is shown. */
  at_us: number
  width: number
  height: number
  pixels: Uint8ClampedArray<ArrayBuffer>
}

/** What is to be seen: where frames are served, at which moment, with its longer edge in pixels. */
export interface Wish {
  url: string
  at_us: number
  edge: number
  /** The playhead is on its way elsewhere. */
  passing: boolean
}

/** A frame as `serve_frame` sends it. */
export function readStill(bytes: ArrayBuffer): Still {
  const head = new DataView(bytes)
  return { at_us: Number(head.getBigInt64(0, true)), width: head.getUint32(8, true), height: head.getUint32(12, true), pixels: new Uint8ClampedArray(bytes, 16) }
}

/**
 * The exact picture of a moment, for a <video> may show the one beside it. One picture is asked for at a time, and of the wishes that come
 * meanwhile only the last counts; with nothing to do, the pictures on both sides are fetched for whoever steps on.
 */
export class Stills {
  shown = $state.raw<Still | null>(null)
  #kept = new Latest<Still>(KEPT)
  #wish: Wish | null = null
  #busy = false
  #ahead: AbortController | null = null
  #frameAt: (at_us: number) => FrameSpan | null
  #fetch: typeof fetch

  constructor(frameAt: (at_us: number) => FrameSpan | null, fetcher: typeof fetch = (address, options) => fetch(address, options)) {
    this.#frameAt = frameAt
    this.#fetch = fetcher
  }

  /** Shows this picture as soon as it is there; until then the one before stays. */
  show(wish: Wish): void {
    const last = this.#wish
    if (last?.url !== wish.url) this.clear()
    this.#wish = wish
    const kept = this.#find(wish)
    if (kept) this.shown = kept
    this.#ahead?.abort()
    if (!this.#busy) void this.#work()
  }

  /** Shows nothing: the video plays. */
  hide(): void {
    this.#wish = null
    this.shown = null
    this.#ahead?.abort()
  }

  clear(): void {
    this.hide()
    this.#kept.clear()
  }

  async #work(): Promise<void> {
    this.#busy = true
    try {
      let wish = this.#wish
      while (wish && !this.#find(wish)) {
        const began = performance.now()
        const still = await this.#load(wish)
        const now: Wish | null = this.#wish
        if (now?.url === wish.url && still) this.shown = still
        // What can't be had once is not asked for again.
        if (now === wish) break
        if (now?.passing) await new Promise((go) => setTimeout(go, Math.max(PASSING_MS, (performance.now() - began) * PASSING_SHARE)))
        wish = this.#wish
      }
      const at = this.#wish && this.#find(this.#wish)
      if (at) this.shown = at
    } finally {
      this.#busy = false
    }
    void this.#lookAhead()
  }

  /** Fetches the pictures beside the one that is shown, the one after it first. */
  async #lookAhead(): Promise<void> {
    const wish = this.#wish
    const frame = wish && this.#frameAt(wish.at_us)
    if (!wish || wish.passing || !frame || this.#ahead) return
    const ahead = new AbortController()
    this.#ahead = ahead
    for (const at_us of [frame.end_us, frame.start_us - 1]) {
      if (at_us === null || at_us < 0 || ahead.signal.aborted || this.#find({ ...wish, at_us })) continue
      await this.#load({ ...wish, at_us }, ahead.signal)
    }
    this.#ahead = null
    // A wish that came meanwhile broke this off; its own neighbours are due.
    if (ahead.signal.aborted && !this.#busy) void this.#lookAhead()
  }

  async #load(wish: Wish, signal: AbortSignal | null = null): Promise<Still | null> {
    try {
      const answer = await this.#fetch(`${wish.url}&at_us=${wish.at_us}&edge=${wish.edge}`, { signal })
      if (!answer.ok) return null
      const still = readStill(await answer.arrayBuffer())
      if (this.#wish?.url === wish.url) this.#kept.set(keyOf(wish, still.at_us), still)
      return still
    } catch {
      // The video stays to be seen, which is as near as it comes.
      return null
    }
  }

  #find(wish: Wish): Still | null {
    const frame = this.#frameAt(wish.at_us)
    return this.#kept.get(keyOf(wish, frame ? frame.start_us : wish.at_us))
  }
}

function keyOf({ edge }: Wish, at_us: number): string {
  return `${edge} ${at_us}`
}
