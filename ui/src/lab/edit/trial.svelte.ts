import type { Api, MediaInfo } from '../../api/api'
import type { Clip } from '../../api/generated/Clip'
import type { PromptVersion } from '../../api/generated/PromptVersion'
import type { Tried } from '../../api/generated/Tried'
import type { Given, Stretch } from '../../api/lab'
import { sentence } from '../../api'
import { Player } from '../../review/player.svelte'
import type { Review } from '../../review/review.svelte'

/** What is taken round the playhead where nothing is selected, in µs. */
const ROUND_US = 5_000_000

/** An answer, with what it answers. */
interface Answered {
  said: Tried
  of: PromptVersion
  at: Stretch
}

interface Around {
  review: Pick<Review, 'media' | 'info' | 'span' | 'player'>
  clips: () => readonly Clip[]
}

export function isAt(a: Stretch | null, b: Stretch | null): boolean {
  return a !== null && b !== null && a.media === b.media && a.start_us === b.start_us && a.end_us === b.end_us
}

/** The clip that a prompt is tried on: which one, its picture, and what came of the last try. */
export class Trial {
  stretch = $state.raw<Stretch | null>(null)
  info = $state.raw<MediaInfo | null>(null)
  given = $state.raw<Given>({ question: '', schema: '' })
  asking = $state(false)
  player = new Player()
  #last = $state.raw<Answered | null>(null)
  #takes = 0
  #tries = 0
  /** The field that a question is typed in. */
  #field: HTMLElement | null = null
  #api: Api
  #around: Around
  #changed: () => void

  /** What the last try on this clip said; null where it was not tried. */
  last = $derived(isAt(this.#last?.at ?? null, this.stretch) ? this.#last : null)
  /** Which of the clips that can be gone through is at hand, from 0; -1 where none is. */
  place = $derived.by(() => this.#around.clips().findIndex((clip) => isAt(clip, this.stretch)))
  clips = $derived.by(() => this.#around.clips().length)

  constructor(api: Api, around: Around, changed: () => void) {
    this.#api = api
    this.#around = around
    this.#changed = changed
  }

  clear(): void {
    this.#takes++
    this.#tries++
    this.stretch = null
    this.info = null
    this.asking = false
    this.#last = null
    this.player.load(0, null)
  }

  /** Takes a stretch of a media. What it is of is read behind it. */
  async take({ media, start_us, end_us }: Stretch): Promise<void> {
    const mine = ++this.#takes
    this.stretch = { media, start_us, end_us }
    this.#changed()
    if (this.info?.id !== media) {
      this.info = null
      this.player.load(0, null)
      const info = await this.#api.media(media)
      if (mine !== this.#takes) return
      this.info = info
      this.player.load(info.duration_us, info.frame_rate, (at_us) => this.#api.frameTimes(media, at_us))
    }
    this.player.loop = { start_us, end_us }
    this.player.seek(start_us)
  }

  /** The stretch between in and out in Review, or what lies round its playhead. */
  takeFromReview(): void {
    const { media, info, span, player } = this.#around.review
    if (media === null || !info) return
    const at_us = player.playhead_us
    const round = { start_us: Math.max(0, at_us - ROUND_US), end_us: Math.min(info.duration_us, Math.max(at_us, ROUND_US) + ROUND_US) }
    const { start_us, end_us } = span ?? round
    if (end_us > start_us) this.#take({ media, start_us, end_us })
  }

  /** Takes another beginning or end of the stretch; false where that is none. */
  reach(change: { start_us?: number; end_us?: number }): boolean {
    if (this.stretch === null) return false
    const { start_us, end_us } = { ...this.stretch, ...change }
    if (start_us < 0 || end_us <= start_us || (this.info !== null && end_us > this.info.duration_us)) return false
    this.#take({ ...this.stretch, start_us, end_us })
    return true
  }

  /** The clip after or before the one at hand, of the set that is chosen. */
  move(by: 1 | -1): void {
    const clips = this.#around.clips()
    const to = this.place < 0 ? 0 : Math.max(0, Math.min(clips.length - 1, this.place + by))
    const clip = clips[to]
    if (clip && to !== this.place) this.#take(clip)
  }

  #take(stretch: Stretch): void {
    // The picture is beside the point: the prompt is rendered all the same.
    void this.take(stretch).catch((error: unknown) => (this.player.failed = sentence(error)))
  }

  give(part: Partial<Given>): void {
    this.given = { ...this.given, ...part }
    this.#changed()
  }

  attach = (field: HTMLElement): (() => void) => {
    this.#field = field
    return () => (this.#field = null)
  }

  /** Puts the caret into the question. */
  point(): void {
    this.#field?.focus()
  }

  /** Asks about the clip; null where that was cancelled, or another project was opened meanwhile. */
  async try(draft: PromptVersion): Promise<Tried | null> {
    const at = this.stretch
    if (at === null || this.asking) return null
    const mine = ++this.#tries
    this.asking = true
    try {
      const said = await this.#api.tryPrompt(draft, { ...this.given }, at)
      if (mine !== this.#tries || said === null) return null
      this.#last = { said, of: draft, at }
      return said
    } finally {
      if (mine === this.#tries) this.asking = false
    }
  }
}
