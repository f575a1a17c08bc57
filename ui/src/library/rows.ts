import type { MediaRow } from '../api/generated/MediaRow'
import type { MediaState } from '../api/generated/MediaState'

export type Column = 'state' | 'name' | 'drift' | 'flags' | 'confidence' | 'length' | 'words'

export interface Sort {
  column: Column
  descending: boolean
}

/** Every state with its word and its shape; the order is that of urgency and of the chips. */
export const STATES: { state: MediaState; word: string; shape: string; signal: string }[] = [
  { state: 'proposed', word: 'proposed', shape: '◆', signal: 'var(--signal-proposed)' },
  { state: 'flagged', word: 'flagged', shape: '▲', signal: 'var(--signal-open)' },
  { state: 'waiting', word: 'waiting', shape: '○', signal: 'var(--n10)' },
  { state: 'missing', word: 'file missing', shape: '✕', signal: 'var(--signal-open)' },
  { state: 'no_transcript', word: 'no transcript', shape: '–', signal: 'var(--n10)' },
  { state: 'reviewed', word: 'reviewed', shape: '●', signal: 'var(--signal-good)' },
]

const URGENCY = new Map(STATES.map(({ state }, i) => [state, i]))

export function openFlags(row: MediaRow): number {
  return row.open_flags.reduce((sum, { count }) => sum + count, 0)
}

const NAMES = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Orders rows by one column; what is not known stands last, whichever way the column is sorted. */
export function sorted(rows: readonly MediaRow[], sort: Sort): MediaRow[] {
  const way = sort.descending ? -1 : 1
  const { column } = sort
  if (column === 'name') return [...rows].sort((a, b) => way * NAMES.compare(a.name, b.name))
  const keyed = rows.map((row) => ({ row, key: keyOf(row, column) }))
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null)
    return way * (a.key - b.key)
  })
  return keyed.map(({ row }) => row)
}

function keyOf(row: MediaRow, column: Exclude<Column, 'name'>): number | null {
  switch (column) {
    case 'state':
      return URGENCY.get(row.state) ?? null
    case 'drift':
      return row.worst_drift_us === null ? null : Math.abs(row.worst_drift_us)
    case 'flags':
      return openFlags(row)
    case 'confidence':
      return row.confidence
    case 'length':
      return row.duration_us
    case 'words':
      return row.words
  }
}

/** Rows in one of the states (any, when none is chosen) whose name or path holds the text. */
export function filtered(rows: readonly MediaRow[], states: ReadonlySet<MediaState>, text: string): MediaRow[] {
  const sought = text.trim().toLowerCase()
  return rows.filter((row) => (states.size === 0 || states.has(row.state)) && (sought === '' || `${row.name}\n${row.path}`.toLowerCase().includes(sought)))
}
