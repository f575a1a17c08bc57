import type { Mark } from '../api/generated/Mark'

/** Every state with its word, its shape and its colour: the colour is never the only sign. */
export const MARKS: Record<Mark, { word: string; shape: string; signal: string }> = {
  none: { word: 'not begun', shape: '·', signal: 'var(--n10)' },
  waiting: { word: 'waiting', shape: '○', signal: 'var(--n10)' },
  running: { word: 'running', shape: '▶', signal: 'var(--accent)' },
  done: { word: 'done', shape: '●', signal: 'var(--signal-good)' },
  skipped: { word: 'nothing to do', shape: '–', signal: 'var(--n10)' },
  failed: { word: 'failed', shape: '✕', signal: 'var(--signal-open)' },
  stopped: { word: 'stopped', shape: '■', signal: 'var(--signal-unsure)' },
}

/** Ways to look at the list, in the order of the chips and of their keys. */
export const LOOKS = [
  { id: 'all', label: 'all', marks: null },
  { id: 'running', label: 'running', marks: ['running', 'waiting'] },
  { id: 'failed', label: 'failed', marks: ['failed'] },
  { id: 'stopped', label: 'stopped', marks: ['stopped'] },
] as const satisfies { id: string; label: string; marks: readonly Mark[] | null }[]

export type LookId = (typeof LOOKS)[number]['id']

/** Where a stage stands in the picture of the graph: the sound above, the pictures below, and what waits for both across. */
export const PLACES: Record<string, { column: number; row: string }> = {
  listen: { column: 1, row: '1' },
  look: { column: 1, row: '2' },
  speech: { column: 2, row: '1' },
  text: { column: 2, row: '2' },
  drift: { column: 3, row: '1' },
  proxy: { column: 3, row: '2' },
  annotate: { column: 4, row: '1 / 3' },
  measure: { column: 5, row: '1 / 3' },
}
