import { RangeSetBuilder, StateEffect, StateField } from '@codemirror/state'
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view'
import type { WordId } from '../../api/generated/WordId'
import { clock } from '../../shared/time'
import { within } from '../ids'
import { isUnsure, placeOf, type Word } from '../words'
import type { ScriptField } from './document'
import { wordText, type Line } from './lines'
import { shapeOf, Speakers, type Speaker } from './speakers'

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

/** Hues for speakers; beyond them number and shape go on alone. */
const HUES = 4

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

/** Marks of plain words can wait until the view rests: they are for the pointer and for what asks for a word by its id. */
const REST_MS = 150
const rested = StateEffect.define<null>()

/** What is drawn of a line: its head, and the marks of its words. */
interface Drawn {
  before: Speaker | null
  head: Decoration
  /** Null for a plain word in a line that is not marked throughout. */
  marks: (Decoration | null)[]
}

/**
 * Marks the words in view, and no others. What is drawn of a line is kept with its record, so that a key costs the line it changes, and
 * moving the lit word two. While lines pass by or are typed in, only words that have something to say are marked.
 */
class Marks {
  decorations: DecorationSet
  #kept = new WeakMap<Line, Drawn>()
  #throughout = new WeakSet<Line>()
  /** Text was composed since the marks were made. */
  #late = false
  #field: ScriptField
  #view: EditorView
  #rest: ReturnType<typeof setTimeout> | undefined

  constructor(view: EditorView, field: ScriptField) {
    this.#field = field
    this.#view = view
    this.decorations = this.#build(view)
    this.#restLater()
  }

  destroy(): void {
    clearTimeout(this.#rest)
  }

  update(update: ViewUpdate): void {
    const [was, is] = [update.startState.field(shownField), update.state.field(shownField)]
    const rests = update.transactions.some((tr) => tr.effects.some((effect) => effect.is(rested)))
    if (!update.docChanged && !update.viewportChanged && was === is && !rests && !this.#late) return
    // A mark that is drawn anew under an input method would end its composition.
    if (update.view.composing && update.docChanged) {
      this.decorations = this.decorations.map(update.changes)
      this.#late = true
      return
    }
    this.#late = false
    if (!sameForLines(was, is)) this.#kept = new WeakMap()
    if (rests) this.#markThroughout(update.view)
    else if (update.docChanged || update.viewportChanged) this.#restLater()
    this.decorations = this.#build(update.view)
  }

  #restLater(): void {
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => {
      if (!this.#view.state.facet(EditorView.editable)) this.#view.dispatch({ effects: rested.of(null) })
    }, REST_MS)
  }

  #markThroughout(view: EditorView): void {
    for (const [line] of this.#inView(view)) {
      if (this.#throughout.has(line)) continue
      this.#throughout.add(line)
      this.#kept.delete(line)
    }
  }

  *#inView({ state, visibleRanges }: EditorView): Generator<[line: Line, start: number, number: number]> {
    const { lines } = state.field(this.#field)
    let next = 0
    for (const { from, to } of visibleRanges) {
      for (let number = Math.max(next, state.doc.lineAt(from).number); number <= state.doc.lines; number++) {
        const { from: start } = state.doc.line(number)
        if (start > to) break
        const line = lines[number - 1]
        if (line) yield [line, start, number]
        next = number + 1
      }
    }
  }

  #build(view: EditorView): DecorationSet {
    const { state } = view
    const shown = state.field(shownField)
    const { lines } = state.field(this.#field)
    const builder = new RangeSetBuilder<Decoration>()
    let before: Speaker | null | undefined
    for (const [line, start, number] of this.#inView(view)) {
      before ??= speakerOf(lines[number - 2], shown).speaker
      const drawn = this.#drawn(line, before, shown)
      builder.add(start, start, drawn.head)
      drawn.marks.forEach((mark, i) => mark && builder.add(start + (line.from[i] ?? 0), start + (line.to[i] ?? 0), mark))
      before = speakerOf(line, shown).speaker
    }
    return builder.finish()
  }

  #drawn(line: Line, before: Speaker | null, shown: Shown): Drawn {
    const special = (shown.lit !== null && line.ids.includes(shown.lit)) || (shown.selected !== null && line.ids.includes(shown.selected))
    const kept = special ? undefined : this.#kept.get(line)
    if (kept?.before === before) return kept
    const drawn = { before, head: headOf(line, before, shown), marks: marksOf(line, shown, this.#throughout.has(line)) }
    if (!special) this.#kept.set(line, drawn)
    return drawn
  }
}

function sameForLines(a: Shown, b: Shown): boolean {
  return a.list === b.list && a.speakers === b.speakers && a.flagged === b.flagged && a.anchored === b.anchored && a.unsaved === b.unsaved
}

function marksOf(line: Line, shown: Shown, throughout: boolean): (Decoration | null)[] {
  const { list } = shown
  // The words of a line follow each other in the list too: one search is enough for all of them.
  let at = line.ids[0] === undefined ? 0 : placeOf(list, line.ids[0])
  return line.ids.map((id, i) => {
    if (list[at]?.id !== id) at = placeOf(list, id)
    const word = list[at]?.id === id ? list[at++] : undefined
    const name = classesOf(word, wordText(line, i), shown)
    if (!throughout && name === 'word' && id !== shown.lit && id !== shown.selected) return null
    const attributes: Record<string, string> = { 'data-testid': 'word', 'data-word': String(id) }
    if (id === shown.lit) attributes['data-active'] = ''
    if (id === shown.selected) Object.assign(attributes, { 'data-selected': '', id: SELECTED_ID })
    return Decoration.mark({ class: name, attributes })
  })
}

/** The element of the selected word, for what points to it. */
export const SELECTED_ID = 'selected-word'

export function marks(field: ScriptField) {
  return ViewPlugin.define((view) => new Marks(view, field), { decorations: (plugin) => plugin.decorations })
}

/** Who says a line, and when: the first of its words that was read tells. */
export function speakerOf(line: Line | undefined, { list, speakers }: Shown): { speaker: Speaker | null; start_us: number | null } {
  for (const id of line?.ids ?? []) {
    const word = list[placeOf(list, id)]
    if (word?.id === id) return { speaker: speakers.of(word.speaker), start_us: word.start_us }
  }
  return { speaker: null, start_us: null }
}

/**
 * The head of a line: its time, and who speaks where that changes. It is drawn by the style sheet from attributes, since elements of its
 * own would double what a line costs to lay out. Every line takes its direction from its own text.
 */
function headOf(line: Line, before: Speaker | null, shown: Shown): Decoration {
  const { speaker, start_us } = speakerOf(line, shown)
  const attributes: Record<string, string> = { dir: 'auto', 'data-testid': 'segment' }
  if (start_us !== null) attributes['data-time'] = clock(start_us).slice(0, -4)
  if (speaker === null || speaker === before) return Decoration.line({ attributes })
  attributes['data-who'] = `${shapeOf(speaker)} ${speaker.number} ${speaker.name}`
  return Decoration.line({ attributes, class: `speaker-${((speaker.number - 1) % HUES) + 1}` })
}
