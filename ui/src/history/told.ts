import type { HistoryGroup } from '../api/generated/HistoryGroup'
import type { HistoryRow } from '../api/generated/HistoryRow'
import type { RestorePreview } from '../api/generated/RestorePreview'
import { clock } from '../shared/time'

/** What the program is called where it did something itself. */
export const MACHINE = 'Plumbline'

export const GROUPS: { id: HistoryGroup; label: string }[] = [
  { id: 'words', label: 'Words' },
  { id: 'speakers', label: 'Speakers' },
  { id: 'annotations', label: 'Annotations' },
  { id: 'flags', label: 'Flags and defects' },
  { id: 'alignment', label: 'Maps and anchors' },
  { id: 'files', label: 'Media and files' },
  { id: 'project', label: 'Project' },
  { id: 'undo', label: 'Undo and restore' },
  { id: 'findings', label: 'Findings' },
]

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** When something was done: the time, and the day where that is not today. */
export function when(at_us: number, now_ms: number): string {
  const at = new Date(at_us / 1000)
  const day = DAY.format(at)
  return day === DAY.format(now_ms) ? TIME.format(at) : `${day}, ${TIME.format(at)}`
}

/** A step as one sentence: who did what, where in the media. */
export function sentenceOf(row: HistoryRow): string {
  const at_us = row.place?.at_us ?? null
  return `${row.who || MACHINE} ${row.did}${at_us === null ? '' : ` at ${clock(at_us)}`}`
}

/** Parts as people list them: `a, b and c`. */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}

/** What restoring to a step would do. */
export function foretold(preview: RestorePreview, row: HistoryRow, now_ms: number): string {
  if (preview.changes.length === 0) return 'Nothing that people did changed since then.'
  return `Back to how things stood right after this step (${when(row.at_us, now_ms)}): ${listed(preview.changes)} would change. Undo brings it back.`
}
