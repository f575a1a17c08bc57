import { history, historyKeymap, standardKeymap } from '@codemirror/commands'
import { Annotation, EditorState, RangeSet, StateEffect, StateField, type Extension, type Text } from '@codemirror/state'
import { Decoration, drawSelection, EditorView, gutter, GutterMarker, highlightActiveLine, hoverTooltip, keymap, lineNumbers, MatchDecorator, tooltips, ViewPlugin, type DecorationSet } from '@codemirror/view'
import type { Problem } from '../../api/generated/Problem'

/** Which lines are marked, and what is said of them. */
export const mark = StateEffect.define<readonly Problem[]>()

/** The text was changed from without: nobody typed it. */
export const given = Annotation.define<boolean>()

export interface Marked {
  /** Where the line says something. */
  from: number
  to: number
  problem: Problem
}

/** Where problems lie in a text; one whose line is gone lies in the last one. */
export function places(doc: Text, problems: readonly Problem[]): Marked[] {
  const marked = problems.flatMap((problem) => {
    if (problem.line === null) return []
    const line = doc.line(Math.max(1, Math.min(doc.lines, problem.line)))
    const indent = line.text.length - line.text.trimStart().length
    return [{ from: line.text.trim() === '' ? line.from : line.from + indent, to: line.from + line.text.trimEnd().length, problem }]
  })
  return marked.map((one) => ({ ...one, to: Math.max(one.from, one.to) })).sort((a, b) => a.from - b.from)
}

const markedField = StateField.define<readonly Marked[]>({
  create: () => [],
  update(marked, tr) {
    // Until they are told anew, marks go along with what they stand on.
    const kept = tr.docChanged ? marked.map(({ from, to, problem }) => ({ from: tr.changes.mapPos(from, 1), to: tr.changes.mapPos(to, -1), problem })).filter(({ from, to }) => to >= from) : marked
    return tr.effects.reduce((now, effect) => (effect.is(mark) ? places(tr.state.doc, effect.value) : now), kept)
  },
  provide: (field) => EditorView.decorations.from(field, (marked) => Decoration.set(marked.flatMap(({ from, to, problem }) => (to > from ? [Decoration.mark({ class: problem.stops ? 'wrong' : 'doubtful' }).range(from, to)] : [])), true)),
})

/** A sign in the gutter; its shape says whether nothing can be asked with it. */
class Sign extends GutterMarker {
  readonly stops: boolean
  readonly what: string

  constructor(stops: boolean, what: string) {
    super()
    this.stops = stops
    this.what = what
  }

  override eq(other: Sign): boolean {
    return other.stops === this.stops && other.what === this.what
  }

  override toDOM(): Node {
    const sign = document.createElement('span')
    sign.className = this.stops ? 'sign wrong' : 'sign doubtful'
    sign.textContent = this.stops ? '✕' : '!'
    sign.title = this.what
    return sign
  }
}

const signs = gutter({
  class: 'signs',
  markers: (view) => {
    const marked = view.state.field(markedField)
    const lines = new Map<number, Problem>()
    for (const { from, problem } of marked) {
      const at = view.state.doc.lineAt(from).from
      if (!lines.get(at)?.stops) lines.set(at, problem)
    }
    return RangeSet.of([...lines].map(([at, { stops, what }]) => new Sign(stops, what).range(at)), true)
  },
  initialSpacer: () => new Sign(true, ''),
})

const said = hoverTooltip((view, at) => {
  const here = view.state.field(markedField).filter(({ from, to }) => from <= at && at <= to)
  const [first] = here
  if (!first) return null
  return {
    pos: first.from,
    end: first.to,
    above: true,
    create: () => {
      const dom = document.createElement('div')
      dom.className = 'said'
      for (const { problem } of here) dom.appendChild(document.createElement('p')).textContent = problem.what
      return { dom }
    },
  }
})

/** Tells what is filled in from what is sent as it stands; in JSON, names from values. */
function told(json: boolean): Extension {
  const matcher = json
    ? new MatchDecorator({ regexp: /"(?:[^"\\]|\\.)*"(?=\s*:)/g, decoration: Decoration.mark({ class: 'name' }) })
    : new MatchDecorator({ regexp: /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/g, decoration: Decoration.mark({ class: 'filled' }) })
  return ViewPlugin.define<{ shown: DecorationSet; update(update: Parameters<typeof matcher.updateDeco>[0]): void }>(
    (view) => ({
      shown: matcher.createDeco(view),
      update(update) {
        this.shown = matcher.updateDeco(update, this.shown)
      },
    }),
    { decorations: ({ shown }) => shown },
  )
}

export interface Wish {
  label: string
  text: string
  json: boolean
}

/** The state of a text that is edited. It can be kept while another text is shown, so that what was typed can still be taken back. */
export function stateOf({ label, text, json }: Wish): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      history(),
      keymap.of([...historyKeymap, ...standardKeymap]),
      signs,
      lineNumbers(),
      drawSelection(),
      highlightActiveLine(),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': label, 'data-pane': 'prompt', spellcheck: 'false', tabindex: '0' }),
      markedField,
      said,
      // What is said of a line stays inside of its pane, which is laid out by itself.
      tooltips({ position: 'absolute', tooltipSpace: (view) => view.scrollDOM.getBoundingClientRect() }),
      told(json),
    ],
  })
}
