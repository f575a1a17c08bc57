import type { Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'
import type { About } from './asking.svelte'

/** What a question is about in the room that is open; null where nothing is at hand. */
export function aboutOf({ room, review, library, stages }: Desk): About | null {
  if (room === 'review') return review.media === null || !review.info ? null : { one: { id: review.media, name: review.info.name }, shown: [review.media] }
  if (room === 'library') {
    const row = library.rows.find(({ id }) => id === library.selected)
    return row ? { one: row, shown: library.rows.map(({ id }) => id) } : null
  }
  if (room !== 'jobs' || !stages.row) return null
  return { one: { id: stages.row.media, name: stages.row.name }, shown: stages.rows.map(({ media }) => media) }
}

function open(desk: Desk, overlay: 'ask' | 'ask.speech'): void {
  const about = aboutOf(desk)
  if (!about) return
  desk.overlay = overlay
  void desk.asking.open(about, overlay === 'ask.speech')
}

const has = (desk: Desk) => aboutOf(desk) !== null

export const ASKING: Action[] = [
  { id: 'ask', label: 'Ask a model', keys: ['Ctrl+Shift+a'], context: 'global', when: has, run: (desk) => open(desk, 'ask') },
  { id: 'import.bucket', label: 'Add from S3', keys: ['Ctrl+Shift+b'], context: 'global', run: (desk) => (desk.overlay = 'import.bucket') },
  { id: 'ask.speech', label: 'Transcribe with Amazon', keys: ['Ctrl+Shift+y'], context: 'global', when: has, run: (desk) => open(desk, 'ask.speech') },
]
