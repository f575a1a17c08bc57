import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { sentence } from '../../api'
import type { Api } from '../../api/api'
import type { PromptRow } from '../../api/generated/PromptRow'
import type { RunEstimate } from '../../api/generated/RunEstimate'
import type { RunPlan } from '../../api/generated/RunPlan'
import type { RunRow } from '../../api/generated/RunRow'
import type { Task } from '../../api/generated/Task'
import type { Variant } from '../../api/generated/Variant'
import type { VariantHead } from '../../api/generated/VariantHead'
import type { Host } from './grid.svelte'
import { MOST } from './looks'

/** A plan that is still being changed is not reckoned: it rests this long before it is. */
const RESTS_MS = 350
const TEMPERATURE = /^(0(\.\d+)?|1(\.0+)?)$/

const once = <T>(all: readonly T[]) => all.filter((one, i) => all.indexOf(one) === i)
/** What a person wrote last; null where nobody wrote any. */
function newest(rows: readonly PromptRow[]): PromptRow | null {
  return rows.reduce<PromptRow | null>((last, row) => (row.at_us > (last?.at_us ?? 0) ? row : last), null)
}

export const keyOf = ({ version, model, temperature }: Variant) => `${version} ${model} ${temperature ?? ''}`

/** A run that shall be made: versions, models and temperatures, each with each, and what that comes to. */
export class Planning {
  name = $state('')
  set = $state<string | null>(null)
  task = $state<Task | null>(null)
  versions = new SvelteSet<string>()
  models = new SvelteSet<string>()
  /** Apart by commas; empty where each version's own holds. */
  temperatures = $state('')
  /** Variants that are left out. */
  leftOut = new SvelteSet<string>()
  repeats = $state(1)
  question = $state('')
  schema = $state('')
  busy = $state(false)
  wrong = $state<string | null>(null)
  estimate = $state.raw<RunEstimate | null>(null)
  /** What runs of this session were to cost at most, by their ids. */
  before = new SvelteMap<string, number | null>()
  /** What the estimate is for; another plan has another one. */
  #estimated = $state('')
  #rest: ReturnType<typeof setTimeout> | undefined
  #again = false
  #starts = false
  #api: Api
  #desk: Host

