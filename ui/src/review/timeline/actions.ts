import { onDesk, type Action } from '../../actions/action'

export const TIMELINE: Action[] = [
  { id: 'timeline.in', label: 'Timeline: zoom in', keys: ['+', '='], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.timeline?.zoomIn() },
  { id: 'timeline.out', label: 'Timeline: zoom out', keys: ['-'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.timeline?.zoomOut() },
  { id: 'timeline.fit', label: 'Timeline: show all', keys: ['0'], context: 'review', when: onDesk, run: (desk) => desk.review.timeline?.fit() },
  { id: 'timeline.follow', label: 'Timeline: follow the playhead', keys: ['f'], context: 'review', when: onDesk, run: (desk) => desk.review.timeline?.toggleFollow() },
]
