import type { Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'

/** What may stand beside a room. */
export type SideId = 'history' | 'analytics'

/** Whether a room has a place for it. */
export const hasSide = (desk: Desk) => desk.room === 'library' || desk.room === 'review'

/** Opens a panel beside the room, with the keys on it; once more closes it. */
export function toggle(desk: Desk, side: SideId): void {
  desk.side = desk.side === side ? null : side
}

const restorable = (desk: Desk) => hasSide(desk) && desk.side === 'history' && desk.history.row !== null

/** The panels beside the rooms. */
export const SIDE: Action[] = [
  { id: 'history', label: 'History', keys: ['Ctrl+Shift+h'], context: 'global', when: hasSide, run: (desk) => toggle(desk, 'history') },
  { id: 'analytics', label: 'Analytics', keys: ['Ctrl+j'], context: 'global', when: hasSide, run: (desk) => toggle(desk, 'analytics') },
  { id: 'history.restore', label: 'Restore to the selected step', keys: ['Ctrl+Alt+h'], context: 'global', when: restorable, run: (desk) => void desk.try(() => desk.history.ask()) },
]
