import type { Api } from '../api/api'
import type { LabView } from '../api/generated/LabView'
import type { Desk } from '../desk/desk.svelte'
import { Editor } from './edit/editor.svelte'
import { rowsOf, type VersionRow } from './rows'
import { Sets } from './sets/sets.svelte'

/** What the list on the left holds. */
export type Listed = 'versions' | 'sets' | 'runs'

const NOTHING: LabView = { versions: [], sets: [], runs: [], models: [] }

/** Where prompts are written, tried and held against each other: what there is, and which of it is looked at. */
export class Lab {
  view = $state.raw<LabView>(NOTHING)
  /** Whether the room shows a prompt, or what a run brought. */
  part = $state<'write' | 'compare'>('write')
  list = $state<Listed>('versions')
  /** Id of the run that is looked at. */
  run = $state<string | null>(null)
  /** Id of the clip set that is looked at, and whose clips a prompt is tried on. */
  set = $state<string | null>(null)
  editor: Editor
  sets: Sets
  #stale = true
  #reads = 0
  /** The same draft twice would be two versions. */
  #keeping = false
  #api: Api
  #desk: Desk

  /** Prompts to choose from: drafts that are no version yet, then all versions. */
  rows = $derived.by((): VersionRow[] => rowsOf(this.view.versions, this.editor.drafts.all))
  setRow = $derived(this.view.sets.find(({ id }) => id === this.set) ?? null)

  constructor(api: Api, desk: Desk) {
    this.#api = api
    this.#desk = desk
    this.editor = new Editor(api, { review: desk.review, notices: desk.notices, models: () => this.view.models, clips: () => this.setRow?.set.clips ?? [] })
    this.sets = new Sets(api)
  }

  /** Reads what the room shows, unless nothing was written since. */
  async show(): Promise<void> {
    if (this.#stale) await this.refresh()
    this.editor.begin()
  }

  /** Any write may say something of a clip set, and of what a prompt would be told. It is read again where it is seen. */
  changed(): void {
    this.#stale = true
    if (this.#desk.room === 'lab') void this.#desk.try(() => this.show())
  }

  clear(): void {
    this.#stale = true
    this.#reads++
    this.view = NOTHING
    this.part = 'write'
    this.list = 'versions'
    this.run = null
    this.set = null
    this.editor.close()
    this.sets.close()
    this.editor.drafts.load(this.#desk.project?.path ?? '')
  }

  /** Reads versions, clip sets and runs again. */
  async refresh(): Promise<void> {
    const mine = ++this.#reads
    this.#stale = false
    const view = await this.#api.lab()
    if (mine !== this.#reads) return
    this.view = view
    this.run ??= view.runs[0]?.id ?? null
    this.set ??= view.sets[0]?.id ?? null
    const { key } = this.editor
    if (key === null || !this.rows.some((row) => row.key === key)) {
      const first = this.#latest()
      if (first) await this.editor.open(first.key)
    } else this.editor.ask()
  }

  /** What was worked on last: a draft, else the newest version. */
  #latest(): VersionRow | undefined {
    const made = [...this.rows].sort((a, b) => b.at_us - a.at_us).find(({ at_us }) => at_us > 0)
    return this.rows.find(({ draft }) => draft) ?? made ?? this.rows.find(({ task }) => task === 'describe') ?? this.rows[0]
  }

  /** Turns to another list, and to what it lists. */
  turn(list: Listed): void {
    this.list = list
    this.part = list === 'runs' ? 'compare' : 'write'
  }

  /** Looks at a run. */
  choose(run: string): void {
    this.run = run
    this.set = this.view.runs.find(({ id }) => id === run)?.set ?? this.set
    this.list = 'runs'
    this.part = 'compare'
  }

  /** Looks at a version, as far as it was changed. */
  async open(key: string): Promise<void> {
    this.part = 'write'
    this.list = 'versions'
    await this.editor.open(key)
  }

  chooseSet(id: string): void {
    this.set = id
    this.sets.making = false
  }

  /** The row after or before the one that is looked at, in the list that is shown. */
  move(by: 1 | -1): void {
    const [ids, now, go] = {
      versions: () => [this.rows.map(({ key }) => key), this.editor.key, (key: string) => void this.#desk.try(() => this.open(key))] as const,
      sets: () => [this.view.sets.map(({ id }) => id), this.set, (id: string) => this.chooseSet(id)] as const,
      runs: () => [this.view.runs.map(({ id }) => id), this.run, (id: string) => this.choose(id)] as const,
    }[this.list]()
    const to = ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(now ?? '') + by))]
    if (to !== undefined && to !== now) go(to)
  }

  /** Whether what is made here can be kept now. */
  get keepable(): boolean {
    return this.list === 'sets' ? this.sets.making && this.sets.wrong === null && !this.sets.busy : this.part === 'write' && this.editor.changed && this.editor.stopped === null
  }

  /** Keeps the draft as a version, or the clips that were ticked as a set. */
  async keep(): Promise<void> {
    if (!this.keepable || this.#keeping) return
    this.#keeping = true
    try {
      await (this.list === 'sets' ? this.#keepSet() : this.#keepPrompt())
    } finally {
      this.#keeping = false
    }
  }

  async #keepPrompt(): Promise<void> {
    const id = await this.editor.keep()
    await this.refresh()
    await this.open(id)
    this.#desk.notices.say(`Kept as ${this.view.versions.find((row) => row.id === id)?.label ?? 'a version'}.`)
  }

  async #keepSet(): Promise<void> {
    const id = await this.sets.keep()
    await this.refresh()
    this.chooseSet(id)
    this.#desk.notices.say(`The clip set ${this.setRow?.set.name ?? ''} is kept. Its truth is as it stands now.`)
  }

  /** Forgets what was changed in the prompt, and looks at what is left. */
  async discard(): Promise<void> {
    if (this.editor.discard() !== null) return
    const first = this.#latest()
    if (first) await this.open(first.key)
  }

  /** Begins a clip set of its own. */
  async startSet(): Promise<void> {
    this.turn('sets')
    await this.sets.begin()
  }

  async importPrompt(): Promise<void> {
    const id = await this.#api.importPrompt()
    if (id === null) return
    await this.refresh()
    await this.open(id)
  }

  /** Writes the version that is looked at to a file. */
  async exportPrompt(): Promise<void> {
    const { version } = this.editor
    if (version === null || this.editor.changed) return
    const path = await this.#api.exportPrompt(version)
    if (path !== null) this.#desk.notices.news(`Written to ${path}`)
  }
}
