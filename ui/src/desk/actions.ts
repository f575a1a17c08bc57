import type { Action } from '../actions/action'
import type { Desk } from './desk.svelte'
import { ROOMS } from './room'
import { THEMES } from './theme.svelte'

const rooms: Action[] = ROOMS.map(({ id, label, key }) => ({ id: `room.${id}`, label: `Go to ${label}`, keys: [key], context: 'global', run: (desk) => desk.enter(id) }))

const frame: Action[] = [
  { id: 'palette', label: 'Command palette', keys: ['Ctrl+k'], context: 'global', run: (desk) => (desk.overlay = desk.overlay === 'palette' ? null : 'palette') },
  { id: 'keys', label: 'Keys', keys: ['?'], context: 'global', run: (desk) => (desk.overlay = desk.overlay === 'keys' ? null : 'keys') },
  { id: 'settings', label: 'Settings', keys: ['Ctrl+,'], context: 'global', run: (desk) => (desk.overlay = desk.overlay === 'settings' ? null : 'settings') },
  { id: 'reviewer', label: 'Change the name of the reviewer', keys: [], context: 'global', when: (desk) => desk.settings.named === null, run: (desk) => (desk.overlay = 'settings') },
  { id: 'typing.pause', label: 'Pause while typing, on or off', keys: [], context: 'global', run: pauseWhileTyping },
  { id: 'project.open', label: 'Open project', keys: ['Ctrl+o'], context: 'global', run: (desk) => void desk.openProject(false) },
  { id: 'project.new', label: 'New project', keys: ['Ctrl+Shift+n'], context: 'global', run: (desk) => void desk.openProject(true) },
  { id: 'import', label: 'Import files', keys: ['Ctrl+i'], context: 'global', run: (desk) => desk.importFiles() },
  { id: 'import.folder', label: 'Import a folder', keys: ['Ctrl+Alt+i'], context: 'global', run: (desk) => desk.importFolder() },
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

/** Rooms, panes, projects, themes, and taking back. */
export const DESK: Action[] = [...rooms, ...frame]

function pauseWhileTyping(desk: Desk): void {
  const on = !desk.settings.value.pause_while_typing
  desk.settings.change({ pause_while_typing: on })
  desk.notices.news(on ? 'Playing pauses while text is typed.' : 'Playing goes on while text is typed.')
}

/** Moves the focus to the next pane that is shown, round the end. */
function focusPane(by: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.offsetParent !== null)
  const at = panes.findIndex((pane) => pane.contains(document.activeElement))
  const next = at < 0 ? (by > 0 ? 0 : panes.length - 1) : (at + by + panes.length) % panes.length
  panes[next]?.focus()
}
