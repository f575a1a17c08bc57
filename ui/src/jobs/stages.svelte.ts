import type { Api, JobEvent } from '../api/api'
import type { GraphStage } from '../api/generated/GraphStage'
import type { MediaGraph } from '../api/generated/MediaGraph'
import type { MediaStages } from '../api/generated/MediaStages'
import { Reading } from '../desk/reading.svelte'
import { Calls } from './calls.svelte'
import { share } from './jobs.svelte'
import type { LookId } from './marks'
import { countsOf, looked, merged } from './rows'
import { SvelteMap } from 'svelte/reactivity'

/** What is told while work goes on is looked at so often at most. */
const LOOK_AGAIN_MS = 250

/** What a stage does at the moment. */
export interface Doing {
  job: number
  what: string
  /** 0..1; null where its length is not known. */
  share: number | null
}

/** How far the stages of all media are, and of the selected one in detail. */
export class Stages {
  all = $state.raw<MediaStages[]>([])
  graph = $state.raw<GraphStage[]>([])
  unkept = $state<string | null>(null)
  ready = $state(false)
  look = $state<LookId>('all')
  selected = $state<string | null>(null)
  detail = new Reading<MediaGraph>()
  /** What the running stages do, by their names: one media is taken through the stages at a time. */
  doing = new SvelteMap<string, Doing>()
  calls: Calls

  rows = $derived(looked(this.all, this.look))
  counts = $derived(countsOf(this.all))
  row = $derived(this.all.find(({ media }) => media === this.selected) ?? null)
  #api: Api
  #seq: number | null = null
  #waits = false
  #shown: () => boolean
  #failed: (error: unknown) => void

  constructor(api: Api, shown: () => boolean, failed: (error: unknown) => void) {
    this.#api = api
    this.#shown = shown
    this.#failed = failed
    this.calls = new Calls(api)
  }

  /** Another project is open. */
  clear(): void {
    this.all = []
    this.ready = false
    this.selected = null
    this.#seq = null
    this.doing.clear()
    this.detail.clear()
    this.calls.clear()
  }

  /** Reads it all: other programs may have written to the ledger meanwhile. */
  async show(): Promise<void> {
    this.#seq = null
    await this.#read()
  }

  seen(event: JobEvent): void {
    const at = event.what.indexOf(': ')
    const stage = event.what.slice(0, Math.max(0, at))
    if (event.state !== 'running') for (const [name, doing] of [...this.doing]) if (doing.job === event.id) this.doing.delete(name)
    if (event.state === 'running' && this.graph.some(({ name }) => name === stage)) this.doing.set(stage, { job: event.id, what: event.what.slice(at + 2), share: share(event) })
    this.again()
  }

  /** Looks again in a moment, where anybody sees it. */
  again(): void {
    if (!this.#shown()) return
    if (this.#waits) return
    this.#waits = true
    setTimeout(() => {
      this.#waits = false
      void this.#read().catch(this.#failed)
    }, LOOK_AGAIN_MS)
  }

  async #read(): Promise<void> {
    const since = this.#seq
    const view = await this.#api.jobs(since)
    // What was asked for later is what counts.
    if (since !== this.#seq) return
    this.#seq = view.seq
    this.graph = view.graph
    this.unkept = view.unkept
    if (view.whole || view.media.length > 0) this.all = view.whole ? view.media : merged(this.all, view.media)
    this.ready = true
    if (!this.all.some(({ media }) => media === this.selected)) this.selected = (this.all.find(({ state }) => state === 'failed') ?? this.all[0])?.media ?? null
    if (view.whole || view.media.some(({ media }) => media === this.selected)) await this.#detail()
    if (view.whole || view.media.length > 0) await this.calls.read()
  }

  async #detail(): Promise<void> {
    const media = this.selected
    if (media === null) this.detail.clear()
    else await this.detail.read(() => this.#api.mediaGraph(media))
  }

  async select(media: string | null): Promise<void> {
    if (media === this.selected) return
    this.selected = media
    await this.#detail()
    await this.calls.of(this.calls.media === null ? null : media)
  }

  /** Moves the selection among the rows shown. */
  move(by: number): Promise<void> {
    const at = this.rows.findIndex(({ media }) => media === this.selected)
    const to = Math.max(0, Math.min(this.rows.length - 1, at + by))
    return this.select(this.rows[to]?.media ?? this.selected)
  }

  /** The job that works on the selected media; null where none does. */
  get job(): number | null {
    if (this.row?.state !== 'running') return null
    return [...this.doing.values()][0]?.job ?? null
  }

  /** Whether there is something to go on with. */
  get resumes(): boolean {
    return this.row !== null && (this.row.state === 'failed' || this.row.state === 'stopped')
  }

  resume(media: string[]): Promise<void> {
    return this.#api.resume(media)
  }
}
