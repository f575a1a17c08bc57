import type { Api } from '../api/api'
import type { Desk } from '../desk/desk.svelte'
import { Reading } from '../desk/reading.svelte'
import { goTo } from '../side/place'
import type { ExamplesView, PhraseExample, PhraseRow, VocabularyView } from './types'

/** Examples that are listed, and written to a file. */
const EXAMPLES = 20
/** What is heard behind a phrase, so that it does not end in the middle of it. */
const AFTER_US = 1_000_000

export type SectionId = 'sound' | 'vocabulary' | 'examples'

/** What corrections teach the next run: phrases for the recogniser, and stretches to show a model. */
export class Preprocessing {
  vocabulary = new Reading<VocabularyView>()
  examples = new Reading<ExamplesView>()
  /** Phrases are listed that were corrected at least so often. */
  least = $state(2)
  /** The language that was chosen; null leaves it to the phrases. */
  chosen = $state<string | null>(null)
  /** Which sections are folded. */
  folded = $state<Record<SectionId, boolean>>({ sound: false, vocabulary: false, examples: false })
  /** Rows that the keys act on. */
  phraseAt = $state(0)
  exampleAt = $state(0)
  #stale = true
  #api: Api
  #desk: Desk

  languages = $derived([...(this.vocabulary.value?.phrases ?? []), ...(this.vocabulary.value?.left_out ?? [])].map(({ language }) => language).filter((language, i, all) => all.indexOf(language) === i).sort())
  language = $derived(this.chosen !== null && this.languages.includes(this.chosen) ? this.chosen : (this.languages[0] ?? null))
  phrases = $derived((this.vocabulary.value?.phrases ?? []).filter(({ language }) => language === this.language))
  left_out = $derived((this.vocabulary.value?.left_out ?? []).filter(({ language }) => language === this.language))
  phrase = $derived<PhraseRow | null>(this.phrases[Math.min(this.phraseAt, this.phrases.length - 1)] ?? null)
  bytes = $derived(this.language === null ? 0 : (this.vocabulary.value?.bytes[this.language] ?? 0))
  tooLarge = $derived(this.bytes > (this.vocabulary.value?.most_bytes ?? Infinity))
  example = $derived(this.examples.value?.examples[Math.min(this.exampleAt, (this.examples.value?.examples.length ?? 0) - 1)] ?? null)

  constructor(api: Api, desk: Desk) {
    this.#api = api
    this.#desk = desk
  }

  /** Reads what is shown, unless nothing was written since. */
  async show(): Promise<void> {
    if (this.#stale) await this.read()
  }

  async read(): Promise<void> {
    this.#stale = false
    await Promise.all([this.#readVocabulary(), this.examples.read(() => this.#api.examples(EXAMPLES))])
  }

  async #readVocabulary(): Promise<void> {
    await this.vocabulary.read(() => this.#api.vocabulary(this.least))
  }

  /** Any write may say something; it is read again where it is seen. */
  changed(): void {
    this.#stale = true
  }

  clear(): void {
    this.#stale = true
    this.chosen = null
    this.phraseAt = 0
    this.exampleAt = 0
    this.vocabulary.clear()
    this.examples.clear()
  }

  async ask(least: number): Promise<void> {
    this.least = Math.max(1, Math.round(least) || 1)
    this.phraseAt = 0
    await this.#desk.try(() => this.#readVocabulary())
  }

  movePhrase(by: number): void {
    this.phraseAt = Math.max(0, Math.min(this.phrases.length - 1, this.phraseAt + by))
  }

  moveExample(by: number): void {
    this.exampleAt = Math.max(0, Math.min((this.examples.value?.examples.length ?? 0) - 1, this.exampleAt + by))
  }

  /** Leaves the selected phrase out of the vocabulary, or takes it back in. */
  async skip(): Promise<void> {
    const { phrase } = this
    if (!phrase) return
    const skip = phrase.skipped === null
    const done = await this.#desk.writes.write(() => this.#api.applyProject({ op: 'skip_phrase', language: phrase.language, phrase: phrase.display, skip }))
    if (done) this.#desk.notices.say(skip ? `“${phrase.display}” is left out.` : `“${phrase.display}” is in the vocabulary again.`)
  }

  /** Opens the review desk where a phrase was corrected, and plays it. */
  async openPhrase(example: PhraseExample | undefined = this.phrase?.examples[0]): Promise<void> {
    if (example) await this.#play(example.media.id, example.start_us, example.end_us + AFTER_US)
  }

  async openExample(): Promise<void> {
    const { example } = this
    if (example) await this.#play(example.media.id, example.start_us, example.end_us)
  }

  async #play(media: string, start_us: number, end_us: number): Promise<void> {
    await goTo(this.#desk, media, { at_us: start_us, word: null, flag: null, annotation: null })
    if (this.#desk.review.media === media) this.#desk.review.player.playSpan(start_us, end_us)
  }

  async exportVocabulary(): Promise<void> {
    const { language } = this
    if (language !== null) await this.#written(() => this.#api.exportVocabulary(this.least, language))
  }

  async exportExamples(): Promise<void> {
    await this.#written(() => this.#api.exportExamples(EXAMPLES))
  }

  async #written(call: () => Promise<string | null>): Promise<void> {
    const path = await this.#desk.try(call)
    if (path) this.#desk.notices.news(`Written to ${path}`)
  }
}
