import { onDesk, type Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'

const open = (desk: Desk) => desk.search.scope !== null
const replacing = (desk: Desk) => open(desk) && desk.search.replacing

/** Finding and replacing in one media or in all. */
export const SEARCH: Action[] = [
  { id: 'search.media', label: 'Find in the media', keys: ['Ctrl+f'], context: 'review', when: onDesk, run: (desk) => desk.search.open('media') },
  { id: 'search.project', label: 'Find in the project', keys: ['Ctrl+Shift+f'], context: 'global', run: (desk) => desk.search.open('project') },
  { id: 'search.next', label: 'Next hit', keys: ['F3'], context: 'global', repeats: true, when: open, run: (desk) => void desk.search.move(1) },
  { id: 'search.previous', label: 'Previous hit', keys: ['Shift+F3'], context: 'global', repeats: true, when: open, run: (desk) => void desk.search.move(-1) },
  {
    id: 'search.replacing',
    label: 'Show what hits would become',
    keys: ['Ctrl+h'],
    context: 'global',
    run: (desk) => {
      desk.search.replacing = !desk.search.replacing
      desk.search.open(desk.search.scope ?? (desk.room === 'review' && onDesk(desk) ? 'media' : 'project'))
    },
  },
  { id: 'search.leave', label: 'Leave the hit as it is', keys: [], context: 'global', when: replacing, run: (desk) => desk.search.leaveOut() },
  { id: 'search.replace', label: 'Replace the hits', keys: ['Ctrl+Alt+Enter'], context: 'global', when: (desk) => replacing(desk) && desk.search.total > 0, run: (desk) => void desk.search.replace() },
  { id: 'search.close', label: 'Close the search', keys: [], context: 'global', when: open, run: (desk) => desk.search.close() },
]
