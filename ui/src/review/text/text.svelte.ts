import { EditorState, Text as Rope, type Transaction } from '@codemirror/state'
import { EditorView, type ViewUpdate } from '@codemirror/view'
import type { Settings } from '../../api/generated/Settings'
import type { Api } from '../../api/api'
import type { HeardAs } from '../../api/generated/HeardAs'
import type { View } from '../../api/generated/View'
import type { WordId } from '../../api/generated/WordId'
import type { Notices } from '../../desk/notices.svelte'
import type { Writes } from '../../desk/writes.svelte'
import type { Review } from '../review.svelte'
import { placeOf, type Script as Read, type Word } from '../words'
import { given, placeOf as placeInText, rangeOf, scriptField, wordAtPlace } from './document'
import type { Known } from './edit'
import { extensions, modeOf, modes } from './editor'
import { documentOf, givenBy, textChange, tidied, type Given } from './given'
import type { Line } from './lines'
import { show, shownField, speakerOf } from './marks'
import { Loop } from './loop.svelte'
import { Speakers } from './speakers'
import { untrack } from 'svelte'
import { NO_WORDS, Writer } from './writer'

type Habits = Pick<Settings, 'pause_while_typing' | 'typing_rest_ms'>

const BACK_S = 2

/** The caret passes words while a person types; the one it rests on is the one that the other panes show. */
const CARET_REST_MS = 120

/** Words that the read transcript has between two neighbours of the document: more than these are not looked through. */
const HIDDEN_MOST = 500

type Range = [WordId, WordId] | null

interface Stale {
  views: View[]
  /** Null for all words, as soon as one write says so. */
  words: Range | 'none'
}

/**
 * The transcript as one text. Typing is written at once, run by run, and read back when it has come to rest; until then what stands on the
 * screen is the truth.
 */
