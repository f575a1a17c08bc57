import type { Api } from '../api/api'
import type { AnalyticsView } from '../api/generated/AnalyticsView'
import type { Bar } from '../api/generated/Bar'
import type { FigureId } from '../api/generated/FigureId'
import type { Moment } from '../api/generated/Moment'
import { Reading } from '../desk/reading.svelte'

/** Moments that are read at once. */
const PAGE = 100

/** A bar that is open: its figure, itself, and whose it is. */
export interface Opened {
  figure: FigureId
  title: string
  bar: Bar
}

/** What the analytics panel shows: figures, and the moments behind the bar that is open. */
export class Analytics {
  view = new Reading<AnalyticsView>()
  wide = $state(false)
  media = $state<string | null>(null)
  opened = $state.raw<Opened | null>(null)
  /** Moments by their place; those not read yet are missing. */
  moments = $state.raw<(Moment | undefined)[]>([])
  selected = $state(0)
  /** Pages that were asked for. */
  #asked: number[] = []
  #ticket = 0
  #api: Api

  moment = $derived(this.moments[this.selected] ?? null)

  constructor(api: Api) {
    this.#api = api
  }

  async show(media: string | null): Promise<void> {
    this.close()
    this.media = media
    this.view.clear()
    await this.reread()
  }

  /** Reads the figures again; the bar that is open stays so, if it is still there. */
  async reread(): Promise<void> {
    const media = this.media
    const read = await this.view.read(() => this.#api.analytics(media))
    const { opened } = this
    if (!read || !opened) return
    const figure = this.view.value?.figures.find(({ id }) => id === opened.figure)
    const bar = figure?.groups.flatMap(({ bars }) => bars).find(({ key }) => key === opened.bar.key)
    if (!bar) return this.close()
    await this.open({ ...opened, bar }, Math.min(this.selected, bar.moments - 1))
  }

  /** Opens a bar. */
  async open(opened: Opened, selected = 0): Promise<void> {
    this.#ticket++
    this.#asked = []
    this.opened = opened
    this.moments = Array.from({ length: opened.bar.moments })
    this.selected = Math.max(0, selected)
    await this.need(this.selected, this.selected + 1)
  }

  close(): void {
    this.#ticket++
    this.opened = null
    this.moments = []
  }

  /** Reads the moments `[first, end)` that are not there yet, by whole pages. */
  async need(first: number, end: number): Promise<void> {
    const { opened, media } = this
    if (!opened) return
    const mine = this.#ticket
    for (let page = Math.floor(first / PAGE); page * PAGE < Math.min(end, opened.bar.moments); page++) {
      if (this.#asked.includes(page)) continue
      this.#asked.push(page)
      const read = await this.#api.moments(media, opened.figure, opened.bar.key, page * PAGE, PAGE)
      if (mine !== this.#ticket) return
      const moments = [...this.moments]
      read.moments.forEach((moment, i) => (moments[read.first + i] = moment))
      this.moments = moments
    }
  }

  move(by: number): void {
    this.selected = Math.max(0, Math.min(this.moments.length - 1, this.selected + by))
  }
}
