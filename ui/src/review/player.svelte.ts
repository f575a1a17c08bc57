import type { FrameTimes } from '../api/generated/FrameTimes'
import { Frames } from './picture/frames.svelte'

/** Speeds that J and L step through. */
export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]

/** A decoder that never answers a seek must not hold up the ones after it. */
const SEEK_LOST_MS = 3000

/** A playhead that is dragged and rests for so long is where it was meant to go. */
const SCRUB_REST_MS = 150

/** A video that plays and stands for so long is started anew. */
const STALLED_MS = 2000

/** How close to the edge of a frame a seek may not land, and how far inside it lands instead. */
const EDGE_US = 1500
const INSIDE_US = 3000

/**
 * Where to send the decoder for a moment: seeks that land on the edge between two frames may show the earlier one, so that those go a
 * little way into the later.
 */
export function insideFrame(at_us: number, rate: [number, number] | null): number {
  if (!rate) return at_us
  const frame_us = (rate[1] * 1e6) / rate[0]
  const from_edge = at_us - Math.round(at_us / frame_us) * frame_us
  return Math.abs(from_edge) < EDGE_US ? at_us - from_edge + Math.min(INSIDE_US, frame_us / 2) : at_us
}

/** A span that is played again and again. */
export interface Loop {
  start_us: number
  end_us: number
}

/**
 * The playhead. <video> is the only clock: while it plays, its own time is read once per painted frame; while it seeks, the moment asked
 * for is shown, and of the seeks that come meanwhile only the last is made. With no video the playhead still moves where it is sent.
 */
export class Player {
  playhead_us = $state(0)
  playing = $state(false)
  /** The playhead is being dragged: the video follows once it rests. */
  scrubbing = $state(false)
  rate = $state(1)
  /** The browser can't play the media; a sentence. */
  failed = $state<string | null>(null)
  duration_us = $state(0)
  frame_rate: [number, number] | null = null
  /** What plays over and over, if anything does. */
  loop = $state.raw<Loop | null>(null)
  /** When frames are shown. */
  readonly frames = new Frames()
  /** How often it began to play: what was chosen before the last time may lie far behind. */
  plays = 0
  #video: HTMLVideoElement | null = null
  #seeking = false
  #wanted_us: number | null = null
  #lost: ReturnType<typeof setTimeout> | undefined
  #rest: ReturnType<typeof setTimeout> | undefined
  #frame = 0
  #steps = 0
  #stepping = false
  /** Where playing ends by itself. */
  #until_us: number | null = null
  /** Playing begins once the seek that is under way has come to its end. */
  #playNext = false

