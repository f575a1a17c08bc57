import { standardKeymap } from '@codemirror/commands'
import { Compartment, type Extension } from '@codemirror/state'
import { EditorView, keymap, type Command, type KeyBinding } from '@codemirror/view'
import { breaksStaySpaces, rangeOf, wordAtPlace } from './document'
import { marks, SELECTED_ID, shownField } from './marks'
import type { Text } from './text.svelte'

const COMPOSED_MS = 60

/** Holds what differs between listening and editing. */
export const modes = new Compartment()

/** While nothing may be typed the text has the focus all the same, so that letters are keys of the table of actions. */
export function modeOf(text: Text): Extension {
  const editing = text.mode === 'edit'
  const attributes: Record<string, string> = {
    'aria-label': editing ? 'Transcript, editing' : 'Transcript',
    'aria-readonly': String(!editing),
    'data-pane': 'transcript',
    'data-mode': text.mode,
    // Undo is the log's, here as everywhere.
    'data-log': '',
    tabindex: '0',
  }
  // A word that is not drawn has no element to point to.
  const pointing = (view: EditorView): Record<string, string> => {
    const word = editing ? null : rangeOf(view.state, text.field, view.state.field(shownField).selected)
    const drawn = word !== null && word.from >= view.viewport.from && word.to <= view.viewport.to
    return drawn ? { 'aria-activedescendant': SELECTED_ID } : {}
  }
  return [EditorView.editable.of(editing), EditorView.contentAttributes.of(attributes), EditorView.contentAttributes.of(pointing), editing ? keymap.of([...keysOf(text), ...MOVING]) : []]
}

/** Arrow keys, deleting and the like; what the app has actions for is theirs. */
const MOVING: KeyBinding[] = standardKeymap.filter(({ key }) => key !== 'Enter')

function keysOf(text: Text): KeyBinding[] {
  return [
    { key: 'Escape', run: () => (text.listen(), true) },
    { key: 'Enter', run: breakLine },
    { key: 'Tab', run: () => text.selectNext(1), shift: () => text.selectNext(-1) },
  ]
}

/** Splits the line at the caret; spaces there belong to neither. */
const breakLine: Command = (view) => {
  const { main } = view.state.selection
  const line = view.state.doc.lineAt(main.from)
  const behind = view.state.doc.lineAt(main.to)
  const before = /\s*$/.exec(line.text.slice(0, main.from - line.from))?.[0].length ?? 0
  const after = /^\s*/.exec(behind.text.slice(main.to - behind.from))?.[0].length ?? 0
  view.dispatch({
    changes: { from: main.from - before, to: main.to + after, insert: '\n' },
    selection: { anchor: main.from - before + 1 },
    userEvent: 'input',
    scrollIntoView: true,
  })
  return true
}

function composing(text: Text): Extension {
  return EditorView.domEventObservers({
    compositionstart: () => text.compose(true),
    // The editor takes the composed text over a moment later.
    compositionend: (_, view) => void setTimeout(() => view.composing || text.compose(false), COMPOSED_MS),
  })
}

/** Whether the pointer is on the head of a line, which stands in the padding before its text. */
function isOnHead(event: MouseEvent): boolean {
  const line = event.target instanceof Element && event.target.classList.contains('cm-line') ? event.target : null
  return line !== null && event.clientX < line.getBoundingClientRect().left + parseFloat(getComputedStyle(line).paddingLeft)
}

function pointer(text: Text): Extension {
  const wordUnder = (view: EditorView, event: MouseEvent) => {
    const at = view.posAtCoords({ x: event.clientX, y: event.clientY }, false)
    return wordAtPlace(view.state, text.field, at)
  }
  return EditorView.domEventHandlers({
    mousedown(event, view) {
      if (!isOnHead(event)) return false
      event.preventDefault()
      text.playFrom(view.posAtCoords({ x: event.clientX, y: event.clientY }, false))
      return true
    },
    click(event, view) {
      // A stretch of text that was drawn over is to be copied, not listened to.
      if (isOnHead(event) || text.mode === 'edit' || event.detail > 1 || !view.state.selection.main.empty) return false
      const word = wordUnder(view, event)
      if (word !== null) text.review.selectWord(word)
      return false
    },
    dblclick(event, view) {
      if (isOnHead(event) || text.mode === 'edit') return false
      text.edit(wordUnder(view, event))
      return true
    },
    blur(event) {
      const to = event.relatedTarget
      // Another window, or what floats over the desk, gives the focus back.
      if (document.hasFocus() && !(to instanceof Element && to.closest('dialog'))) text.listen(false)
      return false
    },
  })
}

export function extensions(text: Text): Extension {
  return [
    shownField,
    modes.of(modeOf(text)),
    EditorView.lineWrapping,
    EditorView.perLineTextDirection.of(true),
    breaksStaySpaces,
    marks(text.field),
    composing(text),
    pointer(text),
    EditorView.updateListener.of((update) => text.updated(update)),
  ]
}
