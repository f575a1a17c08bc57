import { onDesk, withWord, type Action } from '../../actions/action'

/** The selected word: moving, editing, timing and anchoring it. */
export const TRANSCRIPT: Action[] = [
  { id: 'word.previous', label: 'Previous word', keys: ['ArrowLeft'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.moveWord(-1) },
  { id: 'word.next', label: 'Next word', keys: ['ArrowRight'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.moveWord(1) },
  { id: 'word.edit', label: 'Edit the word', keys: ['F2', 'Enter'], context: 'review', when: withWord, run: (desk) => desk.review.edit(desk.review.selection.word) },
  { id: 'word.start', label: 'Word starts here', keys: ['r'], context: 'review', when: withWord, run: (desk) => desk.review.retime('start') },
  { id: 'word.end', label: 'Word ends here', keys: ['Shift+r'], context: 'review', when: withWord, run: (desk) => desk.review.retime('end') },
  { id: 'word.reset', label: 'Back to the mapped time of the word', keys: [], context: 'review', when: (desk) => desk.review.word?.retimed ?? false, run: (desk) => desk.review.resetTime() },
  { id: 'anchor.here', label: 'Anchor the word here', keys: ['a'], context: 'review', when: withWord, run: (desk) => desk.review.anchorHere() },
  {
    id: 'anchor.remove',
    label: 'Remove the anchor',
    keys: ['Delete'],
    context: 'review',
    when: (desk) => desk.review.selection.anchor !== null,
    run: ({ review }) => review.selection.anchor !== null && review.removeAnchor(review.selection.anchor),
  },
  { id: 'unselect', label: 'Select nothing', keys: ['Escape'], context: 'review', when: onDesk, run: (desk) => desk.review.unselect() },
]
