import type { WordId } from '../../api/generated/WordId'
import { rankOf } from '../ids'
import type { WordWrite } from './edit'

/** Sends the words of one run; true once they are written. */
export type Send = (words: WordWrite[], run: string) => Promise<boolean>

export const NO_WORDS: ReadonlySet<WordId> = new Set()

interface Batch {
  run: string
  words: Map<WordId, WordWrite>
}

/**
 * Writes what is typed, at once and in order: one call is under way at a time, and what is typed meanwhile goes with the next. What fails
 * to be written stays first in line until it is written.
 */
export class Writer {
  /** The last call failed: what waits is not saved. */
  failed = false
  #waiting: Batch[] = []
  #sending: Promise<void> | null = null
  #held = false
  /** Added words that the other side may have: only these have to be removed there. */
  #there: (id: WordId) => boolean
  #sent = new Set<WordId>()
  #send: Send
  #changed: () => void

  constructor(send: Send, there: (id: WordId) => boolean, changed: () => void) {
    this.#send = send
    this.#there = there
    this.#changed = changed
  }

  get idle(): boolean {
    return this.#waiting.length === 0
  }

  /** Words whose text is not written yet. */
  words(): Set<WordId> {
    return new Set(this.#waiting.flatMap((batch) => [...batch.words.keys()]))
  }

  add(run: string, writes: readonly WordWrite[]): void {
    if (writes.length === 0) return
    // The first batch may be under way, and is not touched any more.
    const last = this.#waiting.length > (this.#sending ? 1 : 0) ? this.#waiting.at(-1) : undefined
    const batch = last?.run === run ? last : { run, words: new Map<WordId, WordWrite>() }
    if (batch !== last) this.#waiting.push(batch)
    for (const write of writes) {
      if (write.text === '' && !this.#known(write.word)) batch.words.delete(write.word)
      else batch.words.set(write.word, write)
    }
    if (!this.#held) void this.flush()
  }

  #known(word: WordId): boolean {
    return rankOf(word) === 0 || this.#sent.has(word) || this.#there(word) || this.#waiting.slice(0, -1).some((batch) => batch.words.has(word))
  }

  /** Nothing is sent while an input method composes: half a sign is no text. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    if (!this.#held) return
    this.#held = false
    void this.flush()
  }

  /** Settles when all is written, or a call has failed. */
  flush(): Promise<void> {
    this.#sending ??= this.#run().finally(() => {
      this.#sending = null
      this.#changed()
      if (!this.idle && !this.failed && !this.#held) void this.flush()
    })
    return this.#sending
  }

  async #run(): Promise<void> {
    for (let batch = this.#waiting[0]; batch && !this.#held; batch = this.#waiting[0]) {
      for (const word of batch.words.keys()) this.#sent.add(word)
      this.failed = batch.words.size > 0 && !(await this.#send([...batch.words.values()], batch.run))
      if (this.failed) return this.#join()
      this.#waiting.shift()
    }
  }

  /** After a failure, what was typed on in the same run goes along with the next try. */
  #join(): void {
    const [first, second, ...rest] = this.#waiting
    if (!first || !second || first.run !== second.run) return
    this.#waiting = [{ run: first.run, words: new Map([...first.words, ...second.words]) }, ...rest]
  }
}
