import { onDesk, type Action } from '../../actions/action'
import type { Desk } from '../../desk/desk.svelte'

const hearable = ({ review }: Desk) => review.word !== null && Boolean(review.info?.url)
const marked = ({ review }: Desk) => review.marks.in_us !== null || review.marks.out_us !== null

export const TIMELINE: Action[] = [
  { id: 'timeline.in', label: 'Timeline: zoom in', keys: ['+', '='], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.timeline?.zoomIn() },
  { id: 'timeline.out', label: 'Timeline: zoom out', keys: ['-'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.timeline?.zoomOut() },
  { id: 'timeline.fit', label: 'Timeline: show all', keys: ['0'], context: 'review', when: onDesk, run: (desk) => desk.review.timeline?.fit() },
  { id: 'timeline.follow', label: 'Timeline: follow the playhead', keys: ['f'], context: 'review', when: onDesk, run: (desk) => desk.review.timeline?.toggleFollow() },
  { id: 'span.in', label: 'Mark in at the playhead', keys: ['i'], context: 'review', when: onDesk, run: ({ review }) => review.marks.markIn(review.player.playhead_us) },
  { id: 'span.out', label: 'Mark out at the playhead', keys: ['o'], context: 'review', when: onDesk, run: ({ review }) => review.marks.markOut(review.player.playhead_us) },
  { id: 'span.clear', label: 'Clear in and out', keys: [], context: 'review', when: marked, run: ({ review }) => review.marks.clear() },
  { id: 'hear.proposed', label: 'Hear the word where it is proposed', keys: ['F5'], context: 'review', when: hearable, run: ({ review }) => review.hear('proposed') },
  { id: 'hear.original', label: 'Hear the word where it was', keys: ['Shift+F5'], context: 'review', when: hearable, run: ({ review }) => review.hear('original') },
]
