import type { EditorState } from '@codemirror/state'
import { sentence } from '../../api'
import type { Api } from '../../api/api'
import type { LabModel } from '../../api/generated/LabModel'
import type { Clip } from '../../api/generated/Clip'
import type { Problem } from '../../api/generated/Problem'
import type { Prompt } from '../../api/generated/Prompt'
import type { PromptVersion } from '../../api/generated/PromptVersion'
import type { Rendered } from '../../api/generated/Rendered'
import type { Notices } from '../../desk/notices.svelte'
import type { Review } from '../../review/review.svelte'
import { money } from '../../shared/money'
import { Difference } from './difference.svelte'
import { Drafts, isSame } from './drafts.svelte'
import { Examples } from './examples.svelte'
import { faults } from './faults'
import { fieldOf, FIELDS, withText, type FieldId, type TextId } from './fields'
import { Trial } from './trial.svelte'

/** What stands below the text and the clip. */
export type Below = 'request' | 'answer' | 'problems' | 'difference'

/** What the editor reaches for beside its own. */
export interface Around {
  review: Review
  notices: Notices
  models: () => readonly LabModel[]
  /** Clips that a prompt can be tried on one after the other. */
  clips: () => readonly Clip[]
}

/** For so long nothing is typed before the request is rendered anew. */
export const REST_MS = 150

/** A prompt that is written: its text, what it would ask about a clip, and what is wrong with it. */
export class Editor {
  /** Id of the version that is looked at, or the key of a draft that belongs to none. */
  key = $state<string | null>(null)
  /** The version as it was kept; null where there is none. */
  base = $state.raw<PromptVersion | null>(null)
  draft = $state.raw<PromptVersion | null>(null)
  field = $state<FieldId>('system')
  below = $state<Below>('request')
  /** The line of the shown field that the caret shall go to. */
  goal = $state.raw<{ line: number } | null>(null)
  rendered = $state.raw<Rendered | null>(null)
  /** What is rendered is not yet, or can't be, that of the draft as it stands. */
  late = $state(false)
  /** Why nothing could be rendered. */
  failed = $state<string | null>(null)
  drafts = new Drafts()
  /** Texts as they were left, so that what was typed can be taken back after looking at another. */
  texts: Record<string, EditorState> = {}
  trial: Trial
  difference: Difference
  examples: Examples
  #opens = 0
  #ticket = 0
  #rest: ReturnType<typeof setTimeout> | undefined
  #api: Api
  #around: Around

