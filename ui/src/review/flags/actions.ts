import { onDesk, withFlag, type Action } from '../../actions/action'
import type { Desk } from '../../desk/desk.svelte'
import { DEFECTS, KINDS } from './defects'
import { DECISIONS } from './flags'

const proposed = (desk: Desk) => desk.review.proposalOpen
const withPieces = (desk: Desk) => desk.review.proposalOpen && desk.review.pieces.length > 0

const withFinding = (desk: Desk) => withFlag(desk) || desk.review.defect !== null

/** The pane that has the focus. */
const paneInFocus = () => document.activeElement?.closest<HTMLElement>('[data-pane]')?.dataset.pane ?? null

/** Adding what gates missed: a key for each kind. */
const defects = KINDS.map(
  (kind, i): Action => ({ id: `defect.${kind}`, label: `Defect: ${DEFECTS[kind].word.toLowerCase()}`, keys: [String(i + 1)], context: 'review', when: onDesk, run: (desk) => desk.review.addDefect(kind, paneInFocus()) }),
)

/** Deciding: flags, what gates missed, proposals and their pieces. */
export const FLAGS: Action[] = [
  { id: 'flag.next', label: 'Next open flag', keys: ['F8'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.moveFlag(1) },
  { id: 'flag.previous', label: 'Previous open flag', keys: ['Shift+F8'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.moveFlag(-1) },
  { id: 'flag.confirmed', label: DECISIONS.confirmed.word, keys: ['c'], context: 'review', when: withFlag, run: (desk) => void desk.queue.decide('confirmed') },
  { id: 'flag.false_alarm', label: DECISIONS.false_alarm.word, keys: ['x'], context: 'review', when: withFlag, run: (desk) => void desk.queue.decide('false_alarm') },
  { id: 'flag.unsure', label: DECISIONS.unsure.word, keys: ['u'], context: 'review', when: withFlag, run: (desk) => void desk.queue.decide('unsure') },
  { id: 'flag.withdraw', label: 'Withdraw the verdict', keys: [], context: 'review', when: (desk) => Boolean(desk.review.flag?.verdict), run: (desk) => void desk.review.decide(null) },
  { id: 'flag.note', label: 'Write a note', keys: [';'], context: 'review', when: withFinding, run: (desk) => desk.review.writeNote() },
  {
    id: 'defect.remove',
    label: 'Remove the defect found by hand',
    keys: ['Backspace'],
    context: 'review',
    when: (desk) => desk.review.defect !== null,
    run: ({ review }) => review.defect && review.removeDefect(review.defect.id),
  },
  { id: 'map.accept', label: 'Accept the map', keys: ['y'], context: 'review', when: proposed, run: (desk) => void desk.review.judgeMap(true) },
  { id: 'piece.next', label: 'Next piece of the proposal', keys: ['F7'], context: 'review', repeats: true, when: withPieces, run: (desk) => desk.review.movePiece(1) },
  { id: 'piece.previous', label: 'Previous piece of the proposal', keys: ['Shift+F7'], context: 'review', repeats: true, when: withPieces, run: (desk) => desk.review.movePiece(-1) },
  { id: 'piece.accept', label: 'Accept the piece', keys: ['p'], context: 'review', when: (desk) => desk.review.piece?.accepted === false, run: (desk) => void desk.review.acceptPiece() },
  { id: 'map.reject', label: 'Reject the map', keys: ['n'], context: 'review', when: proposed, run: (desk) => void desk.review.judgeMap(false) },
  ...defects,
]