export class Text {
  mode = $state<'listen' | 'edit'>('listen')
  /** What the person has set: whether playback stops while they type, and after how long a rest it goes on, from a little before. */
  habits: () => Habits = () => ({ pause_while_typing: true, typing_rest_ms: 1000 })
  /** What floats over the transcript. */
  asks = $state<'speaker' | 'heard' | null>(null)
  /** Words whose text could not be written yet. */
  unsaved = $state.raw(NO_WORDS)
  /** The person scrolled away from the playhead. */
  away = $state(false)
  /** For the live region: the word that was moved to. */
  spoken = $state('')
  loop = new Loop()
  view: EditorView | null = null
  readonly review: Review
  speakers = $derived.by(() => new Speakers(this.review.speakers))
  #api: Api
  #writes: Writes
  #notices: Notices
  #writer: Writer
  #known: Known = { texts: (id) => this.#texts(id), hidden: (left, right) => this.#hidden(left, right) }
  readonly field = scriptField(this.#known)
  /** What the document was last made from. */
  #taken: Read | null = null
  /** The editor's state while it is not drawn. */
  #kept: EditorState | null = null
  #run = ''
  #stale: Stale | null = null
  #rest: ReturnType<typeof setTimeout> | undefined
  #resume = false
  /** Position of the log after the last write of text: an answer from before it is old. */
  #wrote = 0
  #spokenLine = -1
  #caret: ReturnType<typeof setTimeout> | undefined

  constructor(review: Review, api: Api, writes: Writes, notices: Notices) {
    this.review = review
    this.#api = api
    this.#writes = writes
    this.#notices = notices
    this.#writer = this.#newWriter(null)
  }

  /** Leaves a media: what was typed in it is still written. */
  begin(media: string | null): void {
    void this.#writer.flush()
    clearTimeout(this.#rest)
    clearTimeout(this.#caret)
    this.#writer = this.#newWriter(media)
    this.mode = 'listen'
    this.asks = null
    this.unsaved = NO_WORDS
    this.#taken = null
    this.#kept = null
    this.#stale = null
    this.#resume = false
    this.#wrote = 0
    this.view?.setState(this.#stateOf([]))
  }

  #newWriter(media: string | null): Writer {
    const writer: Writer = new Writer(
      (words, run) =>
        this.#writes.write(async () => {
          const changed = await this.#api.apply(media ?? '', { op: 'write_words', words, run })
          if (writer === this.#writer) this.#wrote = changed.seq
          return changed
        }),
      (id) => this.review.wordOf(id) !== null,
      () => {
        if (writer !== this.#writer) return
        this.unsaved = writer.failed ? writer.words() : NO_WORDS
      },
    )
    return writer
  }

  // The document.

  attach = (host: HTMLElement): (() => void) => untrack(() => this.#draw(host))

  #draw(host: HTMLElement): () => void {
    const view = new EditorView({ state: this.#kept ?? this.#stateOf([]), parent: host })
    this.view = view
    this.#kept = null
    if (this.#taken === null) this.take(this.review.words.value)
    // Only a person's own scrolling says that they want to look elsewhere; the pane's own moves do not.
    const away = () => (this.away = true)
    view.scrollDOM.addEventListener('wheel', away, { passive: true })
    view.scrollDOM.addEventListener('touchmove', away, { passive: true })
    view.scrollDOM.addEventListener('pointerdown', (event) => event.offsetX > view.scrollDOM.clientWidth && away())
    return () => {
      this.listen(false)
      this.#kept = view.state
      this.view = null
      view.destroy()
    }
  }

  #stateOf(lines: readonly Line[]): EditorState {
    const doc = Rope.of(lines.length > 0 ? lines.map((line) => line.text) : [''])
    return EditorState.create({ doc, extensions: [this.field.init(() => ({ lines, writes: [] })), extensions(this)] })
  }

  get lines(): readonly Line[] {
    return this.view?.state.field(this.field).lines ?? []
  }

  /** Takes what was read into the document, unless it is older than what was typed. */
  take(read: Read | null): void {
    const view = this.view
    if (!view || read === null || read === this.#taken) return
    if (this.#taken === null) {
      view.setState(this.#stateOf(documentOf(read.list)))
      this.#taken = read
    } else {
      if (!this.#writer.idle || read.seq < this.#wrote) return
      const change = givenBy(this.lines, this.#taken.list, read.list)
      this.#taken = read
      if (change) this.#give(change)
    }
    this.show({ list: read.list })
  }

  show(shown: Parameters<typeof show.of>[0]): void {
    this.view?.dispatch({ effects: show.of(shown) })
  }

  /** Keeps the word that is said in view, unless the person scrolled away. */
  follow(word: WordId | null, lit: boolean): void {
    if (lit && !this.away && this.mode === 'listen') this.#reveal(word)
  }

  /** Shows a word that was chosen, wherever the person has scrolled to. */
  reveal(word: WordId | null): void {
    if (word === null || this.mode === 'edit') return
    this.away = false
    // Text that was drawn over elsewhere is no longer what is meant.
    const at = this.view && rangeOf(this.view.state, this.field, word)
    if (at && !this.view?.state.selection.main.empty) this.view?.dispatch({ selection: { anchor: at.from } })
    this.#reveal(word)
  }

  #reveal(word: WordId | null): void {
    const { view } = this
    const range = view && rangeOf(view.state, this.field, word)
    if (!view || !range) return
    const { scrollTop, clientHeight } = view.scrollDOM
    const { top, bottom } = view.lineBlockAt(range.from)
    const margin = Math.min(view.defaultLineHeight * 2, clientHeight / 4)
    if (top - margin >= scrollTop && bottom + margin <= scrollTop + clientHeight) return
    // A third from the top: what comes next is more wanted than what was.
    view.dispatch({ effects: EditorView.scrollIntoView(range.from, { y: 'start', yMargin: clientHeight / 3 }) })
  }

  /** Where a word is drawn; null out of view. */
  placeOf(word: WordId | null): { left: number; bottom: number } | null {
    const { view } = this
    const range = view && rangeOf(view.state, this.field, word)
    const at = range && view.coordsAtPos(range.from)
    return at ? { left: at.left, bottom: at.bottom } : null
  }

  #give(change: Given): void {
    const view = this.view
    if (!view) return
    const lines = this.lines.toSpliced(change.from, change.to - change.from, ...change.lines)
    view.dispatch({ changes: textChange(view.state.doc, this.lines, change), annotations: given.of(lines) })
  }

  #texts(id: WordId): string[] {
    const word = this.review.wordOf(id)
    return word ? [word.text, ...(word.imported === null ? [] : [word.imported])] : []
  }

  #hidden(left: WordId | null, right: WordId | null): Word[] {
    const { list } = this.review
    const first = left === null ? 0 : placeOf(list, left)
    const end = right === null ? list.length : placeOf(list, right)
    return list.slice(list[first]?.id === left ? first + 1 : first, Math.min(end, first + HIDDEN_MOST))
  }

  // Typing.

  updated(update: ViewUpdate): void {
    for (const tr of update.transactions) {
      if (tr.docChanged && tr.annotation(given) === undefined) this.#typed(tr)
      else if (tr.selection && !tr.docChanged) this.#run = ''
    }
    if (!update.docChanged && !update.selectionSet) return
    if (this.mode !== 'edit') return
    clearTimeout(this.#caret)
    this.#caret = setTimeout(() => this.#followCaret(), CARET_REST_MS)
  }

  /** Writes what a change of the text means. Splitting and merging lines and pasting are steps of their own. */
  #typed(tr: Transaction): void {
    const own = tr.startState.doc.lines !== tr.state.doc.lines || ['input.paste', 'input.drop', 'move', 'delete.break', 'delete.cut'].some((event) => tr.isUserEvent(event))
    if (own || this.#run === '') this.#run = crypto.randomUUID()
    this.#stale ??= { views: [], words: 'none' }
    this.#writer.add(this.#run, tr.state.field(this.field).writes)
    if (own) this.#run = ''
    if (this.habits().pause_while_typing && this.mode === 'edit' && this.review.player.playing) {
      this.review.player.pause()
      this.#resume = true
    }
    clearTimeout(this.#rest)
    if (this.mode === 'edit') this.#rest = setTimeout(() => void this.settle(), this.habits().typing_rest_ms)
    else void this.settle()
  }

  compose(begins: boolean): void {
    if (begins) this.#writer.hold()
    else this.#writer.release()
  }

  #followCaret(): void {
    clearTimeout(this.#caret)
    const state = this.view?.state
    const word = state ? wordAtPlace(state, this.field, state.selection.main.head) : null
    if (word !== null && word !== this.review.selection.word) this.review.select({ word })
  }

  /**
   * Keeps back the reading that a write asks for while a person types; gives what is to be read at once.
   */
  defer(views: readonly View[], words: Range): readonly View[] {
    const stale = this.#stale
    if (!stale) return views
    // What can't be written may stay so for long: all but the words goes on.
    const kept = this.#writer.failed ? views.filter((view) => view === 'words') : views
    stale.views.push(...kept.filter((view) => !stale.views.includes(view)))
    if (views.includes('words')) stale.words = stale.words === 'none' ? words : stale.words && words && wider(this.review.list, stale.words, words)
    return views.filter((view) => !kept.includes(view))
  }

  /** Typing comes to rest: what was typed is written and read back. False when it could not be written. */
  async settle(): Promise<boolean> {
    clearTimeout(this.#rest)
    const stale = this.#stale
    if (!stale && this.#writer.idle) return true
    this.#run = ''
    this.compose(false)
    await this.#writer.flush()
    if (this.#resume) {
      this.#resume = false
      this.review.skip(-BACK_S)
      this.review.player.play()
    }
    if (!this.#writer.idle) return false
    if (stale && stale === this.#stale) {
      this.#stale = null
      if (stale.views.length > 0) await this.review.refresh(stale.views, stale.words === 'none' ? null : stale.words)
    }
    return true
  }

  // The two modes.

  /** Goes into the text, with a word selected. */
  edit(word: WordId | null): void {
    const view = this.view
    if (!view || this.#taken === null || this.#taken.format === null) return
    const range = rangeOf(view.state, this.field, word)
    this.#run = ''
    this.#enter('edit')
    if (range) view.dispatch({ selection: { anchor: range.from, head: range.to }, scrollIntoView: true })
    view.focus()
  }

  #enter(mode: 'listen' | 'edit'): void {
    this.mode = mode
    this.view?.dispatch({ effects: modes.reconfigure(modeOf(this)) })
  }

  /** Back to listening, where letters are keys. */
  listen(focus = true): void {
    const view = this.view
    if (!view || this.mode === 'listen') return
    this.#followCaret()
    this.#enter('listen')
    const change = tidied(this.lines)
    if (change) this.#give(change)
    view.dispatch({ selection: { anchor: view.state.selection.main.head } })
    if (focus) view.contentDOM.focus({ preventScroll: true })
    void this.settle()
  }

  /** Selects the next word, so that it can be typed over. */
  selectNext(by: 1 | -1): boolean {
    const view = this.view
    if (!view) return false
    const word = wordAtPlace(view.state, this.field, view.state.selection.main.head)
    const next = this.#beside(word, by)
    const range = rangeOf(view.state, this.field, next)
    if (range) view.dispatch({ selection: { anchor: range.from, head: range.to }, scrollIntoView: true })
    return true
  }

  #beside(word: WordId | null, by: 1 | -1): WordId | null {
    const found = this.view && rangeOf(this.view.state, this.field, word)
    if (!found) return null
    let { line, index } = found
    const { lines } = this
    for (index += by; line >= 0 && line < lines.length; line += by, index = by > 0 ? 0 : (lines[line]?.ids.length ?? 0) - 1) {
      const id = lines[line]?.ids[index]
      if (id !== undefined) return id
    }
    return null
  }

  /** The word a row above or below the selected one, as it is drawn. */
  moveRow(by: 1 | -1): void {
    const { view, review } = this
    const range = view && rangeOf(view.state, this.field, review.selection.word ?? review.current)
    if (!view || !range) return
    const at = view.coordsAtPos(range.from)
    const row = view.defaultLineHeight * by
    // Out of view there are no places to go by: a line is as good.
    const to = at && view.posAtCoords({ x: at.left + 1, y: (at.top + at.bottom) / 2 + row })
    const place = to && placeInText(view.state.doc, to).line * by >= range.line * by ? to : null
    const word = place !== null ? wordAtPlace(view.state, this.field, place) : (this.lines[range.line + by]?.ids[0] ?? null)
    if (word !== null) review.selectWord(word)
  }

  /** Says where the selection went, to those who do not see it; while it plays the ear is busy. */
  say(word: WordId | null): void {
    const { view, review } = this
    const range = view && rangeOf(view.state, this.field, word)
    if (!view || !range || review.player.playing || this.mode === 'edit') return
    const text = view.state.sliceDoc(range.from, range.to)
    const who = this.speakers.of(review.wordOf(word)?.speaker ?? null)
    const line = range.line === this.#spokenLine ? '' : `, line ${range.line + 1}${who ? `, ${who.name}` : ''}`
    this.#spokenLine = range.line
    this.spoken = `${text}${line}`
  }

  // Lines and words, from the keys.

  #selectedRange() {
    return this.view && rangeOf(this.view.state, this.field, this.review.selection.word)
  }

  /** A line begins with the selected word. */
  split(): void {
    const range = this.#selectedRange()
    if (!range || !this.view) return
    if (range.index === 0) return this.#notices.say('The line begins here already.')
    this.view.dispatch({ changes: { from: range.from - 1, to: range.from, insert: '\n' } })
    this.#notices.say('Line split.')
  }

  /** The selected word's line goes on with the line above. */
  merge(): void {
    const range = this.#selectedRange()
    if (!range || !this.view) return
    if (range.line === 0) return this.#notices.say('There is no line above.')
    const { from } = this.view.state.doc.line(range.line + 1)
    this.view.dispatch({ changes: { from: from - 1, to: from, insert: ' ' } })
    this.#notices.say('Lines merged.')
  }

  /** Plays the line of the selected word again and again; of the one that is said where no word is selected. */
  toggleLoop(): void {
    const { review } = this
    const range = this.view && rangeOf(this.view.state, this.field, review.selection.word ?? review.current)
    const words = (range ? (this.lines[range.line]?.ids ?? []) : []).flatMap((id) => review.wordOf(id) ?? [])
    const span = { start_us: Math.min(...words.map((word) => word.start_us)), end_us: Math.max(...words.map((word) => word.end_us)) }
    this.loop.toggle(words.length > 0 ? span : null, review.player)
    this.#notices.say(this.loop.span ? 'The line is played again and again.' : 'No loop.')
  }

  /** Plays from the beginning of a line. */
  playFrom(place: number): void {
    const { view, review } = this
    if (!view) return
    const { start_us } = speakerOf(this.lines[placeInText(view.state.doc, place).line], view.state.field(shownField))
    if (start_us === null) return
    review.player.seek(start_us)
    review.player.play()
  }

  async heard(word: WordId): Promise<HeardAs | null> {
    const media = this.review.media
    return media === null ? null : this.#api.heardAs(media, word)
  }

  /** Puts another text in a word's place, as a step of its own. */
  replace(word: WordId, text: string): void {
    const range = this.view && rangeOf(this.view.state, this.field, word)
    if (!range || !this.view) return
    const was = this.review.wordOf(word)
    const insert = text + (/[\p{L}\p{N}]$/u.test(text) ? (was?.punctuation ?? '') : '')
    this.#run = ''
    this.view.dispatch({ changes: { from: range.from, to: range.to, insert } })
    this.#run = ''
    this.#notices.say(`“${text}” taken.`)
  }

  // Speakers.

  /** Words of the selected lines; of the selected word's line where no text is selected. */
  #selectedWords(): WordId[] {
    const { view } = this
    if (!view) return []
    const { main } = view.state.selection
    const word = this.#selectedRange()
    const caret = this.mode === 'edit' || !main.empty
    const [from, to] = caret ? [main.from, main.to] : word ? [word.from, word.from] : [0, -1]
    if (to < from) return []
    const first = placeInText(view.state.doc, from).line
    return this.lines.slice(first, placeInText(view.state.doc, to).line + 1).flatMap((line) => line.ids)
  }

  /** Whoever says the selected word. */
  speaker() {
    const word = this.review.word
    return word ? this.speakers.of(word.speaker) : null
  }

  /** The selected lines are said by the speaker with this number; the number after the last one is a new speaker. */
  assign(number: number): void {
    const known = this.speakers.numbered(number)
    if (!known && number !== this.speakers.all.length + 1) return this.#notices.say(`There is no speaker ${number}.`)
    void this.#assign(known?.labels[0] ?? this.speakers.unused(), known?.name ?? `speaker ${number}, new`)
  }

  async #assign(speaker: string, name: string): Promise<void> {
    const words = this.#selectedWords()
    if (words.length === 0 || !(await this.settle())) return
    if (await this.review.apply({ op: 'assign_speaker', words, speaker })) this.#notices.say(`Said by ${name}.`)
  }

  /** Names a speaker everywhere. The name of another makes the two one. */
  async rename(number: number, name: string): Promise<void> {
    const speaker = this.speakers.numbered(number)
    const clean = name.trim()
    if (!speaker || clean === '' || clean === speaker.name) return
    const other = this.speakers.named(clean)
    for (const label of speaker.labels) if (!(await this.review.apply({ op: 'name_speaker', label, name: clean }))) return
    if (other) this.#notices.news(`${speaker.name} and ${clean} are one speaker now. Undo takes it back.`)
    else this.#notices.say(`${speaker.name} is ${clean} now.`)
  }
}

function wider(list: readonly Word[], a: [WordId, WordId], b: [WordId, WordId]): [WordId, WordId] {
  return [placeOf(list, a[0]) <= placeOf(list, b[0]) ? a[0] : b[0], placeOf(list, a[1]) >= placeOf(list, b[1]) ? a[1] : b[1]]
}
