import type { PromptRow } from '../api/generated/PromptRow'
import { labelOf, type Draft } from './edit/drafts.svelte'

/** A prompt that can be chosen. */
export interface VersionRow {
  /** Id of the version, or the key of a draft that belongs to none. */
  key: string
  label: string
  /** What stands behind the label. */
  task: string
  note: string
  by: string
  at_us: number
  promoted: boolean
  /** It was changed, and what was changed is no version yet. */
  draft: boolean
}

/** Drafts that began anew, the newest first, then all versions. */
export function rowsOf(versions: readonly PromptRow[], drafts: ReadonlyMap<string, Draft>): VersionRow[] {
  const known = new Set(versions.map(({ id }) => id))
  const fresh = [...drafts].filter(([key]) => !known.has(key)).reverse()
  return [
    ...fresh.map(([key, { version }]) => ({ key, label: labelOf(version), task: version.prompt.task, note: version.note, by: '', at_us: 0, promoted: false, draft: true })),
    ...versions.map(({ id, label, task, note, by, at_us, promoted }) => ({ key: id, label, task, note, by, at_us, promoted, draft: drafts.has(id) })),
  ]
}
