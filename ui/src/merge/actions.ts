import type { Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'

const withSide = (side: number) => (desk: Desk) => desk.merge.open && Boolean(desk.merge.conflict?.sides[side])
const SIDES = ['first', 'second', 'third', 'fourth']

/** Working with others: copies of the project, and what their makers differ on. */
export const MERGE: Action[] = [
  { id: 'merge', label: 'Merge a copy', keys: [], context: 'global', run: (desk) => void desk.merge.merge() },
  { id: 'project.copy', label: 'Copy the project for another reviewer', keys: [], context: 'global', run: (desk) => void desk.merge.copy() },
  { id: 'conflicts', label: 'Conflicts and agreement', keys: ['Ctrl+Shift+m'], context: 'global', run: (desk) => (desk.merge.open ? desk.merge.hide() : void desk.merge.show()) },
  { id: 'conflict.next', label: 'Next conflict', keys: ['F4'], context: 'global', repeats: true, run: (desk) => void desk.merge.move(1) },
  { id: 'conflict.previous', label: 'Previous conflict', keys: ['Shift+F4'], context: 'global', repeats: true, run: (desk) => void desk.merge.move(-1) },
  ...SIDES.map((name, side): Action => ({ id: `conflict.pick-${side + 1}`, label: `Take the ${name} side`, keys: [`Ctrl+Alt+${side + 1}`], context: 'global', when: withSide(side), run: (desk) => void desk.merge.pick(side) })),
]
