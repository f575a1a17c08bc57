import { sentence } from '../api'

export interface Notice {
  id: number
  kind: 'failure' | 'news'
  text: string
}

const NEWS_LASTS_MS = 5000

/** What the person is told outside the panes: failures stay until they are dismissed, news goes by itself. */
export class Notices {
  shown = $state<Notice[]>([])
  /** For the live region: what a screen reader says next. */
  spoken = $state('')
  #next = 1

  failed(error: unknown): void {
    const text = sentence(error)
    // The same failure again is no news; a long list of one sentence hides the others.
    if (this.shown.some((notice) => notice.text === text)) return
    this.shown.push({ id: this.#next++, kind: 'failure', text })
  }

  /** What should be read, but is no failure: it stays until it is dismissed. */
  note(text: string): void {
    if (this.shown.some((notice) => notice.text === text)) return
    this.shown.push({ id: this.#next++, kind: 'news', text })
    this.say(text)
  }

  news(text: string): void {
    const id = this.#next++
    this.shown.push({ id, kind: 'news', text })
    this.say(text)
    setTimeout(() => this.dismiss(id), NEWS_LASTS_MS)
  }

  say(text: string): void {
    // The same words twice are two events; an unseen difference makes the live region speak again.
    this.spoken = this.spoken === text ? `${text}\u00a0` : text
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((notice) => notice.id !== id)
  }
}
