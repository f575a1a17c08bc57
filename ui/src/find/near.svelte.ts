import { tick } from 'svelte'
import { sentence } from '../api'
import type { Api } from '../api/api'
import type { EmbedEstimate } from '../api/generated/EmbedEstimate'
import type { NearHit } from '../api/generated/NearHit'
import type { NearLike } from '../api/generated/NearLike'
import type { NearView } from '../api/generated/NearView'
import type { PieceKind } from '../api/generated/PieceKind'
import type { Around } from './find.svelte'

/** What each kind of hit is called, and the sign that it is known by. */
export const PIECES: Record<PieceKind, { word: string; sign: string }> = {
  words: { word: 'Said', sign: '“' },
  annotation: { word: 'Annotation', sign: '□' },
  frame: { word: 'Frame', sign: '▣' },
}

/** Finding by meaning. Each question costs a call, so nothing is asked while it is typed. */
export class Near {
  typed = $state('')
  view = $state.raw<NearView | null>(null)
  hits = $state.raw<NearHit[]>([])
  /** The hit that is chosen. */
  at = $state(0)
  busy = $state(false)
  /** Whether something was asked, so that nothing found can be said. */
  asked = $state(false)
  error = $state<string | null>(null)
  /** The model to embed by. */
  model = $state('')
  estimate = $state.raw<EmbedEstimate | null>(null)
  #ticket = 0
  #api: Api
  #around: Around

  constructor(api: Api, around: Around) {
    this.#api = api
    this.#around = around
  }

  async open(): Promise<void> {
    this.estimate = null
    this.error = null
    await this.#try(async () => {
      this.view = await this.#api.near()
      this.model = this.view.model ?? this.view.models[0]?.id ?? ''
      this.error = this.view.blocked
    })
  }

  /** Another project is open. */
  clear(): void {
    this.#ticket++
    this.hits = []
    this.view = null
    this.asked = false
  }

  /** Whether frames are among what can be found, so that a picture can be asked about. */
  get knowsPictures(): boolean {
    return this.view?.models.find(({ id }) => this.view?.model?.endsWith(id))?.pictures === true
  }

  /** Looks for what is near; an answer that comes after another question is dropped. */
  async look(like: NearLike): Promise<void> {
    const mine = ++this.#ticket
    this.busy = true
    this.error = null
    try {
      const hits = await this.#api.findNear(like)
      if (mine !== this.#ticket || hits === null) return
      this.hits = hits
      this.at = 0
      this.asked = true
    } catch (error) {
      if (mine === this.#ticket) this.error = sentence(error)
    } finally {
      if (mine === this.#ticket) this.busy = false
    }
  }

  async reckon(): Promise<void> {
    this.busy = true
    this.error = null
    await this.#try(async () => {
      this.estimate = await this.#api.estimateEmbed(this.model)
    })
    this.busy = false
  }

  /** Starts the job that gives vectors to what has none; true where it was taken. */
  async embed(): Promise<boolean> {
    return this.#try(() => this.#api.embed(this.model))
  }

  /** Opens the chosen hit at its moment and plays on from there. */
  async go(): Promise<void> {
    const hit = this.hits[this.at]
    if (!hit) return
    await this.#around.openMedia(hit.media)
    const { review } = this.#around
    if (review.media !== hit.media) return
    if (hit.kind === 'words') review.selectWord(Number(hit.at), false)
    // The video of a media that was just opened is drawn first.
    await tick()
    review.player.resumeFrom(hit.start_us)
  }

  async #try(call: () => Promise<void>): Promise<boolean> {
    try {
      await call()
      return true
    } catch (error) {
      this.error = sentence(error)
      return false
    }
  }
}
