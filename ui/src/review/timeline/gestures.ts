// What the pointer does: presses select or seek, presses that move drag. Knows no DOM beyond a pointer's place, so that it can be tested.
import type { AnchorView } from '../../api/generated/AnchorView'
import type { Annotation } from '../../api/generated/Annotation'
import type { FlagView } from '../../api/generated/FlagView'
import { hitTest, movedAnchor, retimed, type Hit, type Targets } from './hit'
import { nextInCluster, type FlagCluster } from './layout'
import { momentAt, toUs } from './scale'
import type { Drag, TimelineState } from './timeline.svelte'

export interface Selected {
  word?: number | null
  flag?: string | null
  anchor?: string | null
  annotation?: string | null
}

/** What gestures read and whom they tell. */
export interface GestureHost {
  targets(): Targets
  duration_us(): number
  anchors(): readonly AnchorView[]
  annotations(): readonly Annotation[]
  flags(): readonly FlagView[]
  clusters(): readonly FlagCluster[]
  selected_flag(): string | null
  onseek(at_us: number): void
  /** The playhead is dragged; `onseek` follows when it is let go. */
  onscrub(at_us: number): void
  onselect(selected: Selected): void
  onretime(word: number, start_us: number, end_us: number): void
  onanchor(id: string, transcript_us: number, media_us: number): void
}

/** A press that moves less is a click; hands shake. */
const SLOP_PX = 3

export class Gestures {
  /** A press on something that can be dragged, until it moves. */
  #press: { x_px: number; drag: Drag } | null = null
  readonly #state: TimelineState
  readonly #host: GestureHost

  constructor(state: TimelineState, host: GestureHost) {
    this.#state = state
    this.#host = host
  }

  down(x_px: number, y_px: number): void {
    const hit = hitTest(this.#host.targets(), x_px, y_px)
    const drag = this.#dragOf(hit, x_px)
    if (drag?.kind === 'scrub') this.#state.drag = drag
    else if (drag) this.#press = { x_px, drag }
    this.#act(hit, x_px)
  }

  move(x_px: number, y_px: number): void {
    this.#state.hover = { x_px, y_px }
    if (this.#press && Math.abs(x_px - this.#press.x_px) > SLOP_PX) {
      this.#state.drag = this.#press.drag
      this.#press = null
    }
    const { drag, view } = this.#state
    if (!drag) return
    if (drag.kind === 'scrub') {
      const at_us = momentAt(view, x_px, this.#host.duration_us())
      this.#state.drag = { kind: 'scrub', at_us }
      this.#host.onscrub(at_us)
    } else {
      this.#state.drag = moved(drag, toUs(view, x_px), this.#host.anchors(), this.#host.duration_us())
    }
  }

  /** Ends a drag for good; what it changed, if anything, is told. Returns the drag that now waits for the answer. */
  up(): Drag | null {
    const drag = this.#state.drag
    this.#press = null
    this.#state.drag = null
    if (drag?.kind === 'scrub' && drag.at_us !== null) this.#host.onseek(drag.at_us)
    if (drag?.kind === 'word' && (drag.now.start_us !== drag.was.start_us || drag.now.end_us !== drag.was.end_us)) {
      this.#host.onretime(drag.word, drag.now.start_us, drag.now.end_us)
      return drag
    }
    if (drag?.kind === 'anchor' && drag.now_us !== drag.was_us) {
      this.#host.onanchor(drag.id, drag.transcript_us, drag.now_us)
      return drag
    }
    return null
  }

  /** Ends a drag as if it had not been. True where there was one. */
  cancel(): boolean {
    const was = this.#state.drag !== null || this.#press !== null
    this.#press = null
    this.#state.drag = null
    return was
  }

  #dragOf(hit: Hit, x_px: number): Drag | null {
    const { words, view } = this.#host.targets()
    const grabbed_us = toUs(view, x_px)
    if (hit.kind === 'scrub') return { kind: 'scrub', at_us: null }
    if (hit.kind === 'word' && hit.grip && words) {
      const was = { start_us: words.start[hit.word] ?? 0, end_us: words.end[hit.word] ?? 0 }
      return { kind: 'word', word: hit.word, grip: hit.grip, grabbed_us, was, now: was }
    }
    const anchor = hit.kind === 'anchor' ? this.#host.anchors()[hit.anchor] : undefined
    if (hit.kind !== 'anchor' || !anchor) return null
    const { id, transcript_us, media_us } = anchor
    return { kind: 'anchor', id, transcript_us, grabbed_us, was_us: media_us, now_us: media_us }
  }

  #act(hit: Hit, x_px: number): void {
    const host = this.#host
    switch (hit.kind) {
      case 'scrub':
      case 'empty':
        host.onseek(momentAt(this.#state.view, x_px, host.duration_us()))
        return
      case 'shot':
        host.onseek(hit.at_us)
        return
      case 'word':
        host.onselect({ word: hit.word })
        return
      case 'anchor':
        host.onselect({ anchor: host.anchors()[hit.anchor]?.id ?? null })
        return
      case 'annotation':
        host.onselect({ annotation: host.annotations()[hit.annotation]?.id ?? null })
        return
      case 'flags': {
        const cluster = host.clusters()[hit.cluster]
        const flag = cluster && host.flags()[nextInCluster(cluster, host.flags(), host.selected_flag())]
        if (flag) host.onselect({ flag: flag.id })
      }
    }
  }
}

function moved(drag: Exclude<Drag, { kind: 'scrub' }>, at_us: number, anchors: readonly AnchorView[], duration_us: number): Drag {
  const by_us = at_us - drag.grabbed_us
  return drag.kind === 'word'
    ? { ...drag, now: retimed(drag.was, drag.grip, by_us, duration_us) }
    : { ...drag, now_us: movedAnchor(anchors, drag.id, drag.was_us + by_us, duration_us) }
}
