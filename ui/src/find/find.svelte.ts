import { tick } from 'svelte'
import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { sentence } from '../api'
import type { Api } from '../api/api'
import type { FoundCount } from '../api/generated/FoundCount'
import type { FoundHit } from '../api/generated/FoundHit'
import type { FoundKind } from '../api/generated/FoundKind'
import type { Review } from '../review/review.svelte'
import type { SideId } from '../side/side'

/** How many hits are read at once. */
export const PAGE = 100

/** The kinds in the order of their keys, with the sign that each is known by. */
export const KINDS: readonly { kind: FoundKind; word: string; sign: string }[] = [
  { kind: 'word', word: 'Said', sign: '“' },
  { kind: 'text', word: 'On screen', sign: 'T' },
  { kind: 'annotation', word: 'Annotation', sign: '□' },
  { kind: 'flag', word: 'Flag', sign: '⚑' },
  { kind: 'document', word: 'Document', sign: '▤' },
]

/** What finding needs of the window. */
export interface Around {
  review: Review
  side: SideId | null
  openMedia(media: string): Promise<void>
}

/** Finding anything in the project by its words. */
export class Find {
  typed = $state('')
  /** Only these kinds are shown; all while there is none. */
  kinds = new SvelteSet<FoundKind>()
  counts = $state.raw<FoundCount[]>([])
  total = $state(0)
  media = $state(0)
  /** Media that were not read again yet. */
  left = $state(0)
  /** The hit that is chosen. */
  at = $state(0)
  error = $state<string | null>(null)
  #pages = new SvelteMap<number, FoundHit[]>()
  #reading: number[] = []
  #version = 0
  #api: Api
  #around: Around

  constructor(api: Api, around: Around) {
    this.#api = api
    this.#around = around
  }

  /** Begins with nothing typed, and looks again when all that changed has been read. */
  async open(): Promise<void> {
    this.ask('')
    try {
      await this.#api.readFound()
    } catch (error) {
      this.error = sentence(error)
      return
    }
    await this.again()
  }

  /** Another project is open. */
  clear(): void {
    this.#version++
    this.typed = ''
    this.kinds.clear()
    this.#show([], 0, 0)
  }

  hit(at: number): FoundHit | null {
    return this.#pages.get(Math.floor(at / PAGE))?.[at % PAGE] ?? null
  }

  /** Whether a hit is the first of its media. */
  begins(at: number): boolean {
    return at === 0 || this.hit(at)?.media !== this.hit(at - 1)?.media
  }

  countOf(kind: FoundKind): FoundCount | null {
    return this.counts.find((count) => count.kind === kind) ?? null
  }

  ask(typed: string): void {
    this.typed = typed
    this.at = 0
    void this.again()
  }

  toggle(kind: FoundKind): void {
    if (!this.kinds.delete(kind)) this.kinds.add(kind)
    this.at = 0
    void this.again()
  }

  async again(): Promise<void> {
    this.#version++
    await this.#read(Math.floor(this.at / PAGE), true)
  }

  /** Sees to it that these hits are read. */
  need(first: number, end: number): void {
    for (let page = Math.floor(first / PAGE); page * PAGE < Math.min(end, this.total); page++) {
      if (!this.#pages.has(page) && !this.#reading.includes(page)) void this.#read(page, false)
    }
  }

  /** Opens the chosen hit at its moment and plays on from there. */
  async go(): Promise<void> {
    const hit = this.hit(this.at)
    if (!hit) return
    await this.#around.openMedia(hit.media)
    const { review } = this.#around
    if (review.media !== hit.media) return
    if (hit.kind === 'document') return this.#readOn(hit)
    if (hit.kind === 'word') review.selectWord(Number(hit.at), false)
    if (hit.kind === 'flag') review.selectFlag(hit.at)
    // The video of a media that was just opened is drawn first.
    await tick()
    review.player.resumeFrom(hit.start_us)
  }

  /** Opens the document of a hit beside its media, at the page and with the words that were found. */
  async #readOn(hit: FoundHit): Promise<void> {
    const [document = '', page] = hit.at.split('/')
    this.#around.side = 'documents'
    await this.#around.review.documents.choose(document, Number(page), hit.text.filter(({ found }) => found).map(({ text }) => text))
  }

  #show(counts: FoundCount[], total: number, media: number): void {
    this.#pages.clear()
    this.#reading = []
    this.counts = counts
    this.total = total
    this.media = media
  }

  /** Reads a page; an answer to a question that is not the newest is dropped. */
  async #read(page: number, fresh: boolean): Promise<void> {
    const mine = this.#version
    this.#reading.push(page)
    try {
      const view = await this.#api.find({ typed: this.typed, kinds: [...this.kinds], from: page * PAGE, count: PAGE })
      if (mine !== this.#version) return
      if (fresh) this.#show(view.counts, view.total, view.media)
      this.#pages.set(page, view.hits)
      this.left = view.left
      this.at = Math.min(this.at, Math.max(0, view.total - 1))
      this.error = null
    } catch (error) {
      if (mine !== this.#version) return
      this.#show([], 0, 0)
      this.error = sentence(error)
    } finally {
      this.#reading = this.#reading.filter((other) => other !== page)
    }
  }
}
