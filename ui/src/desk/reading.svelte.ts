/**
 * A view as it was last read. Every reading draws a ticket, and an answer whose ticket is no longer the newest is dropped: what was asked
 * for later is what the screen is about.
 */
export class Reading<T> {
  value = $state.raw<T | null>(null)
  #ticket = 0

  /** True when the answer was taken, false when it came too late. */
  async read(ask: () => Promise<T>): Promise<boolean> {
    const mine = ++this.#ticket
    let answer: T
    try {
      answer = await ask()
    } catch (error) {
      // Nobody waits any more for the reason why a dropped question failed.
      if (mine !== this.#ticket) return false
      throw error
    }
    if (mine !== this.#ticket) return false
    this.value = answer
    return true
  }

  /** Forgets what was read, and whatever is still on its way. */
  clear(): void {
    this.#ticket++
    this.value = null
  }
}
