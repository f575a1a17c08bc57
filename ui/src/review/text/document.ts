import { Annotation, EditorState, StateField, type Extension, type Text, type Transaction } from '@codemirror/state'
import type { WordId } from '../../api/generated/WordId'
import { order } from '../ids'
import { edit, type Change, type Known, type Place, type WordWrite } from './edit'
import { find, wordAt, type Line } from './lines'

/** The words of the editor's text. */
export interface Script {
  readonly lines: readonly Line[]
  /** What the last change means for words: to be written. */
  readonly writes: readonly WordWrite[]
}

/** Lines that come from elsewhere than the keyboard, as after undo; they are not written. */
export const given = Annotation.define<readonly Line[]>()

export type ScriptField = StateField<Script>

/** Keeps the words beside the text: every change of the text becomes writes of words. */
export function scriptField(known: Known): ScriptField {
  return StateField.define<Script>({
    create: () => ({ lines: [], writes: [] }),
    update(script, tr) {
      const lines = tr.annotation(given)
      if (lines) return { lines, writes: [] }
      if (!tr.docChanged) return script.writes.length === 0 ? script : { ...script, writes: [] }
      return typed(script.lines, tr, known)
    },
  })
}

/** Applies the parts of a change from the last to the first, so that places in front of them stay where they are. */
function typed(lines: readonly Line[], tr: Transaction, known: Known): Script {
  const changes: Change[] = []
  const doc = tr.startState.doc
  tr.changes.iterChanges((from, to, _from, _to, inserted) => changes.push({ from: placeOf(doc, from), to: placeOf(doc, to), insert: inserted.toString() }))
  const writes = new Map<WordId, WordWrite>()
  let now = lines
  for (const change of changes.reverse()) {
    const made = edit(now, change, known)
    now = made.lines
    for (const write of made.writes) writes.set(write.word, write)
  }
  return { lines: now, writes: [...writes.values()] }
}

export function placeOf(doc: Text, at: number): Place {
  const line = doc.lineAt(at)
  return { line: line.number - 1, at: at - line.from }
}

/** A word that is deleted together with the break behind it, or a break alone, must not join two words. */
export const breaksStaySpaces: Extension = EditorState.transactionFilter.of((tr) => {
  if (!tr.isUserEvent('delete') || !tr.docChanged) return tr
  const breaks: number[] = []
  const doc = tr.startState.doc
  tr.changes.iterChanges((from, to, _from, _to, inserted) => {
    if (inserted.length === 0 && doc.sliceString(from, to) === '\n' && /\S/.test(doc.sliceString(from - 1, from)) && /\S/.test(doc.sliceString(to, to + 1))) breaks.push(from)
  })
  if (breaks.length === 0) return tr
  const changes = breaks.map((from) => ({ from, to: from + 1, insert: ' ' }))
  return { changes, selection: { anchor: breaks[0] ?? 0 }, userEvent: 'delete.break', scrollIntoView: true }
})

/** Where a word stands in the text. */
export function rangeOf(state: EditorState, field: ScriptField, word: WordId | null): { from: number; to: number; line: number; index: number } | null {
  if (word === null) return null
  const { lines } = state.field(field)
  const found = find(lines, word, order)
  const line = found && lines[found.line]
  if (!line) return null
  const { from } = state.doc.line(found.line + 1)
  return { from: from + (line.from[found.index] ?? 0), to: from + (line.to[found.index] ?? 0), ...found }
}

/** The word at a place of the text; in a line with no words none. */
export function wordAtPlace(state: EditorState, field: ScriptField, at: number): WordId | null {
  const place = placeOf(state.doc, at)
  const line = state.field(field).lines[place.line]
  const index = line ? wordAt(line, place.at) : null
  return index === null ? null : (line?.ids[index] ?? null)
}
