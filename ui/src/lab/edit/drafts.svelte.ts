import { SvelteMap } from 'svelte/reactivity'
import type { PromptVersion } from '../../api/generated/PromptVersion'
import { isTable, keep, kept } from '../kept'

/** A prompt that was changed and is no version yet. */
export interface Draft {
  /** Id of the version that it began from; null where that is none. */
  base: string | null
  version: PromptVersion
}

const KEPT_AS = 'plumbline.lab.drafts'

/** `describe@2`, as versions are called. */
export function labelOf({ prompt }: PromptVersion): string {
  return `${prompt.name}@${prompt.version}`
}

/** Whether two versions say the same. */
export function isSame(a: PromptVersion, b: PromptVersion): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

/** Names in one order, and what is none left out: both ways of saying nothing are one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isTable(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null && part !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, sorted(part)]))
}

/** Drafts of a project by the version that they began from, kept between starts of the window: what was typed is not lost. */
export class Drafts {
  all = new SvelteMap<string, Draft>()
  /** They could not be kept, and are gone with the window. */
  unkept = $state(false)
  #project = ''

  load(project: string): void {
    this.#project = project
    this.all.clear()
    const projects = kept(KEPT_AS)
    const mine = isTable(projects) ? projects[project] : null
    if (!isTable(mine)) return
    for (const [key, draft] of Object.entries(mine)) if (isDraft(draft)) this.all.set(key, draft)
  }

  set(key: string, draft: Draft): void {
    this.all.set(key, draft)
    this.#keep()
  }

  drop(key: string): void {
    if (this.all.delete(key)) this.#keep()
  }

  /** A key for a draft that belongs to no version. */
  fresh(): string {
    let n = 1
    while (this.all.has(`new ${n}`)) n++
    return `new ${n}`
  }

  #keep(): void {
    const projects = kept(KEPT_AS)
    const others = isTable(projects) ? projects : {}
    this.unkept = !keep(KEPT_AS, { ...others, [this.#project]: Object.fromEntries(this.all) })
  }
}

/** Whether what was kept can be edited: a store is written by every version of the program. */
function isDraft(value: unknown): value is Draft {
  if (!isTable(value) || !isTable(value.version) || !isTable(value.version.prompt) || !Array.isArray(value.version.examples)) return false
  const { prompt } = value.version
  const texts = [prompt.name, prompt.system, prompt.window, prompt.schema, prompt.about, prompt.task, value.version.note]
  return texts.every((text) => typeof text === 'string') && isTable(prompt.frames) && isTable(prompt.windows)
}
