import type { Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'

function open(desk: Desk): void {
  desk.overlay = desk.overlay === 'find' ? null : 'find'
  if (desk.overlay === 'find') void desk.find.open()
}

function openNear(desk: Desk): void {
  desk.overlay = desk.overlay === 'near' ? null : 'near'
  if (desk.overlay === 'near') void desk.near.open()
}

/** Finding anything in the project. */
export const FIND: Action[] = [
  { id: 'find', label: 'Find anything: words, text on screen, annotations, flags, documents', keys: ['Ctrl+Shift+k'], context: 'global', run: open },
  { id: 'find.meaning', label: 'Find by meaning, or frames like a picture', keys: ['Ctrl+Shift+l'], context: 'global', run: openNear },
]
