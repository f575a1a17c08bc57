import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { sentence } from '../api'
import type { Api } from '../api/api'
import type { Hit } from '../api/generated/Hit'
import type { Query } from '../api/generated/Query'
import type { Replacement } from '../api/generated/Replacement'
import type { Notices } from '../desk/notices.svelte'
import type { Writes } from '../desk/writes.svelte'
import type { Review } from '../review/review.svelte'

/** How many hits are read at once. */
export const PAGE = 100

/** What a search needs of the window. */
export interface Around {
  review: Review
  writes: Writes
  notices: Notices
  openMedia(media: string): Promise<void>
}

/** Names a hit, whatever page it came with. */
export const keyOf = (hit: Hit) => `${hit.media} ${hit.number}`

/** Finding in one media or in all, and replacing. */
export class Search {
  /** Where is searched; null while nothing is. */
  scope = $state<'media' | 'project' | null>(null)
  query = $state<Query>({ text: '', match_case: false, whole_word: false, regex: false })
  by = $state<Replacement>({ with: '', keep_case: false })
  /** Whether the hits are shown with what they would become. */
  replacing = $state(false)
  total = $state(0)
  media = $state(0)
  /** The hit that is chosen. */
  at = $state(0)
  /** Why the query can't be asked. */
  error = $state<string | null>(null)
  /** Replacing is under way. */
  busy = $state(false)
  leftOut = new SvelteSet<string>()
  #pages = new SvelteMap<number, Hit[]>()
  #reading: number[] = []
  #version = 0
  #api: Api
  #around: Around

  constructor(api: Api, around: Around) {
    this.#api = api
    this.#around = around
  }

  open(scope: 'media' | 'project'): void {
    this.scope = scope
    this.again()
  }

  close(): void {
    this.scope = null
    this.#version++
    this.#forget()
    this.total = 0
    this.#around.review.found = []
  }

  /** A hit by its place, once it was read; its page is asked for. */
  hit(at: number): Hit | null {
    return this.#pages.get(Math.floor(at / PAGE))?.[at % PAGE] ?? null
  }

  chosen(): Hit | null {
    return this.hit(this.at)
  }

  isLeftOut(hit: Hit): boolean {
    return this.leftOut.has(keyOf(hit))
  }

  /** Searches from the start: what is looked for, or the text, is another. */
  again(): void {
    if (this.scope === null) return
    this.#version++
    this.leftOut.clear()
    this.at = Math.min(this.at, Math.max(0, this.total - 1))
    void this.#read(Math.floor(this.at / PAGE), true)
  }

  /** Takes another query or replacement. */
  ask(change: Partial<Query>, by: Partial<Replacement> = {}): void {
    if (Object.keys(change).length > 0) this.at = 0
    this.query = { ...this.query, ...change }
    this.by = { ...this.by, ...by }
    this.again()
  }

  /** Sees to it that these hits are read. */
  need(first: number, end: number): void {
    for (let page = Math.floor(first / PAGE); page * PAGE < Math.min(end, this.total); page++) {
      if (!this.#pages.has(page) && !this.#reading.includes(page)) void this.#read(page, false)
    }
  }

  /** Goes to the next or the last hit, round the end, and opens it. */
  async move(by: 1 | -1): Promise<void> {
    if (this.total === 0) return this.#around.notices.say('Nothing is found.')
    this.at = (this.at + by + this.total) % this.total
    await this.go()
  }

  /** Opens the chosen hit at its moment. */
  async go(): Promise<void> {
    if (!this.chosen()) await this.#read(Math.floor(this.at / PAGE), false)
    const hit = this.chosen()
    if (!hit) return
    await this.#around.openMedia(hit.media)
    const { review } = this.#around
    if (review.media !== hit.media) return
    review.selectWord(hit.words[0])
    this.#mark()
    this.#around.notices.say(`${this.at + 1} of ${this.total}: ${hit.before}${hit.hit}${hit.after}`)
  }

  /** Leaves the chosen hit as it is, or not after all. */
  leaveOut(at = this.at): void {
    const hit = this.hit(at)
    if (!hit || !this.replacing) return
    if (!this.leftOut.delete(keyOf(hit))) this.leftOut.add(keyOf(hit))
  }

  /** Replaces all hits but those left out. */
  async replace(): Promise<void> {
    if (this.busy || this.total === 0 || !this.replacing) return
    const count = this.total - this.leftOut.size
    const left_out = [...this.leftOut].map((key) => ({ media: key.slice(0, key.lastIndexOf(' ')), number: Number(key.slice(key.lastIndexOf(' ') + 1)) }))
    const all = { query: this.query, media: this.#media(), by: this.by, left_out, total: this.total }
    this.busy = true
    const done = await this.#around.writes.write(() => this.#api.replace(all))
    this.busy = false
    if (done) this.#around.notices.say(`${count} ${count === 1 ? 'hit' : 'hits'} replaced.`)
  }

  #media(): string | null {
    return this.scope === 'media' ? this.#around.review.media : null
  }

  #forget(): void {
    this.#pages.clear()
    this.#reading = []
  }

  /** Reads a page; an answer to a query that is not the newest is dropped. */
  async #read(page: number, fresh: boolean): Promise<void> {
    const mine = this.#version
    this.#reading.push(page)
    const search = { query: this.query, media: this.#media(), by: this.replacing ? this.by : null, from: page * PAGE, count: PAGE }
    try {
      const view = await this.#api.search(search)
      if (mine !== this.#version || view === null) return
      if (fresh) this.#forget()
      this.#pages.set(page, view.hits)
      this.total = view.total
      this.media = view.media
      this.at = Math.min(this.at, Math.max(0, view.total - 1))
      this.error = null
      this.#mark()
    } catch (error) {
      if (mine !== this.#version) return
      this.#forget()
      this.total = 0
      this.error = sentence(error)
      this.#mark()
    } finally {
      this.#reading = this.#reading.filter((other) => other !== page)
    }
  }

  /** Has the hits in the media on the desk marked in its text. */
  #mark(): void {
    const { review } = this.#around
    review.found = [...this.#pages.values()].flat().filter(({ media }) => media === review.media).map(({ words }) => words)
  }
}
