import type { ExportKind } from '../api/api'
import type { Desk } from '../desk/desk.svelte'
import { ROOMS, type RoomId } from '../desk/room'
import { THEMES } from '../desk/theme.svelte'
import { DECISIONS } from '../review/flags/flags'
import { TIMELINE } from '../review/timeline/actions'

export interface Action {
  id: string
  label: string
  /** Keys by default, the first of them named on buttons. */
  keys: string[]
  /** Where its keys act: everywhere, or in one room. */
  context: 'global' | RoomId
  /** Whether holding the key down does it again and again; what decides or writes never does. */
  repeats?: boolean
  /** Keys that a text field keeps for itself, although they are not for typing. */
  leavesText?: boolean
  when?: (desk: Desk) => boolean
  run: (desk: Desk) => void
}

const onDesk = (desk: Desk) => desk.review.media !== null
const playable = (desk: Desk) => Boolean(desk.review.info?.url)
const withPicture = (desk: Desk) => Boolean(desk.review.info?.picture)
const missing = ({ library, review }: Desk) => library.all.some((row) => row.id === review.media && row.state === 'missing')
const withWord = (desk: Desk) => desk.review.word !== null
const withFlag = (desk: Desk) => desk.review.flag !== null
const proposed = (desk: Desk) => desk.review.proposalOpen
const withPieces = (desk: Desk) => desk.review.proposalOpen && desk.review.pieces.length > 0

const EXPORTS: { kind: ExportKind; label: string }[] = [
  { kind: 'transcribe', label: 'Export Transcribe JSON' },
  { kind: 'srt', label: 'Export SRT' },
  { kind: 'vtt', label: 'Export WebVTT' },
  { kind: 'annotations', label: 'Export annotations' },
]

const rooms: Action[] = ROOMS.map(({ id, label, key }) => ({ id: `room.${id}`, label: `Go to ${label}`, keys: [key], context: 'global', run: (desk) => desk.enter(id) }))

const frame: Action[] = [
  { id: 'palette', label: 'Command palette', keys: ['Ctrl+k'], context: 'global', run: (desk) => (desk.overlay = desk.overlay === 'palette' ? null : 'palette') },
  { id: 'keys', label: 'Keys', keys: ['?'], context: 'global', run: (desk) => (desk.overlay = desk.overlay === 'keys' ? null : 'keys') },
  { id: 'project.open', label: 'Open project', keys: ['Ctrl+o'], context: 'global', run: (desk) => void desk.openProject(false) },
  { id: 'project.new', label: 'New project', keys: ['Ctrl+Shift+n'], context: 'global', run: (desk) => void desk.openProject(true) },
  { id: 'import', label: 'Import files', keys: ['Ctrl+i'], context: 'global', run: (desk) => desk.importFiles() },
  { id: 'undo', label: 'Undo', keys: ['Ctrl+z'], context: 'global', repeats: true, leavesText: true, when: (desk) => desk.writes.undo !== null, run: (desk) => desk.undo() },
  {
    id: 'redo',
    label: 'Redo',
    keys: ['Ctrl+Shift+z', 'Ctrl+y'],
    context: 'global',
    repeats: true,
    leavesText: true,
    when: (desk) => desk.writes.redo !== null,
    run: (desk) => desk.redo(),
  },
  { id: 'pane.next', label: 'Next pane', keys: ['F6'], context: 'global', run: () => focusPane(1) },
  { id: 'pane.previous', label: 'Previous pane', keys: ['Shift+F6'], context: 'global', run: () => focusPane(-1) },
  { id: 'theme.next', label: 'Change theme', keys: [], context: 'global', run: (desk) => desk.theme.next() },
  ...THEMES.map((theme): Action => ({ id: `theme.${theme}`, label: `Theme: ${theme}`, keys: [], context: 'global', run: (desk) => desk.theme.choose(theme) })),
]

