import { onDesk, withWord, type Action } from '../../actions/action'
import type { Desk } from '../../desk/desk.svelte'

/** Digits of the speakers that have a key. */
const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9]

const writable = (desk: Desk) => (desk.review.words.value?.format ?? null) !== null
const inWord = (desk: Desk) => writable(desk) && withWord(desk)

/** The selected word and its line: moving, editing, timing and anchoring them. */
export const TRANSCRIPT: Action[] = [
  { id: 'word.previous', label: 'Previous word', keys: ['ArrowLeft'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.moveWord(-1) },
  { id: 'word.next', label: 'Next word', keys: ['ArrowRight'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.moveWord(1) },
  { id: 'word.above', label: 'Word above', keys: ['ArrowUp'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.text.moveRow(-1) },
  { id: 'word.below', label: 'Word below', keys: ['ArrowDown'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.text.moveRow(1) },
  { id: 'word.edit', label: 'Edit the word', keys: ['F2', 'Enter'], context: 'review', when: withWord, run: ({ review }) => review.text.edit(review.selection.word) },
  { id: 'word.heard', label: 'What was heard of the word', keys: ['w', 'Alt+Enter'], context: 'review', when: inWord, run: ({ review }) => (review.text.asks = 'heard') },
  { id: 'line.split', label: 'A line begins with the word', keys: ['s'], context: 'review', when: inWord, run: ({ review }) => review.text.split() },
  { id: 'line.merge', label: 'Merge the line with the one above', keys: ['m'], context: 'review', when: inWord, run: ({ review }) => review.text.merge() },
  { id: 'line.loop', label: 'Play the line again and again', keys: ['Ctrl+l'], context: 'review', when: onDesk, run: ({ review }) => review.text.toggleLoop() },
  { id: 'rate.up', label: 'Faster', keys: ['Alt+.'], context: 'review', repeats: true, when: onDesk, run: ({ review }) => review.player.shuttle(1) },
  { id: 'rate.down', label: 'Slower', keys: ['Alt+,'], context: 'review', repeats: true, when: onDesk, run: ({ review }) => review.player.shuttle(-1) },
  { id: 'speaker.name', label: 'Name the speaker', keys: ['Ctrl+r'], context: 'review', when: writable, run: ({ review }) => (review.text.asks = 'speaker') },
  ...NUMBERS.map((n): Action => ({ id: `speaker.${n}`, label: `Said by speaker ${n}`, keys: [`Alt+${n}`], context: 'review', when: inWord, run: ({ review }) => review.text.assign(n) })),
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
