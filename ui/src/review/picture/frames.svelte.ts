import type { FrameTimes } from '../../api/generated/FrameTimes'

/** So many runs of frame times are kept; each spans some seconds. */
const KEPT = 8

/** Closer than this to the end of what is known, more is asked for, so that holding a key down never waits. */
const NEAR = 12

/** A frame: when it is shown, and until when. */
export interface FrameSpan {
  start_us: number
  /** Null for the media's last frame. */
  end_us: number | null
  /** Counted from 0 in the order in which frames are shown; null where the file does not tell. */
  number: number | null
}

type Read = (at_us: number) => Promise<FrameTimes>

/** The exact times of the frames round the places that were looked at. */
export class Frames {
  #read: Read | null = null
  #runs = $state.raw<FrameTimes[]>([])
  #followed: number | null = null
  #asked: Promise<void> | null = null

  /** Forgets everything, and reads another media from here on. */
  load(read: Read | null): void {
    this.#read = read
    this.#runs = []
    this.#asked = null
  }

  /** The frame shown at a moment, as far as it is known without asking. */
  known(at_us: number): FrameSpan | null {
    const found = this.#find(at_us)
    return found && spanOf(found.run, found.index)
  }

  /** Learns of the frame shown at a moment, once what was asked before is answered; of several such moments only the last counts. */
  follow(at_us: number): void {
    const idle = this.#followed === null
    this.#followed = at_us
    if (idle) void this.#followUp()
  }

  /** The frame shown at a moment. */
  async at(at_us: number): Promise<FrameSpan | null> {
    if (!this.known(at_us)) await this.#learn(at_us)
    return this.known(at_us)
  }

  /** When the frame before or after the one shown at a moment begins; null where there is none. */
  async beside(at_us: number, way: 1 | -1): Promise<number | null> {
    const shown = await this.at(at_us)
    if (!shown) return null
    const edge_us = way > 0 ? shown.end_us : shown.start_us - 1
    if (edge_us === null) return null
    const there = await this.at(edge_us)
    this.#learnAhead(edge_us, way)
    return there && there.start_us !== shown.start_us ? there.start_us : null
  }

  async #followUp(): Promise<void> {
    for (let at_us = this.#followed; at_us !== null; at_us = this.#followed === at_us ? null : this.#followed) {
      // A file without times of frames says so when it is stepped through.
      await this.at(at_us).catch(() => null)
    }
    this.#followed = null
  }

  #find(at_us: number): { run: FrameTimes; index: number } | null {
    for (const run of this.#runs) {
      const index = lastAtOrBefore(run.times_us, at_us)
      // Past the last time of a run other frames may follow; before the first frame of all, the first is shown.
      if (index >= 0 && (index < run.times_us.length - 1 || run.to_end)) return { run, index }
      if (index < 0 && run.from_start) return { run, index: 0 }
    }
    return null
  }

  async #learn(at_us: number): Promise<void> {
    const read = this.#read
    if (!read) return
    const run = await read(at_us)
    if (read !== this.#read) return
    this.#runs = [run, ...this.#runs].slice(0, KEPT)
  }

  #learnAhead(at_us: number, way: 1 | -1): void {
    const found = this.#find(at_us)
    if (!found || this.#asked) return
    const { run, index } = found
    const open = way > 0 ? !run.to_end && run.times_us.length - index < NEAR : !run.from_start && index < NEAR
    const edge_us = way > 0 ? run.times_us[run.times_us.length - 1] : (run.times_us[0] ?? 0) - 1
    if (!open || edge_us === undefined || this.#find(edge_us)) return
    // Asked in good time or not at all: who steps on asks again, and hears what failed.
    this.#asked = this.#learn(edge_us).catch(() => {}).finally(() => (this.#asked = null))
  }
}

function spanOf(run: FrameTimes, index: number): FrameSpan {
  return { start_us: run.times_us[index] ?? 0, end_us: run.times_us[index + 1] ?? null, number: run.number === null ? null : run.number + index }
}

function lastAtOrBefore(times: readonly number[], at_us: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) <= at_us) low = middle + 1
    else high = middle
  }
  return low - 1
}
