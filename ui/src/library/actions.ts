import type { Action } from '../actions/action'

export const LIBRARY: Action[] = [
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