  /** Begins a media at its start; `times` tells when its frames are shown. */
  load(duration_us: number, frame_rate: [number, number] | null, times: ((at_us: number) => Promise<FrameTimes>) | null = null): void {
    this.pause()
    this.loop = null
    this.frames.load(times)
    clearTimeout(this.#lost)
    this.#endScrub()
    this.#seeking = false
    this.#wanted_us = null
    this.#steps = 0
    this.duration_us = duration_us
    this.frame_rate = frame_rate
    this.playhead_us = 0
    this.failed = null
  }

  /** Takes over a <video>; returns how to let go of it. For use with {@attach}. */
  attach = (video: HTMLVideoElement): (() => void) => {
    this.#video = video
    const on: [string, () => void][] = [
      ['loadedmetadata', () => this.#loaded(video)],
      ['seeked', () => this.#seeked()],
      ['play', () => this.#started()],
      ['pause', () => this.#stopped(video)],
      ['ended', () => this.#stopped(video)],
      ['error', () => this.#fail(video)],
    ]
    for (const [name, act] of on) video.addEventListener(name, act)
    return () => {
      for (const [name, act] of on) video.removeEventListener(name, act)
      cancelAnimationFrame(this.#frame)
      clearTimeout(this.#lost)
      this.#endScrub()
      this.#seeking = false
      this.#playNext = false
      this.playing = false
      this.#video = null
    }
  }

  toggle(): void {
    if (this.playing || this.#playNext) this.pause()
    else this.play()
  }

  play(): void {
    const video = this.#video
    if (!video) return
    const { loop } = this
    if (loop && !inside(this.playhead_us, loop)) this.seek(loop.start_us)
    // A GStreamer pipeline that is told to play in the middle of a seek may wait for data for ever.
    // What is still being loaded begins with a seek, too.
    if (this.#seeking || video.readyState < HTMLMediaElement.HAVE_METADATA) this.#playNext = true
    else this.#play(video)
  }

  #play(video: HTMLVideoElement): void {
    video.preservesPitch = true
    video.playbackRate = this.rate
    // Never awaited: the promise may stay open for ever. `play` and `pause` events tell what happened.
    void video.play()?.catch((error: unknown) => {
      if (error instanceof DOMException && error.name !== 'AbortError') this.failed = `The video does not play: ${error.message}`
    })
  }

  pause(): void {
    this.#playNext = false
    this.#video?.pause()
  }

  /**
   * The playhead is dragged here. A seek of the video in every frame would take the time that drawing needs, and the pictures of the
   * way are stills: the video follows once the playhead rests or is let go.
   */
  scrub(at_us: number): void {
    if (this.playing) {
      this.seek(at_us)
      return
    }
    this.scrubbing = true
    this.playhead_us = this.#within(at_us)
    this.#until_us = null
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => this.seek(this.playhead_us), SCRUB_REST_MS)
  }

  seek(at_us: number): void {
    this.#endScrub()
    const to_us = this.#within(at_us)
    this.playhead_us = to_us
    this.#until_us = null
    const video = this.#video
    if (!video || video.readyState < HTMLMediaElement.HAVE_METADATA || this.#seeking) this.#wanted_us = to_us
    else this.#go(video, to_us)
  }

  /** Plays on from a moment, whether it played or not. */
  resumeFrom(at_us: number): void {
    this.seek(at_us)
    this.play()
  }

  /** Plays a stretch once. */
  playSpan(start_us: number, end_us: number): void {
    this.seek(start_us)
    this.#until_us = end_us
    this.play()
  }

  setRate(rate: number): void {
    this.rate = rate
    if (this.#video) this.#video.playbackRate = rate
  }

  /** One speed up or down. */
  shuttle(by: 1 | -1): void {
    const at = RATES.indexOf(this.rate)
    this.setRate(RATES[Math.max(0, Math.min(RATES.length - 1, at + by))] ?? 1)
  }

  /** One frame on or back, exactly: to the moment at which it is first shown. Steps asked for meanwhile follow one by one. */
  async step(by: 1 | -1): Promise<void> {
    this.pause()
    this.#steps += by
    if (this.#stepping) return
    this.#stepping = true
    try {
      while (this.#steps !== 0) {
        const way = this.#steps > 0 ? 1 : -1
        const to_us = await this.frames.beside(this.playhead_us, way)
        if (to_us === null) break
        this.#steps -= way
        this.seek(to_us)
      }
    } finally {
      this.#steps = 0
      this.#stepping = false
    }
  }

  #within(at_us: number): number {
    return Math.round(Math.min(Math.max(0, at_us), Math.max(0, this.duration_us)))
  }

  #endScrub(): void {
    clearTimeout(this.#rest)
    this.scrubbing = false
  }

  #go(video: HTMLVideoElement, to_us: number): void {
    this.#seeking = true
    this.#wanted_us = null
    video.currentTime = this.#inside(to_us) / 1e6
    clearTimeout(this.#lost)
    this.#lost = setTimeout(() => this.#seeked(), SEEK_LOST_MS)
  }

  #inside(at_us: number): number {
    const frame = this.frames.known(at_us)
    if (!frame) return insideFrame(at_us, this.frame_rate)
    const margin_us = frame.end_us === null ? INSIDE_US : Math.min(INSIDE_US, (frame.end_us - frame.start_us) / 2)
    return Math.max(frame.start_us + margin_us, Math.min(at_us, (frame.end_us ?? Infinity) - margin_us))
  }

  #seeked(): void {
    clearTimeout(this.#lost)
    const wanted_us = this.#wanted_us
    if (wanted_us !== null && this.#video) this.#go(this.#video, wanted_us)
    else this.#seeking = false
    if (this.#playNext && !this.#seeking && this.#video) {
      this.#playNext = false
      this.#play(this.#video)
    }
  }

  #loaded(video: HTMLVideoElement): void {
    this.failed = null
    this.#seeking = false
    video.playbackRate = this.rate
    // A <video> that is drawn anew, as on coming back to the room, begins where the playhead stands.
    this.#go(video, this.#wanted_us ?? this.playhead_us)
  }

  #started(): void {
    if (this.playing) return
    this.playing = true
    this.plays++
    cancelAnimationFrame(this.#frame)
    const moved = { at: -1, since: 0 }
    const tick = (now: number) => {
      this.#restartIfStalled(moved, now)
      if (this.#isNewPicture()) this.#read()
      if (this.loop && this.playhead_us >= this.loop.end_us && !this.#seeking) this.seek(this.loop.start_us)
      if (this.#until_us !== null && this.playhead_us >= this.#until_us) this.pause()
      if (this.playing) this.#frame = requestAnimationFrame(tick)
    }
    this.#frame = requestAnimationFrame(tick)
  }

  /** What began to play and stands, though nothing seeks, goes on once it is paused and played. */
  #restartIfStalled(moved: { at: number; since: number }, now: number): void {
    const video = this.#video
    if (!video) return
    if (video.currentTime !== moved.at || this.#seeking) {
      moved.at = video.currentTime
      moved.since = now
    } else if (now - moved.since > STALLED_MS) {
      moved.since = now
      video.pause()
      this.#play(video)
    }
  }

  #stopped(video: HTMLVideoElement): void {
    // Paused and played again at once, it never stopped.
    if (!video.paused && !video.ended) return
    this.playing = false
    this.#until_us = null
    cancelAnimationFrame(this.#frame)
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) this.#read()
  }

  /** Whether the video has come to another picture than the one told: times between two would have the window put together anew for nothing. */
  #isNewPicture(): boolean {
    if (!this.#video || !this.frame_rate) return true
    const frame_us = (this.frame_rate[1] * 1e6) / this.frame_rate[0]
    return Math.floor((this.#video.currentTime * 1e6) / frame_us) !== Math.floor(this.playhead_us / frame_us)
  }

  #read(): void {
    if (!this.#video || this.#seeking) return
    this.playhead_us = Math.round(this.#video.currentTime * 1e6)
  }

  #fail(video: HTMLVideoElement): void {
    this.playing = false
    const why = video.error?.message
    this.failed = `The video can't be shown${why ? `: ${why}` : ''}. Its file may be damaged, or in a format that this computer can't play.`
  }
}

function inside(at_us: number, loop: Loop): boolean {
  return loop.start_us <= at_us && at_us < loop.end_us
}
