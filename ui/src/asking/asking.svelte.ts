import type { Api } from '../api/api'
import type { AskEstimate } from '../api/generated/AskEstimate'
import type { AskWish } from '../api/generated/AskWish'
import type { DocumentRow } from '../api/generated/DocumentRow'
import type { SpeechWish } from '../api/generated/SpeechWish'
import type { Task } from '../api/generated/Task'
import type { TaskView } from '../api/generated/TaskView'
import { SvelteSet } from 'svelte/reactivity'
import { sentence } from '../api'

/** The tasks in the order of their keys. */
export const TASKS: { id: Task; label: string }[] = [
  { id: 'describe', label: 'Describe' },
  { id: 'text', label: 'Text on screen' },
  { id: 'answer', label: 'Answer a question' },
  { id: 'summarise', label: 'Summarise' },
  { id: 'moderate', label: 'Moderate' },
  { id: 'extract', label: 'Extract records' },
]

/** Which media a question is about: the one at hand, or all that the room shows. */
export interface About {
  one: { id: string; name: string }
  shown: string[]
}

/** A question to a service that is paid, before it is put. */
export class Asking {
  about = $state.raw<About | null>(null)
  all = $state(false)
  task = $state<Task>('describe')
  view = $state.raw<TaskView | null>(null)
  model = $state<string | null>(null)
  question = $state('')
  schema = $state('')
  video = $state(false)
  fresh = $state(false)
  /** Embedding model that what is told of speech is compared with it by; null for none. Kept for the tasks that tell of speech. */
  compareBy = $state<string | null>(null)
  /** Documents of the one media. */
  documents = $state.raw<DocumentRow[]>([])
  /** Those of them that do not go along. */
  leftOut = new SvelteSet<string>()
  language = $state('en-US')
  several = $state(false)
  speakers = $state<number | null>(null)
  channels = $state(false)
  vocabulary = $state('')
  estimate = $state.raw<AskEstimate | null>(null)
  /** What the estimate is for; another question has another one. */
  #estimated = $state('')
  busy = $state(false)
  wrong = $state<string | null>(null)
  #api: Api
  #preferred: () => string
  #ticket = 0

  /** As `compareBy`, where the task tells of speech and the model is known. */
  comparing = $derived(this.view?.compare_by.some(({ id }) => id === this.compareBy) ? this.compareBy : null)
  media = $derived(this.about === null ? [] : this.all ? this.about.shown : [this.about.one.id])

  constructor(api: Api, preferred: () => string) {
    this.#api = api
    this.#preferred = preferred
  }

  /** Begins anew over these media. */
  async open(about: About, speech: boolean): Promise<void> {
    this.about = about
    this.all = false
    this.estimate = null
    this.wrong = null
    this.busy = false
    this.documents = []
    this.leftOut.clear()
    if (!speech) await Promise.all([this.choose(this.task), this.#enclose(about.one.id)])
  }

  async #enclose(media: string): Promise<void> {
    try {
      const documents = await this.#api.documents(media)
      if (this.about?.one.id === media) this.documents = documents
    } catch (error) {
      this.wrong = sentence(error)
    }
  }

  /** Whether a document goes along. */
  enclose(id: string, along: boolean): void {
    if (along) this.leftOut.delete(id)
    else this.leftOut.add(id)
  }

  /** Takes a task; the models are ranked anew. */
  async choose(task: Task): Promise<void> {
    this.task = task
    const mine = ++this.#ticket
    try {
      const view = await this.#api.task(task, this.media.slice(0, 1))
      if (mine !== this.#ticket) return
      this.view = view
      const can = view.models.filter(({ against }) => against.length === 0)
      this.model = (can.find(({ id }) => id === this.#preferred()) ?? can[0])?.id ?? null
      this.wrong = view.blocked
    } catch (error) {
      if (mine === this.#ticket) this.wrong = sentence(error)
    }
  }

  wish(): AskWish {
    const { media, task, question, schema, fresh, comparing } = this
    const video = this.video && this.view?.models.find(({ id }) => id === this.model)?.video === true
    return { media: [...media], task, model: this.model ?? '', question, schema, video, fresh, left_out: [...this.leftOut].sort(), compare_by: comparing }
  }

  speechWish(): SpeechWish {
    const { media, language, several, speakers, channels, vocabulary } = this
    return { media: [...media], language, several, speakers, channels, vocabulary }
  }

  /** Whether what is shown as an estimate is that of the question as it stands. */
  isEstimated(speech: boolean): boolean {
    return this.estimate !== null && this.#estimated === this.#key(speech)
  }

  #key(speech: boolean): string {
    return JSON.stringify(speech ? this.speechWish() : this.wish())
  }

  async reckon(speech: boolean): Promise<void> {
    const key = this.#key(speech)
    this.busy = true
    this.wrong = null
    try {
      const estimate = speech ? await this.#api.estimateSpeech(this.speechWish()) : await this.#api.estimateAsk(this.wish())
      this.estimate = estimate
      this.#estimated = key
    } catch (error) {
      this.wrong = sentence(error)
    } finally {
      this.busy = false
    }
  }

  /** Starts the job; true where it was taken. */
  async put(speech: boolean): Promise<boolean> {
    this.wrong = null
    try {
      await (speech ? this.#api.askSpeech(this.speechWish()) : this.#api.ask(this.wish()))
      return true
    } catch (error) {
      this.wrong = sentence(error)
      return false
    }
  }
}
