import type { Desk } from '../desk/desk.svelte'
import type { RoomId } from '../desk/room'

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

/** A media is on the desk. */
export const onDesk = (desk: Desk) => desk.review.media !== null
/** The media on the desk has a file that plays. */
export const playable = (desk: Desk) => Boolean(desk.review.info?.url)
export const withPicture = (desk: Desk) => Boolean(desk.review.info?.picture)
/** A word is selected. */
export const withWord = (desk: Desk) => desk.review.word !== null
/** A flag is selected. */
export const withFlag = (desk: Desk) => desk.review.flag !== null

export function isAvailable(action: Action, desk: Desk): boolean {
  return (action.context === 'global' || action.context === desk.room) && (action.when?.(desk) ?? true)
}
