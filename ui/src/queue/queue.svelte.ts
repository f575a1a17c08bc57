import type { SavedQueue } from '../api/generated/SavedQueue'
import type { Api } from '../api/api'
import type { Changed } from '../api/generated/Changed'
import type { Decision } from '../api/generated/Decision'
import type { QueueFilter } from '../api/generated/QueueFilter'
import type { QueueItem } from '../api/generated/QueueItem'
import type { QueueView } from '../api/generated/QueueView'
import type { Notices } from '../desk/notices.svelte'
import { Reading } from '../desk/reading.svelte'
import type { Review } from '../review/review.svelte'
import { SvelteSet } from 'svelte/reactivity'
import { following } from './order'
import { ALL, withView } from './views'

/** How many items are read at once. */
const STRETCH = 200

interface Around {
  api: Api
  review: Review
  notices: Notices
  /** Puts a media on the desk, with this flag selected. */
  open: (media: string, flag: string | null) => Promise<void>
  /** Goes where the library leads when the queue is empty. */
  openNext: () => Promise<void>
  /** The views that are kept, and how to keep others in their place. */
  views: { kept: () => SavedQueue[]; keep: (views: SavedQueue[]) => void }
}

/** What is open in the whole project, the most rewarding first, and the way through it. */
export class Queue {
  view = new Reading<QueueView>()
  /** Whether the desk goes by the queue, and not by the flags of the media alone. */
  shown = $state(false)
  filter = $state.raw<QueueFilter>(ALL)
  /** Decided on, and still in what was read last. */
  #done = new SvelteSet<string>()
  /** Of these, those whose verdict is written: an answer to a later question knows of it. */
  #written: string[] = []
  /** The person picked the item from the list. */
  #picked = false
  #first = 0
  /** The rows that are looked at. */
  #looked = { first: 0, end: 0 }
  #reading = false
  #again = false
  #around: Around

  progress = $derived(this.view.value?.progress ?? null)
  /** Index of the first item that is known. */
  first = $derived(this.view.value?.first ?? 0)
  items = $derived((this.view.value?.items ?? []).filter((item) => !this.#done.has(item.id)))
  total = $derived((this.view.value?.total ?? 0) - ((this.view.value?.items.length ?? 0) - this.items.length))

  constructor(around: Around) {
    this.#around = around
  }

  get kept(): SavedQueue[] {
    return this.#around.views.kept()
  }

  /** Reads again; asked for while an answer is on its way, once more behind it. */
  async read(): Promise<void> {
    if (this.#reading) {
      this.#again = true
      return
    }
    this.#reading = true
    const before = this.#written
    const { api, review, notices } = this.#around
    const ask = { filter: this.filter, desk: review.media, first: this.#first, count: STRETCH }
    let read = false
    try {
      read = await this.view.read(() => api.queue(ask))
      for (const id of before) this.#done.delete(id)
      this.#written = this.#written.filter((id) => !before.includes(id))
      this.#readAhead()
    } catch (error) {
      notices.failed(error)
    } finally {
      this.#reading = false
      if (this.#again) {
        this.#again = false
        void this.read()
      } else if (read) this.look(this.#looked.first, this.#looked.end)
    }
  }

  /** Forgets another project's queue. */
  clear(): void {
    this.view.clear()
    this.#done.clear()
    this.#written = []
    this.filter = ALL
    this.#first = 0
  }

  /** A write may have changed what is open, and what is known of flags. */
  changed(changed: Changed): void {
    const { stale } = changed
    // Words that were written change the queue once they are measured, which is told for itself.
    if (stale.includes('words') && !stale.includes('alignment')) return
    if (stale.includes('flags') || stale.includes('library')) void this.read()
  }

  /** Rows `[first, end)` are looked at: what is not known of them is read. */
  look(first: number, end: number): void {
    this.#looked = { first, end }
    const known = this.view.value
    if (!known || this.#reading) return
    const missing = first < known.first || (end > known.first + known.items.length && known.first + known.items.length < known.total)
    if (!missing) return
    this.#first = Math.max(0, first - STRETCH / 4)
    void this.read()
  }

  choose(filter: QueueFilter): void {
    this.filter = filter
    this.#first = 0
    this.#looked = { first: 0, end: 0 }
    void this.read()
  }

  keep(name: string): void {
    const clean = name.trim()
    if (clean !== '') this.#around.views.keep(withView(this.kept, { name: clean, filter: this.filter }))
  }

  forget(name: string): void {
    this.#around.views.keep(this.kept.filter((view) => view.name !== name))
  }

  show(shown: boolean): void {
    this.shown = shown
  }

  /** Goes to the best item of all, wherever it is. */
  async best(): Promise<void> {
    this.shown = true
    if (this.#first !== 0 || this.view.value === null) {
      this.#first = 0
      await this.read()
    }
    const best = this.items[0]
    if (best) await this.#go(best, false)
    else this.#around.notices.news('Nothing is open in the queue.')
  }

  /** Goes to an item that the person picked. */
  async pick(item: QueueItem): Promise<void> {
    await this.#go(item, true)
  }

  /** The row below or above the selected one. */
  async move(by: 1 | -1): Promise<void> {
    const at = this.items.findIndex((item) => item.id === this.selected)
    const to = this.items[Math.max(0, Math.min(this.items.length - 1, at + by))]
    if (to) await this.pick(to)
  }

  get selected(): string | null {
    return this.#around.review.selection.defect ?? this.#around.review.selection.flag
  }

  /** Decides on the selected flag; the desk goes on by the list that is shown. */
  async decide(decision: Decision): Promise<void> {
    const { review } = this.#around
    const flag = review.flag
    if (!flag) return
    const leaves = !this.filter.decided
    if (leaves) this.#done.add(flag.id)
    const written = this.shown ? review.decide(decision, () => this.#goOn(flag.id)) : review.decide(decision)
    this.#readAhead()
    if (await written) this.#written = [...this.#written, flag.id]
    else this.#done.delete(flag.id)
  }

  /** Calls the review of the media done, and goes on to the best item of another. */
  async finish(): Promise<void> {
    const { review, notices, open, openNext } = this.#around
    const { info } = review
    if (!info) return
    const next = this.view.value?.next ?? null
    const written = review.apply({ op: 'finish', finished: true })
    notices.say(`${info.name} is finished.`)
    if (next && next.media !== info.id) await open(next.media, next.id)
    else if (await written) await openNext()
  }

  /** Selects what comes after an item; what to say of it. */
  #goOn(from: string): string {
    const items = this.view.value?.items.filter((item) => item.id === from || !this.#done.has(item.id)) ?? []
    const next = following(items, from, this.#picked)
    if (!next) return 'Nothing else is open in the queue.'
    void this.#go(next, this.#picked)
    return `${next.label}: ${next.why}`
  }

  async #go(item: QueueItem, picked: boolean): Promise<void> {
    const { review, open } = this.#around
    this.#picked = picked
    if (item.media !== review.media) await open(item.media, item.defect === null ? item.id : null)
    if (item.defect !== null) review.selectDefect(item.id)
    else if (review.selection.flag !== item.id) review.selectFlag(item.id)
    this.#readAhead()
  }

  /** Reads the media that comes next while the last item of this one is looked at. */
  #readAhead(): void {
    const { review } = this.#around
    const other = this.view.value?.next ?? null
    const next = this.shown ? following(this.items, this.selected, this.#picked) : review.openFlags.length <= 1 ? other : null
    if (next && next.media !== review.media) review.readAhead(next.media)
  }
}