  rows = $derived.by(() => this.#desk.lab.view.versions.filter(({ task }) => task === this.task))
  tasks = $derived.by(() => once(this.#desk.lab.view.versions.map(({ task }) => task)))
  misread = $derived(this.temperatures.split(',').map((text) => text.trim()).filter((text) => text !== '' && !TEMPERATURE.test(text)))
  /** Each with each; a model that takes no temperature is there once. */
  product = $derived.by((): Variant[] => {
    const said = this.temperatures.split(',').map((text) => text.trim()).filter((text) => TEMPERATURE.test(text)).map(Number)
    const wanted = said.length > 0 ? once(said) : [null]
    return this.rows.filter(({ id }) => this.versions.has(id)).flatMap(({ id: version }) =>
      this.#desk.lab.view.models.filter(({ id }) => this.models.has(id)).flatMap(({ id: model, temperature }) => (temperature ? wanted : [null]).map((one) => ({ version, model, temperature: one }))),
    )
  })
  variants = $derived(this.product.filter((variant) => !this.leftOut.has(keyOf(variant))))
  /** What is missing before anything can be reckoned; null where nothing is. */
  missing = $derived.by((): string | null => {
    if (this.set === null) return 'Choose a clip set.'
    if (this.versions.size === 0 || this.models.size === 0) return 'Choose at least one version and one model.'
    const [bad] = this.misread
    if (bad !== undefined) return `${bad} is no temperature: write it like 0 or 0.7, several apart by commas.`
    if (this.variants.length === 0) return 'All variants are left out: take one back in.'
    if (this.variants.length > MOST) return `These are ${this.variants.length} variants, and a run has ${MOST} at most: leave some out.`
    if (this.task === 'answer' && this.question.trim() === '') return 'Write the question that is to be answered.'
    if (this.task === 'extract' && this.schema.trim() === '') return 'Write the JSON schema of a record.'
    return null
  })
  key = $derived.by(() => JSON.stringify(this.plan()))
  isEstimated = $derived(this.estimate !== null && this.#estimated === this.key)
  beyond = $derived.by(() => {
    const { estimate } = this
    return estimate !== null && estimate.left !== null && estimate.at_most !== null && estimate.at_most > estimate.left
  })
  ready = $derived(this.missing === null && this.isEstimated && !this.busy && (this.estimate?.tries ?? 0) > 0)

  constructor(api: Api, desk: Host) {
    this.#api = api
    this.#desk = desk
  }

  clear(): void {
    clearTimeout(this.#rest)
    this.versions.clear()
    this.models.clear()
    this.leftOut.clear()
    this.set = null
    this.task = null
    this.estimate = null
    this.wrong = null
    ;[this.name, this.question, this.schema, this.temperatures, this.repeats] = ['', '', '', '', 1]
    this.before.clear()
  }

  /** Begins where the last plan was left; at first with the task of what was written last. */
  open(): void {
    const { view, set } = this.#desk.lab
    this.wrong = null
    // What was spent and kept since would make another one of it.
    this.estimate = null
    if (!view.sets.some(({ id }) => id === this.set)) this.set = set ?? view.sets[0]?.id ?? null
    if (this.task === null) this.choose((newest(view.versions) ?? view.versions.find(({ task }) => task === 'describe') ?? view.versions[0])?.task ?? null)
    this.changed()
  }

  /** Another task has other versions: the one in use, and what was written last. */
  choose(task: Task | null): void {
    this.task = task
    this.versions.clear()
    this.leftOut.clear()
    const first = this.rows.find(({ promoted }) => promoted) ?? this.rows[0]
    const last = newest(this.rows)
    if (first) this.versions.add(first.id)
    if (last) this.versions.add(last.id)
    const own = this.#desk.lab.view.models.find(({ id }) => id === first?.model) ?? this.#desk.lab.view.models[0]
    if (this.models.size === 0 && own) this.models.add(own.id)
    this.changed()
  }

  toggle(of: 'versions' | 'models' | 'leftOut', id: string): void {
    if (!this[of].delete(id)) this[of].add(id)
    this.changed()
  }

  /** Reckons in a moment, where the plan is another one. */
  changed(): void {
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => void this.reckon(), RESTS_MS)
  }

  plan(): RunPlan {
    const name = this.name.trim() || this.usualName()
    const [question, schema] = [this.task === 'answer' ? this.question.trim() : '', this.task === 'extract' ? this.schema.trim() : '']
    return { name, set: this.set ?? '', variants: this.variants, repeats: this.repeats, question, schema }
  }

  /** What a run is called unless somebody names it: its versions. */
  usualName(): string {
    const labels = this.rows.filter(({ id }) => this.versions.has(id)).map(({ label }) => label)
    return labels.length > 0 ? labels.join(', ') : 'Run'
  }

  /** What the plan comes to. Reckoning is a job: one at a time, and after it once more where the plan changed meanwhile. */
  async reckon(): Promise<void> {
    if (this.missing !== null || this.isEstimated) return
    if (this.busy) {
      this.#again = true
      return
    }
    const key = this.key
    this.busy = true
    this.wrong = null
    try {
      const estimate = await this.#api.estimateRun(this.plan())
      if (estimate) [this.estimate, this.#estimated] = [estimate, key]
    } catch (error) {
      this.wrong = sentence(error)
    } finally {
      this.busy = false
    }
    const again = this.#again
    this.#again = false
    if (again) await this.reckon()
  }

  /** Makes the run; money is only spent on what was reckoned before. True where it was taken. */
  async start(): Promise<boolean> {
    if (!this.ready || this.#starts) return false
    this.#starts = true
    this.wrong = null
    try {
      const run = await this.#api.startRun(this.plan(), null)
      this.before.set(run, this.estimate?.at_most ?? null)
      await this.#desk.lab.refresh()
      this.#desk.lab.choose(run)
      return true
    } catch (error) {
      this.wrong = sentence(error)
      return false
    } finally {
      this.#starts = false
    }
  }

  /** Goes on with a run that was stopped; its own plan holds, and what was answered is kept. */
  async goOn(run: RunRow, heads: readonly VariantHead[]): Promise<void> {
    const variants = heads.map(({ version, model, temperature }) => ({ version, model, temperature }))
    await this.#api.startRun({ name: run.name, set: run.set, variants, repeats: run.repeats, question: '', schema: '' }, run.id)
    this.#desk.notices.say('Going on with the run.')
  }
}
