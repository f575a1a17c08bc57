import type { Desk } from './desk.svelte'

/** In `listen` single letters act; in `edit` they are typed, and only keys with Ctrl or Alt and function keys act. */
export type Mode = 'listen' | 'edit'

/** The mode the keys are in. Text that can be typed into says it itself; else it is whether a word's field is open. */
export function modeOf(desk: Desk): Mode {
  if (desk.room !== 'review') return 'listen'
  const review: { text?: { mode: Mode } | null; editing?: number | null } = desk.review
  return review.text?.mode ?? ((review.editing ?? null) === null ? 'listen' : 'edit')
}