const play: Action[] = [
  { id: 'play', label: 'Play or pause', keys: ['Space', 'k'], context: 'review', when: playable, run: (desk) => desk.review.player.toggle() },
  {
    id: 'faster',
    label: 'Play, then faster',
    keys: ['l'],
    context: 'review',
    when: playable,
    run: ({ review: { player } }) => (player.playing ? player.shuttle(1) : player.play()),
  },
  {
    id: 'slower',
    label: 'Slower; back 2 s when paused',
    keys: ['j'],
    context: 'review',
    repeats: true,
    when: onDesk,
    run: ({ review }) => (review.player.playing ? review.player.shuttle(-1) : review.skip(-2)),
  },
  { id: 'rate.reset', label: 'Play at 1×', keys: ['1'], context: 'review', when: playable, run: (desk) => desk.review.player.setRate(1) },
  { id: 'second.back', label: 'Back 1 s', keys: ['Shift+ArrowLeft'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.skip(-1) },
  { id: 'second.forward', label: 'Forward 1 s', keys: ['Shift+ArrowRight'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.skip(1) },
  { id: 'frame.back', label: 'Previous frame', keys: [','], context: 'review', repeats: true, when: withPicture, run: (desk) => desk.review.step(-1) },
  { id: 'frame.forward', label: 'Next frame', keys: ['.'], context: 'review', repeats: true, when: withPicture, run: (desk) => desk.review.step(1) },
]

const words: Action[] = [
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

const verdicts: Action[] = [
  { id: 'flag.next', label: 'Next open flag', keys: ['F8'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.moveFlag(1) },
  { id: 'flag.previous', label: 'Previous open flag', keys: ['Shift+F8'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.moveFlag(-1) },
  { id: 'flag.confirmed', label: DECISIONS.confirmed.word, keys: ['c'], context: 'review', when: withFlag, run: (desk) => void desk.review.decide('confirmed') },
  { id: 'flag.false_alarm', label: DECISIONS.false_alarm.word, keys: ['x'], context: 'review', when: withFlag, run: (desk) => void desk.review.decide('false_alarm') },
  { id: 'flag.unsure', label: DECISIONS.unsure.word, keys: ['u'], context: 'review', when: withFlag, run: (desk) => void desk.review.decide('unsure') },
  { id: 'flag.withdraw', label: 'Withdraw the verdict', keys: [], context: 'review', when: (desk) => Boolean(desk.review.flag?.verdict), run: (desk) => void desk.review.decide(null) },
  { id: 'map.accept', label: 'Accept the map', keys: ['y'], context: 'review', when: proposed, run: (desk) => void desk.review.judgeMap(true) },
  { id: 'piece.next', label: 'Next piece of the proposal', keys: ['F7'], context: 'review', repeats: true, when: withPieces, run: (desk) => desk.review.movePiece(1) },
  { id: 'piece.previous', label: 'Previous piece of the proposal', keys: ['Shift+F7'], context: 'review', repeats: true, when: withPieces, run: (desk) => desk.review.movePiece(-1) },
  { id: 'piece.accept', label: 'Accept the piece', keys: ['p'], context: 'review', when: (desk) => desk.review.piece?.accepted === false, run: (desk) => void desk.review.acceptPiece() },
  { id: 'map.reject', label: 'Reject the map', keys: ['n'], context: 'review', when: proposed, run: (desk) => void desk.review.judgeMap(false) },
]

const media: Action[] = [
  { id: 'media.next', label: 'Next media to review', keys: ['Ctrl+Enter'], context: 'review', run: (desk) => void desk.openNext() },
  { id: 'align', label: 'Look for drift again', keys: [], context: 'review', when: onDesk, run: (desk) => desk.align() },
  { id: 'relocate', label: 'Find the file', keys: [], context: 'review', when: missing, run: (desk) => void desk.relocate() },
  { id: 'export', label: 'Export', keys: ['Ctrl+e'], context: 'review', when: onDesk, run: (desk) => (desk.overlay = desk.overlay === 'export' ? null : 'export') },
  ...EXPORTS.map(({ kind, label }): Action => ({ id: `export.${kind}`, label, keys: [], context: 'review', when: onDesk, run: (desk) => void desk.export(kind) })),
]

const library: Action[] = [
  {
    id: 'library.open',
    label: 'Open for review',
    keys: ['Enter'],
    context: 'library',
    when: (desk) => desk.library.selected !== null,
    run: (desk) => desk.library.selected !== null && void desk.openMedia(desk.library.selected),
  },
  { id: 'library.previous', label: 'Row above', keys: ['ArrowUp'], context: 'library', repeats: true, run: (desk) => desk.library.move(-1) },
  { id: 'library.next', label: 'Row below', keys: ['ArrowDown'], context: 'library', repeats: true, run: (desk) => desk.library.move(1) },
  { id: 'library.page-up', label: 'Rows above', keys: ['PageUp'], context: 'library', repeats: true, run: (desk) => desk.library.move(-20) },
  { id: 'library.page-down', label: 'Rows below', keys: ['PageDown'], context: 'library', repeats: true, run: (desk) => desk.library.move(20) },
  { id: 'library.first', label: 'First row', keys: ['Home'], context: 'library', run: (desk) => desk.library.move(-Infinity) },
  { id: 'library.last', label: 'Last row', keys: ['End'], context: 'library', run: (desk) => desk.library.move(Infinity) },
  { id: 'library.filter', label: 'Filter by text', keys: ['/'], context: 'library', run: () => document.querySelector<HTMLInputElement>('[data-filter]')?.focus() },
]

/** Everything that can be done. Menus, buttons, the palette, the cheat sheet and the keys all read this one table. */
export const ACTIONS: readonly Action[] = [...rooms, ...verdicts, ...play, ...words, ...TIMELINE, ...media, ...library, ...frame]

const BY_ID = new Map(ACTIONS.map((action) => [action.id, action]))

export function action(id: string): Action {
  const found = BY_ID.get(id)
  if (!found) throw new Error(`There is no action ${id}.`)
  return found
}

export function isAvailable(action: Action, desk: Desk): boolean {
  return (action.context === 'global' || action.context === desk.room) && (action.when?.(desk) ?? true)
}

/** Moves the focus to the next pane that is shown, round the end. */
function focusPane(by: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.offsetParent !== null)
  const at = panes.findIndex((pane) => pane.contains(document.activeElement))
  const next = at < 0 ? (by > 0 ? 0 : panes.length - 1) : (at + by + panes.length) % panes.length
  panes[next]?.focus()
}
