import type { Api } from '../api/api'
import type { ConflictsView } from '../api/generated/ConflictsView'
import type { ConflictView } from '../api/generated/ConflictView'
import type { DifferingView } from '../api/generated/DifferingView'
import type { Desk } from '../desk/desk.svelte'
import { Reading } from '../desk/reading.svelte'
import { count } from '../shared/time'

/** Several reviewers: what they differ on, which of it is selected, and how far they agree. */
export class Merge {
  view = new Reading<ConflictsView>()
  /** The panel is shown. */
  open = $state(false)
  selected = $state<string | null>(null)
  conflicts = $derived(this.view.value?.conflicts ?? [])
  agreement = $derived(this.view.value?.agreement ?? null)
  at = $derived(this.conflicts.findIndex((conflict) => conflict.id === this.selected))
  conflict = $derived(this.conflicts[this.at] ?? null)
  #api: Api
  #desk: Desk

  constructor(api: Api, desk: Desk) {
    this.#api = api
    this.#desk = desk
  }

  async show(): Promise<void> {
    this.open = true
    await this.read()
  }

  hide(): void {
    this.open = false
  }

  /** Another project is open: nothing of this one is left to show. */
  clear(): void {
    this.open = false
    this.selected = null
    this.view.clear()
  }

  /** Any write may settle a conflict or make an opinion; the panel is small, so that it is read as a whole while it is shown. */
  async read(): Promise<void> {
    if (!this.open) return
    const before = this.at
    await this.#desk.try(() => this.view.read(() => this.#api.conflicts()))
    if (this.conflict === null) this.selected = (this.conflicts[Math.max(0, before)] ?? this.conflicts.at(-1))?.id ?? null
  }

  /** Brings another copy in, and shows what it brought. */
  async merge(path?: string): Promise<void> {
    const merged = await this.#desk.try(() => this.#api.mergeCopy(path))
    if (!merged) return
    const events = merged.brought.reduce((sum, { events }) => sum + events, 0)
    const people = merged.brought.map(({ by, events }) => `${count(events)} ${by || 'by the machine'}`).join(', ')
    const outdated = merged.outdated > 0 ? ` ${count(merged.outdated)} of them speak of a transcript that was replaced.` : ''
    const conflicts = merged.conflicts.length
    const differ = conflicts > 0 ? ` ${count(conflicts)} ${conflicts === 1 ? 'conflict waits' : 'conflicts wait'} for a decision.` : ''
    this.#desk.notices.news(events === 0 ? 'The copy holds nothing that is not here already.' : `${count(events)} events came: ${people}.${outdated}${differ}`)
    await this.#desk.reread()
    await this.show()
    if (merged.conflicts[0]) this.selected = merged.conflicts[0].id
  }

  async copy(): Promise<void> {
    const path = await this.#desk.try(() => this.#api.copyProject())
    if (path) this.#desk.notices.news(`Copied to ${path}`)
  }

  /** Goes to the next conflict and shows where it is. */
  async move(by: 1 | -1): Promise<void> {
    if (!this.open) await this.show()
    else if (this.conflicts.length > 0) {
      const to = this.at < 0 ? (by > 0 ? 0 : this.conflicts.length - 1) : (this.at + by + this.conflicts.length) % this.conflicts.length
      this.selected = this.conflicts[to]?.id ?? null
    }
    if (!this.conflict) return this.#desk.notices.say('No conflicts.')
    this.#desk.notices.say(this.#describe(this.conflict))
    await this.jump(this.conflict)
  }

  select(id: string): void {
    this.selected = id
    if (this.conflict) void this.jump(this.conflict)
  }

  /** Puts the nth side of the selected conflict in force and goes on to the next conflict. */
  async pick(side: number): Promise<void> {
    const conflict = this.conflict
    const picked = conflict?.sides[side]
    if (!conflict || !picked) return
    if (!(await this.#desk.writes.write(() => this.#api.adjudicate(conflict.id, picked.event)))) return
    const next = this.conflict
    this.#desk.notices.say(`${picked.by}: ${picked.values.join(', ')}. ${next ? this.#describe(next) : 'No more conflicts.'}`)
  }

  /** Shows the place of a conflict on the desk. */
  async jump({ media, at_us, word, flag, annotation }: ConflictView): Promise<void> {
    if (media) await this.#goto(media.id, at_us, { word, flag, annotation })
  }

  async jumpToFlag({ media, at_us, flag }: DifferingView): Promise<void> {
    await this.#goto(media.id, at_us, { word: null, flag, annotation: null })
  }

  async #goto(media: string, at_us: number | null, { word, flag, annotation }: { word: number | null; flag: string | null; annotation: string | null }): Promise<void> {
    await this.#desk.openMedia(media)
    const review = this.#desk.review
    if (flag !== null) review.selectFlag(flag)
    else if (word !== null) review.selectWord(word)
    else if (annotation !== null) review.select({ annotation })
    if (at_us !== null && flag === null && word === null) review.player.seek(at_us)
  }

  #describe({ about, sides }: ConflictView): string {
    return `${about.join(', ')}: ${sides.map(({ by, values }) => `${by || 'the machine'} ${values.join(', ')}`).join('; ')}`
  }
}
