import type { Api, ExportKind, JobEvent, Start } from '../api/api'
import type { Changed } from '../api/generated/Changed'
import type { ProjectView } from '../api/generated/ProjectView'
import type { SavedQueue } from '../api/generated/SavedQueue'
import { Keymap } from '../actions/keymap.svelte'
import { Asking } from '../asking/asking.svelte'
import { Analytics } from '../analytics/analytics.svelte'
import { Find } from '../find/find.svelte'
import { Near } from '../find/near.svelte'
import { History } from '../history/history.svelte'
import { Archives } from '../jobs/archive/archives.svelte'
import { Jobs } from '../jobs/jobs.svelte'
import { Stages } from '../jobs/stages.svelte'
import { Grid } from '../lab/grid/grid.svelte'
import { Lab } from '../lab/lab.svelte'
import { Library } from '../library/library.svelte'
import { Merge } from '../merge/merge.svelte'
import { Queue } from '../queue/queue.svelte'
import { Review } from '../review/review.svelte'
import { Settings } from '../settings/settings.svelte'
import { Search } from '../search/search.svelte'
import type { SideId } from '../side/side'
import { Tuning } from '../tuning/tuning.svelte'
import { Notices } from './notices.svelte'
import type { RoomId } from './room'
import { Theme } from './theme.svelte'
import { Writes } from './writes.svelte'

const SIDE_RESTS_MS = 300

/** The window: which room is open, the project behind it, and the state of every room. */
export class Desk {
  project = $state.raw<ProjectView | null>(null)
  room = $state<RoomId>('library')
  /** What floats over the room. */
  overlay = $state<'palette' | 'keys' | 'settings' | 'export' | 'find' | 'near' | 'ask' | 'ask.speech' | 'import.bucket' | 'archive.run' | 'archive.bring' | 'archive.stop' | 'archive.forget' | 'lab.new' | 'lab.raw' | 'lab.promote' | null>(null)
  /** What stands beside the room. */
  side = $state<SideId | null>(null)
  /** Files are being dragged over the window. */
  dropping = $state(false)
  started = $state(false)
  notices = new Notices()
  writes: Writes
  settings: Settings
  keymap: Keymap
  theme: Theme
  library: Library
  review: Review
  queue: Queue
  jobs: Jobs
  stages: Stages
  archives: Archives
  asking: Asking
  search: Search
  find: Find
  near: Near
  history: History
  analytics: Analytics
  #rest: ReturnType<typeof setTimeout> | undefined
  merge: Merge
  tuning: Tuning
  lab: Lab
  grid: Grid
  #api: Api

  constructor(api: Api) {
    this.#api = api
    this.writes = new Writes(this.notices, (changed) => this.#changed(changed))
    this.settings = new Settings(api, this.notices)
    this.keymap = new Keymap(this.settings)
    this.theme = new Theme(this.settings)
    this.library = new Library(api)
    this.review = new Review(api, this.writes, this.notices)
    this.review.text.habits = () => this.settings.value
    const views = { kept: () => this.settings.value.queue_views, keep: (queue_views: SavedQueue[]) => this.settings.change({ queue_views }) }
    const [open, openNext] = [(media: string, flag: string | null) => this.openMedia(media, flag), () => this.openNext()]
    this.queue = new Queue({ api, review: this.review, notices: this.notices, open, openNext, views })
    this.search = new Search(api, this)
    this.find = new Find(api, this)
    this.near = new Near(api, this)
    this.history = new History(api, this.writes)
    this.analytics = new Analytics(api)
    this.merge = new Merge(api, this)
    this.tuning = new Tuning(api, this)
    this.lab = new Lab(api, this)
    this.grid = new Grid(api, this)
    this.jobs = new Jobs((job) => this.#finished(job))
    this.stages = new Stages(api, () => this.room === 'jobs', (error) => this.notices.failed(error))
    this.archives = new Archives(api, () => this.room === 'jobs', (error) => this.notices.failed(error))
    this.asking = new Asking(api, () => this.settings.value.amazon.model)
    api.onJob((event) => {
      this.jobs.seen(event)
      this.stages.seen(event)
    })
  }

  /** Runs a call whose failure the person is told. */
  async try<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await call()
    } catch (error) {
      this.notices.failed(error)
      return null
    }
  }

  async start(): Promise<void> {
    await this.try(() => this.settings.read())
    this.theme.follow()
    if (this.settings.asks) this.overlay = 'settings'
    const start = await this.try(() => this.#api.start())
    if (start?.notice) this.notices.failed(new Error(start.notice))
    if (start) await this.#begin(start)
    this.started = true
  }

  async #begin(start: Start): Promise<void> {
    this.project = start.project
    this.writes.undo = start.project.undo
    this.writes.redo = start.project.redo
    this.review.close()
    this.queue.clear()
    this.search.close()
    this.find.clear()
    this.near.clear()
    this.merge.clear()
    this.tuning.clear()
    this.lab.clear()
    this.grid.clear()
    this.stages.clear()
    this.archives.clear()
    const library = this.try(() => this.library.read())
    if (start.open_media === null) {
      this.room = 'library'
      await library
    } else {
      await this.openMedia(start.open_media)
    }
  }

