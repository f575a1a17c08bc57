import type { Api, MediaInfo, ReviewOp } from '../api/api'
import type { AlignmentView } from '../api/generated/AlignmentView'
import type { AnnotationsView } from '../api/generated/AnnotationsView'
import type { Decision } from '../api/generated/Decision'
import type { DefectKind } from '../api/generated/DefectKind'
import type { FlagsView } from '../api/generated/FlagsView'
import type { FlagView } from '../api/generated/FlagView'
import type { View } from '../api/generated/View'
import type { Notices } from '../desk/notices.svelte'
import { Reading } from '../desk/reading.svelte'
import type { Writes } from '../desk/writes.svelte'
import { clock, drift } from '../shared/time'
import { SvelteMap } from 'svelte/reactivity'
import { Ahead } from './ahead'
import { DEFECTS, defectAt } from './flags/defects'
import { Documents } from './documents/documents.svelte'
import { DECISIONS, isOpen, nextOpen } from './flags/flags'
import { lineOf, nextPiece } from './flags/plot'
import { Annotating } from './picture/annotating.svelte'
import { Player } from './player.svelte'
import { Text } from './text/text.svelte'
import { Marks } from './timeline/span.svelte'
import { order } from './ids'
import { indexOf, retimed, type Script, scriptOf, type Word, WordTimes } from './words'

export interface Selection {
  word: number | null
  flag: string | null
  /** Of those that people found. */
  defect: string | null
  anchor: string | null
  annotation: string | null
  /** Of the open proposal, by its index. */
  piece: number | null
}

/** What keys ask of the timeline. */
export interface TimelineView {
  zoomIn(): void
  zoomOut(): void
  fit(): void
  toggleFollow(): void
}

/** Words `[first, end)`; null where it may be any. */
type Range = [number, number] | null

function union(a: Range, b: [number, number]): [number, number] {
  if (a === null) return b
  return [order(a[0]) < order(b[0]) ? a[0] : b[0], order(a[1]) > order(b[1]) ? a[1] : b[1]]
}

const NOTHING: Selection = { word: null, flag: null, defect: null, anchor: null, annotation: null, piece: null }

const SECOND_US = 1_000_000

/** One media on the desk: its views, what is selected, and the changes a reviewer makes to it. */
export class Review {
  info = $state.raw<MediaInfo | null>(null)
  words = new Reading<Script>()
  alignment = new Reading<AlignmentView>()
  flags = new Reading<FlagsView>()
  annotations = new Reading<AnnotationsView>()
  documents: Documents
  selection = $state<Selection>(NOTHING)
  /** The flag or the defect whose note is being written. */
  noting = $state<string | null>(null)
  /** Words `[first, end)` of the hits of a search, to be shown as such. */
  found = $state.raw<[number, number][]>([])
  player = new Player()
  text: Text
  annotating = new Annotating(this)
  marks = new Marks()
  /** The timeline, while it is drawn: what is shown of it is its own affair, the keys for it are the room's. */
  timeline = $state.raw<TimelineView | undefined>()
  /** Decisions on their way: they count at once, so that the next key acts on the next flag. */
  #deciding = new SvelteMap<string, { decision: Decision | null; note: string | null }>()
  /** Notes on flags that wait for a verdict: they are kept with it. */
  #notes = new SvelteMap<string, string | null>()
  #ahead: Ahead | null = null
  #api: Api
  #writes: Writes
  #notices: Notices
  #opened = 0
  #chosenAt = 0
  /** Words that a write changed and no answer has brought yet. */
  #unread: Range | 'all' = null

