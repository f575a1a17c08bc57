import type { Desk } from '../desk/desk.svelte'
import { modeOf } from '../desk/mode'
import { isAvailable, type Action } from './action'
import { chordOf, isForText } from './keys'

/** The action that a chord means in a room. A room's own keys come before those of the frame. */
export function actionFor(chord: string, desk: Desk): Action | null {
  const bound = desk.keymap.bound(chord).filter((action) => isAvailable(action, desk))
  return bound.find((action) => action.context !== 'global') ?? bound[0] ?? null
}

/** Runs what a key means, if anything. A part of the screen that took the key for itself has prevented its default. */
export function dispatch(event: KeyboardEvent, desk: Desk): void {
  // AltGr reaches the third sign of a key, and is told as Ctrl and Alt on some systems.
  if (event.defaultPrevented || event.isComposing || event.getModifierState('AltGraph')) return
  const chord = chordOf(event)
  const action = actionFor(chord, desk)
  if (!action || !mayAct(chord, action, event.target, desk)) return
  event.preventDefault()
  if (event.repeat && !action.repeats) return
  press(action, desk)
}

/** Runs an action; what is being typed is kept first, since the action may take the field away. */
export function press(action: Action, desk: Desk): void {
  const field = document.activeElement
  if (field instanceof HTMLElement && isTextField(field) && !field.closest('dialog, [data-log]') && !action.keepsFocus) field.blur()
  action.run(desk)
}

function mayAct(chord: string, action: Action, target: EventTarget | null, desk: Desk): boolean {
  // What floats has the keys to itself; the key that opened it also closes it.
  if (desk.overlay !== null && action.id !== desk.overlay) return false
  // While text is edited a letter is text, wherever the focus is; Escape is the way back.
  if (modeOf(desk) === 'edit' && isForText(chord) && chord !== 'Escape') return false
  if (!(target instanceof HTMLElement)) return true
  // A field whose text is written as it is typed has no undo of its own. A list of choices has letters and arrows of its own as well.
  if (isTextField(target) || target instanceof HTMLSelectElement) return !isForText(chord) && (!action.leavesText || target.closest('[data-log]') !== null)
  // A control that has the focus is pressed by these two.
  return !((chord === 'Space' || chord === 'Enter') && target.closest('button, a, select, summary, [role="menuitem"]'))
}

export function isTextField(target: HTMLElement): boolean {
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target.isContentEditable
}
