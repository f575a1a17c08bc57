import { gutter, GutterMarker, type BlockInfo, type EditorView } from '@codemirror/view'
import { clock } from '../../shared/time'
import type { ScriptField } from './document'
import { shownField, speakerAt } from './marks'
import { shapeOf, type Speaker } from './speakers'

/** What stands beside a line: its time, and who speaks where that changes. */
class Head extends GutterMarker {
  #time: string | null
  #speaker: Speaker | null

  constructor(time: string | null, speaker: Speaker | null) {
    super()
    this.#time = time
    this.#speaker = speaker
  }

  override eq(other: Head): boolean {
    return this.#time === other.#time && this.#speaker?.name === other.#speaker?.name && this.#speaker?.number === other.#speaker?.number
  }

  override toDOM(): Node {
    const head = document.createElement('div')
    head.className = 'head'
    if (this.#time !== null) head.append(part('bdi', 'time', this.#time))
    if (this.#speaker) head.append(whoOf(this.#speaker))
    return head
  }
}

function part(tag: string, name: string, text: string): HTMLElement {
  const element = document.createElement(tag)
  element.className = name
  element.textContent = text
  return element
}

/** Times and names keep their own direction beside lines that run the other way. */
function whoOf(speaker: Speaker): HTMLElement {
  const who = part('div', `who speaker-${((speaker.number - 1) % 4) + 1}`, '')
  who.title = speaker.number < 10 ? `${speaker.name} (Alt+${speaker.number} for another line)` : speaker.name
  who.append(part('span', 'shape', shapeOf(speaker)), part('span', 'number', String(speaker.number)), part('bdi', 'name', speaker.name))
  return who
}

/** The lines' heads; a click on a time plays there. */
export function heads(field: ScriptField, play: (at_us: number) => void) {
  const lineAt = (view: EditorView, block: BlockInfo) => view.state.doc.lineAt(block.from).number - 1
  return gutter({
    class: 'heads',
    lineMarker(view, block) {
      const { lines } = view.state.field(field)
      const at = lineAt(view, block)
      const { index, start_us } = speakerAt(view.state, lines[at])
      const { speakers } = view.state.field(shownField)
      const who = speakers.of(index)
      const before = at > 0 ? speakers.of(speakerAt(view.state, lines[at - 1]).index) : null
      return new Head(start_us === null ? null : clock(start_us).slice(0, -4), who && who !== before ? who : null)
    },
    lineMarkerChange(update) {
      const [was, is] = [update.startState.field(shownField), update.state.field(shownField)]
      return was.list !== is.list || was.speakers !== is.speakers
    },
    domEventHandlers: {
      mousedown(view, block, event) {
        event.preventDefault()
        if (!(event.target instanceof Element) || !event.target.closest('.time')) return true
        const { start_us } = speakerAt(view.state, view.state.field(field).lines[lineAt(view, block)])
        if (start_us !== null) play(start_us)
        return true
      },
    },
  })
}
