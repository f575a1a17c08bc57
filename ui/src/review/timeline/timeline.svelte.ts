// The state of the timeline's view: what is in view, what is being dragged, where the pointer is, and whether the view follows the playhead.
import type { Grip, WordSpan } from './hit'
import { clampView, fitScale, fitView, isInView, panBy, placeAt, zoomAt, type Viewport } from './scale'

export type Drag =
  /** Where the playhead was dragged to so far. */
  | { kind: 'scrub'; at_us: number | null }
  | { kind: 'word'; word: number; grip: Grip; grabbed_us: number; was: WordSpan; now: WordSpan }
  | { kind: 'anchor'; id: string; transcript_us: number; grabbed_us: number; was_us: number; now_us: number }

/** A step of the playhead that no playback makes between two reports: somebody went somewhere. */
const JUMP_US = 2_000_000
/** Where a page begins after the playhead left at the right: with a little of what was just heard. */
const PAGE_SHARE = 0.08

export class TimelineState {
  from_us = $state(0)
  us_per_px = $state(1)
  width_px = $state(0)
  drag = $state.raw<Drag | null>(null)
  /** Pointer over the tracks; null when it is elsewhere. */
  hover = $state.raw<{ x_px: number; y_px: number } | null>(null)
  /** What the reviewer wants. */
  follow = $state(true)
  /** The reviewer looked elsewhere; following waits until the playhead is in view again. */
  away = $state(false)

  #duration_us = 0
  #playhead_us = 0

  get view(): Viewport {
    return { from_us: this.from_us, us_per_px: this.us_per_px, width_px: this.width_px }
  }

  get fits(): boolean {
    return this.us_per_px >= fitScale(this.#duration_us, this.width_px)
  }

  /** A new media, or a pane of another size. What was wholly in view stays so. */
  setSize(duration_us: number, width_px: number): void {
    const fitted = this.width_px === 0 || duration_us !== this.#duration_us || this.fits
    this.#duration_us = duration_us
    const view = { ...this.view, width_px }
    this.#show(fitted ? fitView(view, duration_us) : clampView(view, duration_us))
  }

  zoom(factor: number, x_px: number): void {
    this.#look(zoomAt(this.view, this.#duration_us, factor, x_px))
  }

  /** Zooms about the playhead where it is in view, about the middle where not. */
  zoomByKey(factor: number): void {
    const share = (this.#playhead_us - this.from_us) / this.us_per_px
    this.zoom(factor, isInView(this.view, this.#playhead_us) ? share : this.width_px / 2)
  }

  fit(): void {
    this.#look(fitView(this.view, this.#duration_us))
  }

  pan(delta_px: number): void {
    this.#look(panBy(this.view, this.#duration_us, delta_px))
  }

  toStart(): void {
    this.#look(placeAt(this.view, this.#duration_us, 0, 0))
  }

  toEnd(): void {
    this.#look(placeAt(this.view, this.#duration_us, this.#duration_us, 1))
  }

  /** Brings a moment into view if it is not; nothing moves while a drag is on. */
  reveal(at_us: number): void {
    if (this.drag || isInView(this.view, at_us)) return
    this.#show(placeAt(this.view, this.#duration_us, at_us, 0.5))
    this.away = !isInView(this.view, this.#playhead_us)
  }

  setFollow(on: boolean): void {
    this.follow = on
    this.away = false
    if (on && !isInView(this.view, this.#playhead_us)) {
      this.#show(placeAt(this.view, this.#duration_us, this.#playhead_us, PAGE_SHARE))
    }
  }

  /** Takes the playhead's new place. Playback that leaves the view turns a page; a jump out of view is brought in. */
  movePlayhead(at_us: number): void {
    const before_us = this.#playhead_us
    this.#playhead_us = at_us
    if (at_us === before_us || this.drag) return
    if (isInView(this.view, at_us)) {
      this.away = false
      return
    }
    const jumped = at_us < before_us || at_us - before_us > JUMP_US
    if (jumped) {
      this.#show(placeAt(this.view, this.#duration_us, at_us, 0.5))
      this.away = false
    } else if (this.follow && !this.away) {
      this.#show(placeAt(this.view, this.#duration_us, at_us, PAGE_SHARE))
    }
  }

  #look(view: Viewport): void {
    this.#show(view)
    this.away = !isInView(view, this.#playhead_us)
  }

  #show(view: Viewport): void {
    this.from_us = view.from_us
    this.us_per_px = view.us_per_px
    this.width_px = view.width_px
  }
}