  /** Id of the version that is looked at; null for a draft that belongs to none. */
  version = $derived(this.base === null ? null : this.key)
  changed = $derived(this.draft !== null && !(this.base !== null && isSame(this.base, this.draft)))
  faults = $derived(this.draft === null ? [] : faults(this.draft))
  problems = $derived([...this.faults, ...this.#told()])
  /** Why the draft can't be handed over as it stands. */
  stopped = $derived(this.faults.find(({ stops }) => stops)?.what ?? null)
  /** Models that the draft can be written for. */
  models = $derived.by(() => this.#around.models())
  model = $derived(this.models.find(({ id }) => id === this.draft?.model) ?? null)
  /** Whether the model can be asked about the clip now. */
  ready = $derived.by(() => this.draft !== null && this.trial.stretch !== null && !this.trial.asking && !this.problems.some(({ stops }) => stops))

  constructor(api: Api, around: Around) {
    this.#api = api
    this.#around = around
    this.trial = new Trial(api, around, () => this.ask())
    this.difference = new Difference(api, () => (this.below === 'difference' && this.stopped === null ? this.draft : null))
    this.examples = new Examples(api, this)
  }

  /** The clip that is at hand in Review comes along, where none is chosen here; else the first of the set. */
  begin(): void {
    if (this.trial.stretch === null) this.trial.takeFromReview()
    if (this.trial.stretch === null) this.trial.move(1)
  }

  close(): void {
    this.#opens++
    this.key = null
    this.base = null
    this.draft = null
    this.texts = {}
    this.#forget()
    this.trial.clear()
    this.examples.clear()
  }

  #forget(): void {
    this.#ticket++
    clearTimeout(this.#rest)
    this.rendered = null
    this.failed = null
    this.late = false
    this.goal = null
    this.difference.clear()
  }

  /** Looks at a version, as far as it was changed, or at a draft that belongs to none. */
  async open(key: string): Promise<void> {
    const mine = ++this.#opens
    const draft = this.drafts.all.get(key)
    const base = draft && draft.base === null ? null : await this.#api.promptVersion(key)
    if (mine !== this.#opens) return
    this.#forget()
    this.key = key
    this.base = base
    this.draft = draft?.version ?? base
    this.ask()
    if (this.below === 'difference') this.difference.begin(this.version)
  }

  /** A prompt of its own that begins as this one is. */
  startFrom(): void {
    const { draft } = this
    if (draft === null) return
    const key = this.drafts.fresh()
    this.#opens++
    this.#forget()
    this.key = key
    this.base = null
    this.write({ ...draft, prompt: { ...draft.prompt, version: 1, name: `${draft.prompt.name}-new` }, note: '' })
    this.field = 'about'
  }

  /** Takes another text of the draft; it is kept for the next start of the window. */
  write(version: PromptVersion): void {
    const { key, base } = this
    if (key === null) return
    this.draft = version
    if (base !== null && isSame(base, version)) this.drafts.drop(key)
    else this.drafts.set(key, { base: base === null ? null : key, version })
    this.ask()
  }

  setText(id: TextId, text: string): void {
    if (this.draft) this.write(withText(this.draft, id, text))
  }

  setPrompt(part: Partial<Prompt>): void {
    if (this.draft) this.write({ ...this.draft, prompt: { ...this.draft.prompt, ...part } })
  }

  set(part: Partial<PromptVersion>): void {
    if (this.draft) this.write({ ...this.draft, ...part })
  }

  /** Forgets what was changed. The key of what is left to look at; null where nothing is. */
  discard(): string | null {
    const { key, base } = this
    if (key === null) return null
    this.drafts.drop(key)
    if (base === null) {
      this.close()
      return null
    }
    this.#forget()
    this.draft = base
    this.ask()
    return key
  }

  /** Keeps the draft as a version; its id. */
  async keep(): Promise<string> {
    const { key, draft } = this
    if (key === null || draft === null) throw new Error('There is no draft that could be kept.')
    const id = await this.#api.keepPrompt(draft)
    // What was typed meanwhile goes on as a draft.
    if (this.draft === draft) this.drafts.drop(key)
    return id
  }

  /** What would be asked is reckoned anew once nothing is typed for a moment. */
  ask(): void {
    this.#ticket++
    this.late = true
    this.difference.ask()
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => void this.#render(), REST_MS)
  }

  async #render(): Promise<void> {
    const mine = ++this.#ticket
    const { draft, trial } = this
    if (draft === null || trial.stretch === null || this.stopped !== null) return
    try {
      const rendered = await this.#api.renderPrompt(draft, { ...trial.given }, trial.stretch)
      if (mine !== this.#ticket || rendered === null) return
      // What can't be asked leaves the request of before to be seen, as one of before.
      const stopped = rendered.problems.some(({ stops }) => stops)
      this.rendered = stopped ? { ...rendered, windows: this.rendered?.windows ?? [] } : rendered
      this.late = stopped
      this.failed = null
    } catch (error) {
      if (mine === this.#ticket) this.failed = sentence(error)
    }
  }

  #told(): Problem[] {
    return this.rendered?.problems ?? []
  }

  /** Asks the model about the clip, which may cost money. */
  async try(): Promise<void> {
    const { draft, trial } = this
    if (!this.ready || draft === null) return
    const tried = await trial.try(draft)
    if (tried === null) return
    const count = (standing: string) => tried.found.filter((mark) => mark.standing === standing).length
    const missed = tried.truth.filter(({ standing }) => standing === 'missed').length
    const judged = tried.truth.length > 0 ? `${count('matched')} matched, ${count('extra')} extra, ${missed} missed` : 'nobody said what is true here'
    this.#around.notices.say(`${tried.found.length} found: ${judged}. Paid ${money(tried.paid)}.`)
    // Answers that are kept now cost nothing again.
    this.ask()
  }

  moveField(by: 1 | -1): void {
    const at = FIELDS.findIndex(({ id }) => id === this.field)
    this.show(FIELDS[(at + by + FIELDS.length) % FIELDS.length]?.id ?? 'system')
  }

  show(field: FieldId): void {
    this.goal = null
    this.field = field
    if (field === 'examples') void this.examples.read()
  }

  turn(below: Below): void {
    this.below = below
    if (below === 'difference') this.difference.begin(this.version)
  }

  /** Goes to where a problem is. */
  goTo(problem: Problem): void {
    const field = fieldOf(problem)
    if (field === null) return this.trial.point()
    this.show(field)
    this.goal = { line: problem.line ?? 1 }
  }

  #at = -1
  /** Goes to the next problem, round the end. */
  nextProblem(): void {
    const { problems } = this
    this.#at = (this.#at + 1) % Math.max(1, problems.length)
    const problem = problems[this.#at]
    if (!problem) return
    this.goTo(problem)
    this.#around.notices.say(problem.what)
  }
}