  media = $derived(this.info?.id ?? null)
  /** The media has sound, and nobody has written down what is said. */
  unheard = $derived(this.info?.has_audio === true && this.words.value !== null && this.words.value.format === null)
  list = $derived(this.words.value?.list ?? [])
  lines = $derived(this.words.value?.lines ?? [])
  speakers = $derived(this.words.value?.speakers ?? [])
  times = $derived(new WordTimes(this.list))
  lit = $derived(this.times.at(this.player.playhead_us))
  /** The last word that began: says which line is being read even in a pause. */
  current = $derived(this.times.before(this.player.playhead_us))
  flagList = $derived((this.flags.value?.flags ?? []).map((flag) => this.#foreseen(flag)))
  openFlags = $derived(this.flagList.filter(isOpen))
  /** What people found and no gate did, in order of time. */
  defects = $derived(this.flags.value?.defects ?? [])
  defect = $derived(this.defects.find((defect) => defect.id === this.selection.defect) ?? null)
  flag = $derived(this.flagList.find((flag) => flag.id === this.selection.flag) ?? null)
  word = $derived(this.wordOf(this.selection.word))
  /** The stretch between in and out. */
  span = $derived(this.marks.span)
  proposal = $derived(this.alignment.value?.proposal ?? null)
  proposalOpen = $derived(this.proposal?.state === 'open')
  pieces = $derived(this.proposal?.pieces ?? [])
  /** The selected piece, while there is something to decide about it. */
  piece = $derived(this.proposalOpen && this.selection.piece !== null ? (this.pieces[this.selection.piece] ?? null) : null)

  constructor(api: Api, writes: Writes, notices: Notices) {
    this.#api = api
    this.#writes = writes
    this.#notices = notices
    this.documents = new Documents(api)
    this.text = new Text(this, api, writes, notices)
  }

  /** Puts a media on the desk, with the given flag selected, or its first open one. */
  async open(media: string, wanted: string | null = null): Promise<void> {
    const mine = ++this.#opened
    const ahead = this.#ahead?.media === media ? this.#ahead : null
    this.#ahead = null
    // What was read ahead takes the place of the media before it at once; else the desk is empty until something is there.
    if (!ahead) this.close()
    const info = await (ahead?.info ?? this.#api.media(media))
    if (mine !== this.#opened) return
    if (ahead) this.close()
    this.info = info
    this.text.begin(media)
    this.player.load(info.duration_us, info.frame_rate, (at_us) => this.#api.frameTimes(media, at_us))
    await (ahead ? this.#take(ahead) : this.refresh(['words', 'alignment', 'flags', 'annotations']))
    if (mine === this.#opened) await this.refresh(['documents'])
    const first = this.flagList.find((flag) => flag.id === wanted) ?? this.openFlags[0]
    if (mine !== this.#opened || !first) return
    this.selectFlag(first.id)
    this.#notices.say(this.proposalOpen ? `A map is proposed. ${this.proposal?.sentence ?? ''}` : this.#describe(first))
  }

  /** Asks for the views of a media that is likely to be opened next. */
  readAhead(media: string): void {
    if (this.#ahead?.media === media || media === this.media) return
    this.#ahead = new Ahead(this.#api, media, (ahead) => this.#ahead === ahead && (this.#ahead = null))
  }

  /** What was read ahead of a media, or of any, is out of date. */
  forgetAhead(media: string | null): void {
    if (media === null || this.#ahead?.media === media) this.#ahead = null
  }

  async #take(ahead: Ahead): Promise<void> {
    await Promise.all([
      this.words.read(() => ahead.words),
      this.alignment.read(() => ahead.alignment),
      this.flags.read(() => ahead.flags),
      this.annotations.read(() => ahead.annotations),
    ])
  }

  close(): void {
    this.text.begin(null)
    this.documents.clear()
    this.info = null
    this.selection = NOTHING
    this.#unread = null
    this.noting = null
    this.#deciding.clear()
    this.annotating.load()
    this.marks.clear()
    this.#notes.clear()
    for (const reading of [this.words, this.alignment, this.flags, this.annotations]) reading.clear()
    this.player.load(0, null)
  }

  /** Reads again what a write, or a job, made stale. */
  async refresh(stale: readonly View[], touched: Range = null): Promise<void> {
    const media = this.media
    if (media === null) return
    stale = this.text.defer(stale, touched)
    const reads: Promise<boolean>[] = []
    if (stale.includes('words')) reads.push(this.#readWords(media, touched))
    if (stale.includes('alignment')) reads.push(this.alignment.read(() => this.#api.alignment(media)))
    if (stale.includes('flags')) reads.push(this.flags.read(() => this.#api.flags(media)))
    if (stale.includes('annotations')) reads.push(this.annotations.read(() => this.#api.annotations(media)))
    if (stale.includes('documents')) reads.push(this.documents.read(media).then(() => true))
    // Every view is tried, whichever of them fails; each failure is told once.
    for (const read of await Promise.allSettled(reads)) if (read.status === 'rejected') this.#notices.failed(read.reason)
    if (media === this.media) this.#goOnFromGone()
  }

  /** The selected flag has passed, once its words were measured again: the desk goes on to one that has not. */
  #goOnFromGone(): void {
    if (this.selection.flag === null || this.flag || this.flags.value === null) return
    const next = nextOpen(this.flagList, null, this.player.playhead_us, 1)
    if (next && !this.player.playing && this.text.mode === 'listen') this.selectFlag(next.id)
    else this.select({ flag: null })
  }

  /** Reads words again, of a stretch or all of them; what an answer that is dropped would have brought is asked for again. */
  async #readWords(media: string, touched: Range): Promise<boolean> {
    const known = this.words.value
    this.#unread = known === null || touched === null || this.#unread === 'all' ? 'all' : union(this.#unread, touched)
    const range = this.#unread === 'all' ? null : this.#unread
    const read = await this.words.read(() => this.#api.words(media, range).then((view) => scriptOf(view, this.words.value)))
    if (read) this.#unread = null
    return read
  }

  /** Reads a media again from the ground up, keeping what is selected: its file or its transcript changed under it. */
  async reread(): Promise<void> {
    const media = this.media
    if (media === null) return
    const info = await this.#api.media(media)
    if (this.media !== media) return
    if (info.duration_us !== this.info?.duration_us) this.player.load(info.duration_us, info.frame_rate, (at_us) => this.#api.frameTimes(media, at_us))
    this.info = info
    await this.refresh(['words', 'alignment', 'flags', 'annotations', 'documents'])
  }

  apply(op: ReviewOp): Promise<boolean> {
    const media = this.media
    if (media === null) return Promise.resolve(false)
    return this.#writes.write(() => this.#api.apply(media, op))
  }

  select(change: Partial<Selection>): void {
    this.selection = { ...this.selection, ...(change.flag ? { defect: null } : {}), ...change }
    this.#chosenAt = this.player.plays
  }

  /** A selection made in the timeline, which says itself where the playhead goes. A flag brings its first word along. */
  selectFrom(change: Partial<Selection>): void {
    const flag = this.flagList.find((flag) => flag.id === change.flag)
    this.select({ ...(flag?.words ? { word: flag.words[0] } : {}), ...change })
  }

  unselect(): void {
    this.annotating.drop()
    this.selection = NOTHING
  }

  wordOf(id: number | null): Word | null {
    const at = indexOf(this.list, id)
    return at === null ? null : (this.list[at] ?? null)
  }

  selectWord(id: number, seek = true): void {
    const word = this.wordOf(id)
    if (!word) return
    this.select({ word: id })
    if (seek) this.player.seek(word.start_us)
  }

  /** The word before or after the selected one; with none selected, or after playing on, the one that is being said. */
  moveWord(by: 1 | -1): void {
    const from = this.#chosenAt === this.player.plays ? (this.selection.word ?? this.current) : this.current
    let to = from === null ? 0 : (indexOf(this.list, from) ?? 0) + by
    // Words that were removed are passed over.
    while (this.list[to]?.text === '') to += by
    const word = this.list[to]
    if (word) this.selectWord(word.id)
  }

  skip(seconds: number): void {
    this.player.seek(this.player.playhead_us + seconds * SECOND_US)
  }

  step(by: 1 | -1): void {
    this.player.step(by).catch((error: unknown) => this.#notices.failed(error))
  }

  selectFlag(id: string): void {
    const flag = this.flagList.find((flag) => flag.id === id)
    if (!flag) return
    this.select({ flag: id, ...(flag.words ? { word: flag.words[0] } : {}) })
    this.player.seek(flag.start_us)
  }

  moveFlag(by: 1 | -1): void {
    const next = nextOpen(this.flagList, this.selection.flag, this.player.playhead_us, by)
    if (!next) return this.#notices.say('No open flags.')
    this.selectFlag(next.id)
    this.#notices.say(this.#describe(next))
  }

  /**
   * Decides on the selected flag and goes on: to the next open one in order of time, or where the caller goes, who says what comes. True once
   * written.
   */
  async decide(decision: Decision | null, goOn: (flag: FlagView) => string = (flag) => this.#goOn(flag)): Promise<boolean> {
    const flag = this.flag
    if (!flag) return false
    const written = this.#decide(flag, decision, decision && this.noteOf(flag))
    this.#notes.delete(flag.id)
    this.#notices.say(decision === null ? 'Verdict withdrawn.' : `${DECISIONS[decision].word}. ${goOn(flag)}`)
    return written
  }

  async #decide(flag: FlagView, decision: Decision | null, note: string | null): Promise<boolean> {
    const deciding = { decision, note }
    this.#deciding.set(flag.id, deciding)
    const written = await this.apply({ op: 'decide', flag: flag.id, decision, note })
    if (this.#deciding.get(flag.id) === deciding) this.#deciding.delete(flag.id)
    return written
  }

  #goOn(from: FlagView): string {
    const next = nextOpen(this.flagList, from.id, from.start_us, 1)
    if (!next) return 'No more open flags.'
    this.selectFlag(next.id)
    return this.#describe(next)
  }

  /** The note on a flag: what was written last, else what its verdict says. */
  noteOf(flag: FlagView): string | null {
    const written = this.#notes.get(flag.id)
    return written === undefined ? (flag.verdict?.note ?? null) : written
  }

  /** Opens the field for the note on what is selected. */
  writeNote(): void {
    this.noting = this.selection.defect ?? this.selection.flag
  }

  /** Keeps a note: with the verdict where there is one, else until there is. */
  keepNote(id: string, text: string): void {
    if (this.noting === id) this.noting = null
    const note = text.trim() || null
    const defect = this.defects.find((defect) => defect.id === id)
    const flag = this.flagList.find((flag) => flag.id === id)
    if (defect && defect.note !== note) void this.apply({ op: 'add_defect', defect: { ...defect, note } })
    else if (flag?.verdict && flag.verdict.note !== note) void this.#decide(flag, flag.verdict.decision, note)
    else if (flag && !flag.verdict) this.#notes.set(id, note)
  }

  selectDefect(id: string): void {
    const defect = this.defects.find((defect) => defect.id === id)
    if (!defect) return
    this.select({ defect: id, flag: null, ...(defect.words ? { word: defect.words[0] } : {}) })
    this.player.seek(defect.span.start_us)
  }

  /** Adds what a person found at the selected words, between in and out, or round the playhead; `pane` says where they were looking. */
  addDefect(kind: DefectKind, pane: string | null): void {
    if (!this.info) return
    const defect = defectAt(kind, this, pane)
    this.#notices.say(`${DEFECTS[kind].word} at ${clock(defect.span.start_us)}, by hand.`)
    void this.apply({ op: 'add_defect', defect })
  }

  removeDefect(id: string): void {
    if (this.selection.defect === id) this.select({ defect: null })
    void this.apply({ op: 'remove_defect', id })
  }

  async judgeMap(accept: boolean): Promise<void> {
    if (!(await this.apply({ op: accept ? 'accept_map' : 'reject_map' }))) return
    const left = this.openFlags.length
    this.#notices.say(`Map ${accept ? 'accepted' : 'rejected'}. ${left} open ${left === 1 ? 'flag' : 'flags'}.`)
    // What the map mended has passed: the desk goes on to what has not.
    if (this.flag && isOpen(this.flag)) return
    const next = nextOpen(this.flagList, this.selection.flag, this.player.playhead_us, 1)
    if (next) this.selectFlag(next.id)
  }

  selectPiece(index: number): void {
    const piece = this.pieces[index]
    if (!piece) return
    this.select({ piece: index })
    this.player.seek(piece.media.start_us)
  }

  movePiece(by: 1 | -1): void {
    const next = nextPiece(this.pieces, this.selection.piece, by)
    if (!next) return
    this.selectPiece(next.index)
    this.#notices.say(`Piece ${next.index + 1} of ${this.pieces.length}${next.accepted ? ', accepted' : ''}: ${lineOf(next)}.`)
  }

  /** Puts the selected piece in force; it stays selected, so that what moved is seen. */
  async acceptPiece(): Promise<void> {
    const piece = this.piece
    if (!piece || !(await this.apply({ op: 'accept_piece', piece: piece.index }))) return
    const left = this.pieces.filter((other) => !other.accepted).length
    this.#notices.say(`Piece ${piece.index + 1} accepted. ${this.proposalOpen ? `${left} left.` : 'The whole map is in force.'}`)
  }

  /** Says that the selected word is heard at the playhead: the map bends through it. */
  anchorHere(): void {
    const word = this.word
    if (!word) return
    const transcript_us = word.original.start_us
    const media_us = this.player.playhead_us
    // A second anchor on one moment of the transcript would contradict the first: it is moved instead.
    const same = this.alignment.value?.anchors.find((anchor) => anchor.transcript_us === transcript_us)
    this.#notices.say(`“${word.text}” anchored, ${drift(media_us - transcript_us)}.`)
    void this.apply({ op: 'set_anchor', id: same?.id ?? null, transcript_us, media_us })
  }

  /** Plays the selected word, a second around it, where the open proposal has it or where it was imported. */
  hear(where: 'proposed' | 'original'): void {
    const word = this.word
    if (!word) return
    const { start_us, end_us } = where === 'original' ? word.original : (word.proposed ?? word)
    this.player.playSpan(Math.max(0, start_us - SECOND_US), end_us + SECOND_US)
  }

  removeAnchor(id: string): void {
    if (this.selection.anchor === id) this.select({ anchor: null })
    void this.apply({ op: 'remove_anchor', id })
  }

  /** Moves one end of the selected word to the playhead; where that would turn the word over, the whole word moves. */
  retime(end: 'start' | 'end'): void {
    const word = this.word
    if (!word) return
    const { start_us, end_us } = retimed(word, end, this.player.playhead_us)
    if (end_us > start_us) void this.apply({ op: 'retime_word', word: word.id, start_us, end_us })
  }

  resetTime(): void {
    if (this.word?.retimed) void this.apply({ op: 'reset_word_time', word: this.word.id })
  }

  #foreseen(flag: FlagView): FlagView {
    const deciding = this.#deciding.get(flag.id)
    if (deciding === undefined) return flag
    const { decision, note } = deciding
    const { value, limit, thresholds } = flag
    // A flag that is decided on blind tells its value once it is read again; until then the flag's own null says that there is none.
    return { ...flag, verdict: decision && { decision, value: value ?? 0, limit, thresholds, note, by: '' } }
  }

  #describe(flag: FlagView): string {
    return `${flag.label}: ${flag.why}`
  }
}
