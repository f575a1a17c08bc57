import type { Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'

/** What may stand beside a room. */
export type SideId = 'history' | 'analytics' | 'documents'

/** Whether a room has a place for it; documents are those of the media on the desk. */
export const hasSide = (desk: Desk, side: SideId) => (desk.room === 'library' && side !== 'documents') || (desk.room === 'review' && (side !== 'documents' || desk.review.media !== null))

/** Opens a panel beside the room, with the keys on it; once more closes it. */
export function toggle(desk: Desk, side: SideId): void {
  desk.side = desk.side === side ? null : side
}

const restorable = (desk: Desk) => hasSide(desk, 'history') && desk.side === 'history' && desk.history.row !== null

/** The panels beside the rooms. */
export const SIDE: Action[] = [
  { id: 'history', label: 'History', keys: ['Ctrl+Shift+h'], context: 'global', when: (desk) => hasSide(desk, 'history'), run: (desk) => toggle(desk, 'history') },
  { id: 'analytics', label: 'Analytics', keys: ['Ctrl+j'], context: 'global', when: (desk) => hasSide(desk, 'analytics'), run: (desk) => toggle(desk, 'analytics') },
  { id: 'history.restore', label: 'Restore to the selected step', keys: ['Ctrl+Alt+h'], context: 'global', when: restorable, run: (desk) => void desk.try(() => desk.history.ask()) },
]
