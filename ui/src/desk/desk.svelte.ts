import type { Api, ExportKind, JobEvent, Start } from '../api/api'
import type { Changed } from '../api/generated/Changed'
import type { ProjectView } from '../api/generated/ProjectView'
import { Jobs } from '../jobs/jobs.svelte'
import { Library } from '../library/library.svelte'
import { Merge } from '../merge/merge.svelte'
import { Review } from '../review/review.svelte'
import { Notices } from './notices.svelte'
import type { RoomId } from './room'
import { Theme } from './theme.svelte'
import { Writes } from './writes.svelte'

/** The window: which room is open, the project behind it, and the state of every room. */
export class Desk {
  project = $state.raw<ProjectView | null>(null)
  room = $state<RoomId>('library')
  /** What floats over the room. */
  overlay = $state<'palette' | 'keys' | 'export' | null>(null)
  /** Files are being dragged over the window. */
  dropping = $state(false)
  started = $state(false)
  notices = new Notices()
  writes: Writes
  theme = new Theme()
  library: Library
  review: Review
  jobs: Jobs
  merge: Merge
  #api: Api

  constructor(api: Api) {
    this.#api = api
    this.writes = new Writes(this.notices, (changed) => this.#changed(changed))
    this.library = new Library(api)
    this.review = new Review(api, this.writes, this.notices)
    this.merge = new Merge(api, this)
    this.jobs = new Jobs((job) => this.#finished(job))
    api.onJob((event) => this.jobs.seen(event))
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
    this.merge.clear()
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
  }

  async openMedia(media: string): Promise<void> {
    this.room = 'review'
    this.library.selected = media
    if (this.review.media !== media) await this.try(() => this.review.open(media))
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

  align(): void {
    const media = this.review.media
    if (media !== null) void this.try(() => this.#api.align(media))
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

  async export(kind: ExportKind): Promise<void> {
    const media = this.review.media
    if (media === null) return
    const path = await this.try(() => this.#api.exportMedia(media, kind))
    if (path) this.notices.news(`Written to ${path}`)
  }

  undo(): void {
    this.#turn('Undone', this.writes.undo, () => this.#api.undo())
  }

  redo(): void {
    this.#turn('Done again', this.writes.redo, () => this.#api.redo())
  }

  cancelJob(id: number): void {
    void this.try(() => this.#api.cancelJob(id))
  }

  #turn(word: string, clause: string | null, call: () => Promise<Changed>): void {
    void this.writes.write(call).then((done) => {
      if (done && clause) this.notices.say(`${word}: ${clause}.`)
    })
  }

  /** Reads everything again: a merge may have changed any of it. */
  async reread(): Promise<void> {
    this.#libraryChanged()
    await this.try(() => this.review.reread())
  }

  /** A write says what it made stale; nothing else is read again. */
  async #changed(changed: Changed): Promise<void> {
    if (changed.stale.includes('library')) this.#libraryChanged()
    if (changed.media === null || changed.media === this.review.media) await this.review.refresh(changed.stale, changed.touched)
    await this.merge.read()
  }

  /** The library may be long: it is read again only where it is seen. */
  #libraryChanged(): void {
    if (this.room === 'library') void this.try(() => this.library.read())
    else this.library.stale = true
  }

  #finished(job: JobEvent): void {
    this.#libraryChanged()
    const media = this.review.media
    if (media !== null && job.media.includes(media)) void this.try(() => this.review.reread())
    for (const note of job.notes) this.notices.note(note)
    if (this.jobs.all.some(({ id }) => id === job.id)) this.notices.say(`${job.title}: ${job.state}.`)
  }
}
