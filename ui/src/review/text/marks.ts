import { RangeSetBuilder, StateEffect, StateField, type EditorState } from '@codemirror/state'
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from '@codemirror/view'
import type { WordId } from '../../api/generated/WordId'
import { within } from '../ids'
import { isUnsure, placeOf, type Word } from '../words'
import type { ScriptField } from './document'
import { wordText, type Line } from './lines'
import { Speakers } from './speakers'

/** What is shown of words besides their text. */
export interface Shown {
  readonly list: readonly Word[]
  readonly speakers: Speakers
  readonly lit: WordId | null
  readonly selected: WordId | null
  readonly flagged: readonly [WordId, WordId] | null
  /** Moments of the transcript that have an anchor. */
  readonly anchored: ReadonlySet<number>
  /** Words whose text could not be written. */
  readonly unsaved: ReadonlySet<WordId>
}

const NOTHING: Shown = { list: [], speakers: new Speakers([]), lit: null, selected: null, flagged: null, anchored: new Set(), unsaved: new Set() }

export const show = StateEffect.define<Partial<Shown>>()

export const shownField = StateField.define<Shown>({
  create: () => NOTHING,
  update: (shown, tr) => tr.effects.reduce((now, effect) => (effect.is(show) ? { ...now, ...effect.value } : now), shown),
})

/** Below this the recogniser was more often wrong than not; only a hint for the eye, the gates have limits of their own. */
const LOW = 0.6

/** Every line takes its direction from its own text. */
const LINE = Decoration.line({ attributes: { dir: 'auto' } })

/** The classes of a word. `text` is what the document says, which may be newer than what was read. */
export function classesOf(word: Word | undefined, text: string, shown: Shown): string {
  if (!word) return 'word added'
  const edited = !word.added && (word.imported !== null || text !== word.text + word.punctuation)
  const has = {
    low: word.confidence !== null && word.confidence < LOW && !edited,
    unsure: isUnsure(word),
    edited,
    added: word.added,
    masked: word.masked,
    gone: !word.in_media,
    retimed: word.retimed,
    anchored: shown.anchored.has(word.original.start_us),
    flagged: shown.flagged !== null && within(shown.flagged, word.id),
    unsaved: shown.unsaved.has(word.id),
  }
  return ['word', ...Object.entries(has).flatMap(([name, is]) => (is ? [name] : []))].join(' ')
}

/**
 * Marks the words in view, and no others. The marks of a line are kept with its record, so that a key costs the marks of the line it
 * changes, and moving the lit word those of two.
 */
class Marks {
  decorations: DecorationSet
  #kept = new WeakMap<Line, Decoration[]>()
  #field: ScriptField

  constructor(view: EditorView, field: ScriptField) {
    this.#field = field
    this.decorations = this.#build(view)
  }

  update(update: ViewUpdate): void {
    const [was, is] = [update.startState.field(shownField), update.state.field(shownField)]
    if (!update.docChanged && !update.viewportChanged && was === is) return
    // A mark that is drawn anew under an input method would end its composition.
    if (update.view.composing && update.docChanged) {
      this.decorations = this.decorations.map(update.changes)
      return
    }
    if (!sameForLines(was, is)) this.#kept = new WeakMap()
    this.decorations = this.#build(update.view)
  }

  #build(view: EditorView): DecorationSet {
    const { state } = view
    const shown = state.field(shownField)
    const { lines } = state.field(this.#field)
    const builder = new RangeSetBuilder<Decoration>()
    let next = 0
    for (const { from, to } of view.visibleRanges) {
      for (let number = Math.max(next, state.doc.lineAt(from).number); number <= state.doc.lines; number++) {
        const { from: start } = state.doc.line(number)
        if (start > to) break
        const line = lines[number - 1]
        builder.add(start, start, LINE)
        if (line) this.#marksOf(line, shown).forEach((mark, i) => builder.add(start + (line.from[i] ?? 0), start + (line.to[i] ?? 0), mark))
        next = number + 1
      }
    }
    return builder.finish()
  }

  #marksOf(line: Line, shown: Shown): Decoration[] {
    const special = (shown.lit !== null && line.ids.includes(shown.lit)) || (shown.selected !== null && line.ids.includes(shown.selected))
    const kept = special ? undefined : this.#kept.get(line)
    if (kept) return kept
    const marks = marksOf(line, shown)
    if (!special) this.#kept.set(line, marks)
    return marks
  }
}

function sameForLines(a: Shown, b: Shown): boolean {
  return a.list === b.list && a.flagged === b.flagged && a.anchored === b.anchored && a.unsaved === b.unsaved
}

function marksOf(line: Line, shown: Shown): Decoration[] {
  const { list } = shown
  // The words of a line follow each other in the list too: one search is enough for all of them.
  let at = line.ids[0] === undefined ? 0 : placeOf(list, line.ids[0])
  return line.ids.map((id, i) => {
    if (list[at]?.id !== id) at = placeOf(list, id)
    const word = list[at]?.id === id ? list[at++] : undefined
    const attributes: Record<string, string> = { 'data-testid': 'word', 'data-word': String(id) }
    if (id === shown.lit) attributes['data-active'] = ''
    if (id === shown.selected) Object.assign(attributes, { 'data-selected': '', id: SELECTED_ID })
    return Decoration.mark({ class: classesOf(word, wordText(line, i), shown), attributes })
  })
}

/** The element of the selected word, for what points to it. */
export const SELECTED_ID = 'selected-word'

export function marks(field: ScriptField) {
  return ViewPlugin.define((view) => new Marks(view, field), { decorations: (plugin) => plugin.decorations })
}

/** Who says a line: whoever says the first of its words that was read. */
export function speakerAt(state: EditorState, line: Line | undefined): { index: number | null; start_us: number | null } {
  const { list } = state.field(shownField)
  for (const id of line?.ids ?? []) {
    const word = list[placeOf(list, id)]
    if (word?.id === id) return { index: word.speaker, start_us: word.start_us }
  }
  return { index: null, start_us: null }
}