  async openProject(create: boolean): Promise<void> {
    const start = await this.try(() => (create ? this.#api.newProject() : this.#api.openProject()))
    if (start) await this.#begin(start)
  }

  enter(room: RoomId): void {
    this.room = room
    if (room === 'library' && this.library.stale) void this.try(() => this.library.read())
    if (room === 'jobs') {
      void this.try(() => this.stages.show())
      void this.try(() => this.archives.show())
    }
    if (room === 'tuning') void this.try(() => this.tuning.show())
    if (room === 'lab') void this.try(() => this.lab.show())
  }

  /** Puts a media on the desk, with a flag selected where one is named. */
  async openMedia(media: string, flag: string | null = null): Promise<void> {
    this.room = 'review'
    this.library.selected = media
    if (this.review.media === media) return
    await this.try(() => this.review.open(media, flag))
    void this.queue.read()
  }

  async openNext(): Promise<void> {
    if (this.library.stale) await this.try(() => this.library.read())
    const next = this.library.nextToReview(this.review.media)
    if (next === null) this.notices.news('No other media waits for review.')
    else await this.openMedia(next)
  }

  importFiles(paths?: string[]): void {
    void this.try(() => this.#api.importFiles(paths))
  }

  importFolder(): void {
    void this.try(() => this.#api.importFolder())
  }

  /** Goes on with the media that is selected among the jobs. What costs money is only spent by asking. */
  resume(): void {
    const { selected, detail } = this.stages
    const unpaid = detail.value?.stages.find(({ name, state }) => name === 'annotate' && (state === 'failed' || state === 'stopped'))
    if (selected !== null) void this.try(() => this.stages.resume([selected]))
    if (unpaid) this.notices.news('What a model was asked is not asked again by itself: ask it, and answers that were paid for are kept.')
  }

  align(): void {
    const media = this.review.media
    if (media !== null) void this.try(() => this.#api.align(media))
  }

  transcribe(): void {
    const media = this.review.media
    if (media !== null) void this.try(() => this.#api.transcribe(media))
  }

  readText(): void {
    const media = this.review.media
    if (media !== null) void this.try(() => this.#api.readText(media))
  }

  async relocate(): Promise<void> {
    const media = this.review.media
    if (media === null) return
    const found = await this.try(() => this.#api.relocate(media))
    if (found === null) return
    if (!found) this.notices.news('No file with the same content lies in that folder.')
    await this.try(() => this.review.reread())
    this.#libraryChanged()
  }

  async attachDocuments(paths?: string[]): Promise<void> {
    const media = this.review.media
    if (media === null) return
    const attached = await this.try(() => this.#api.attachDocuments(media, paths))
    if (!attached) return
    this.side = 'documents'
    await this.writes.write(() => Promise.resolve(attached.changed))
    for (const failure of attached.failures) this.notices.failed(new Error(failure))
  }

  /** Undo brings it back. */
  detachDocument(): void {
    const row = this.review.documents.row
    if (row) void this.review.apply({ op: 'detach_document', id: row.id }).then((done) => done && this.notices.say(`Detached ${row.name}. Undo brings it back.`))
  }

  async export(kind: ExportKind): Promise<void> {
    const media = this.review.media
    if (media === null) return
    const path = await this.try(() => this.#api.exportMedia(media, kind))
    if (path) this.notices.news(`Written to ${path}`)
  }

  undo(): void {
    void this.#turn('Undone', 'undo')
  }

  redo(): void {
    void this.#turn('Done again', 'redo')
  }

  cancelJob(id: number): void {
    void this.try(() => this.#api.cancelJob(id))
  }

  /** What is being typed is written first: it is the last step. */
  async #turn(word: string, way: 'undo' | 'redo'): Promise<void> {
    if (!(await this.review.text.settle())) return
    const clause = this.writes[way]
    const done = await this.writes.write(() => this.#api[way]())
    if (done && clause) this.notices.say(`${word}: ${clause}.`)
  }

  /** Reads everything again: a merge may have changed any of it. */
  async reread(): Promise<void> {
    this.#libraryChanged()
    await this.try(() => this.review.reread())
  }

  /** A write says what it made stale; nothing else is read again. */
  async #changed(changed: Changed): Promise<void> {
    if (changed.stale.includes('library')) this.#libraryChanged()
    this.review.forgetAhead(changed.media)
    this.queue.changed(changed)
    if (changed.stale.includes('words')) this.search.again()
    this.#sideChanged()
    if (changed.media === null || changed.media === this.review.media) await this.review.refresh(changed.stale, changed.touched)
    this.tuning.changed()
    this.lab.changed()
    this.grid.changed()
    await this.merge.read()
  }

  /** The library may be long: it is read again only where it is seen. */
  #libraryChanged(): void {
    if (this.room === 'jobs') void this.try(() => this.stages.show())
    if (this.room === 'library') void this.try(() => this.library.read())
    else this.library.stale = true
  }

  /** What stands beside the room is read again after a moment of rest: nobody reads it while they type. */
  #sideChanged(): void {
    clearTimeout(this.#rest)
    if (this.side === null) return
    this.#rest = setTimeout(() => {
      if (this.side === 'history') void this.try(() => this.history.reread())
      if (this.side === 'analytics') void this.try(() => this.analytics.reread())
    }, SIDE_RESTS_MS)
  }

  #reread({ media: changed, state }: JobEvent): void {
    for (const media of changed) this.review.forgetAhead(media)
    void this.queue.read()
    this.tuning.changed()
    this.lab.changed()
    this.#sideChanged()
    // Work that found nothing to do changed nothing.
    if (changed.length > 0 || state !== 'done') this.#libraryChanged()
    const media = this.review.media
    if (media !== null && changed.includes(media)) void this.try(() => this.review.reread())
  }

  #finished(job: JobEvent): void {
    const { changed } = job
    if (changed) void this.try(() => this.#changed(changed))
    else this.#reread(job)
    for (const note of job.notes) this.notices.note(note)
    if (this.jobs.all.some(({ id }) => id === job.id)) this.notices.say(`${job.title}: ${job.state}.`)
  }
}
