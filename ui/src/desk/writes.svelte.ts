import { sentence } from '../api'
import type { Changed } from '../api/generated/Changed'
import type { Notices } from './notices.svelte'

/** The state of what was last written, and the queue that keeps writes in the order in which a person made them. */
export class Writes {
  state = $state<'saved' | 'saving' | 'failed'>('saved')
  /** Why the last write failed. */
  reason = $state<string | null>(null)
  undo = $state<string | null>(null)
  redo = $state<string | null>(null)
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()
  #notices: Notices
  #changed: (changed: Changed) => Promise<void>

  constructor(notices: Notices, changed: (changed: Changed) => Promise<void>) {
    this.#notices = notices
    this.#changed = changed
  }

  /** Writes after all that was written before; true once written and the views are read again. */
  write(call: () => Promise<Changed>): Promise<boolean> {
    this.#waiting++
    this.state = 'saving'
    const mine = this.#last.then(() => this.#run(call))
    this.#last = mine
    return mine
  }

  async #run(call: () => Promise<Changed>): Promise<boolean> {
    try {
      const changed = await call()
      this.undo = changed.undo
      this.redo = changed.redo
      this.reason = null
      await this.#changed(changed)
      return true
    } catch (error) {
      this.reason = sentence(error)
      this.#notices.failed(error)
      return false
    } finally {
      this.#waiting--
      this.state = this.reason ? 'failed' : this.#waiting > 0 ? 'saving' : 'saved'
    }
  }
}
