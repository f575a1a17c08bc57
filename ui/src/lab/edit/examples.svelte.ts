import { sentence } from '../../api'
import type { Api } from '../../api/api'
import type { PromptVersion } from '../../api/generated/PromptVersion'
import type { Shot } from '../../api/generated/Shot'

const MOST = 40

interface Written {
  draft: PromptVersion | null
  set(part: Partial<PromptVersion>): void
}

export function isSameShot(a: Shot, b: Shot): boolean {
  return a.media === b.media && a.start_us === b.start_us && a.end_us === b.end_us
}

/** The examples of a draft, and the reviewed stretches that can be more of them. */
export class Examples {
  shots = $state.raw<Shot[]>([])
  reading = $state(false)
  /** They were asked for. */
  known = $state(false)
  /** Why there are none. */
  failed = $state<string | null>(null)
  /** The row that the keys act on. */
  at = $state(0)
  #reads = 0
  #api: Api
  #editor: Written

  /** In the order in which they are shown. */
  chosen = $derived.by(() => this.#editor.draft?.examples ?? [])
  /** Those that are none yet. */
  offered = $derived(this.shots.filter((shot) => !this.chosen.some((other) => isSameShot(shot, other))))

  constructor(api: Api, editor: Written) {
    this.#api = api
    this.#editor = editor
  }

  clear(): void {
    this.#reads++
    this.shots = []
    this.reading = false
    this.known = false
    this.failed = null
    this.at = 0
  }

  async read(): Promise<void> {
    const mine = ++this.#reads
    this.reading = true
    this.known = true
    this.failed = null
    try {
      const shots = await this.#api.shots(MOST)
      if (mine === this.#reads) this.shots = shots
    } catch (error) {
      if (mine === this.#reads) this.failed = sentence(error)
    } finally {
      if (mine === this.#reads) this.reading = false
    }
  }

  add(shot: Shot | undefined): void {
    if (shot && !this.chosen.some((other) => isSameShot(shot, other))) this.#editor.set({ examples: [...this.chosen, shot] })
  }

  remove(at: number): void {
    this.#editor.set({ examples: this.chosen.filter((_, i) => i !== at) })
  }

  /** Shows an example one place earlier or later. */
  move(at: number, by: 1 | -1): void {
    const examples = [...this.chosen]
    const [shot] = examples.splice(at, 1)
    if (!shot) return
    examples.splice(Math.max(0, at + by), 0, shot)
    this.#editor.set({ examples })
  }
}
