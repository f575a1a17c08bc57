import type { Api } from '../../api/api'
import type { ArchivePlaces } from '../../api/generated/ArchivePlaces'
import type { ArchiveRun } from '../../api/generated/ArchiveRun'
import type { ArchiveStarted } from '../../api/generated/ArchiveStarted'

/** How executions stand is asked for so often, in ms, while one runs and the room is open. */
const ASK_EVERY_MS = 5_000
/** Where an answer takes long, this many times as long passes before the next question: large archives take a while to count. */
const RESTS = 10

/** The executions over archives that this project started. */
export class Archives {
  runs = $state.raw<ArchiveRun[]>([])
  selected = $state<string | null>(null)
  run = $derived(this.runs.find(({ execution }) => execution === this.selected) ?? null)
  #api: Api
  #shown: () => boolean
  #failed: (error: unknown) => void
  #ticket = 0
  #next: ReturnType<typeof setTimeout> | undefined

  constructor(api: Api, shown: () => boolean, failed: (error: unknown) => void) {
    this.#api = api
    this.#shown = shown
    this.#failed = failed
  }

  /** Another project is open. */
  clear(): void {
    this.#ticket++
    clearTimeout(this.#next)
    this.runs = []
    this.selected = null
  }

  /** Shows what is known, then asks how it stands, again and again while the room is open. */
  async show(): Promise<void> {
    const mine = this.#begin()
    const known = await this.#api.archiveRuns(false)
    if (mine !== this.#ticket) return
    this.#take(known)
    if (known.length > 0) await this.#ask(mine)
  }

  #begin(): number {
    clearTimeout(this.#next)
    return ++this.#ticket
  }

  async #ask(mine: number): Promise<void> {
    const began = performance.now()
    const runs = await this.#api.archiveRuns(true)
    if (mine !== this.#ticket) return
    this.#take(runs)
    if (!runs.some(({ state }) => state === 'running')) return
    this.#next = setTimeout(() => {
      if (mine === this.#ticket && this.#shown()) this.#ask(mine).catch(this.#failed)
    }, Math.max(ASK_EVERY_MS, RESTS * (performance.now() - began)))
  }

  #take(runs: ArchiveRun[]): void {
    this.runs = runs
    if (!runs.some(({ execution }) => execution === this.selected)) this.selected = runs[0]?.execution ?? null
  }

  /** Moves the selection, round the end. */
  next(): void {
    const at = this.runs.findIndex(({ execution }) => execution === this.selected)
    this.selected = this.runs[(at + 1) % Math.max(1, this.runs.length)]?.execution ?? null
  }

  /** Begins an archive and starts an execution over it; null where it was cancelled. */
  async start(places: ArchivePlaces): Promise<ArchiveStarted | null> {
    const started = await this.#api.startArchive(places)
    if (!started) return null
    this.selected = started.run.execution
    this.#follow()
    return started
  }

  async stop({ execution }: ArchiveRun): Promise<void> {
    await this.#api.stopArchive(execution)
    this.#follow()
  }

  /** Takes one that has ended off the list. */
  async forget({ execution }: ArchiveRun): Promise<void> {
    await this.#api.forgetArchive(execution)
    await this.show()
  }

  /** A failure to ask is told by itself, and is none of what was done. */
  #follow(): void {
    this.show().catch(this.#failed)
  }

  /** Brings what is whole; a job. False where the person cancelled. */
  bring({ execution }: ArchiveRun, later: boolean): Promise<boolean> {
    return this.#api.bringArchive(execution, later)
  }
}

/** Whether an execution has results to bring, as far as is known. */
export const hasResults = (run: ArchiveRun | null): run is ArchiveRun => run !== null && run.whole !== 0
