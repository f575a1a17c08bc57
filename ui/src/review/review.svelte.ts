import type { Api, MediaInfo, ReviewOp } from '../api/api'
import type { AlignmentView } from '../api/generated/AlignmentView'
import type { AnnotationsView } from '../api/generated/AnnotationsView'
import type { Decision } from '../api/generated/Decision'
import type { FlagsView } from '../api/generated/FlagsView'
import type { FlagView } from '../api/generated/FlagView'
import type { View } from '../api/generated/View'
import type { Notices } from '../desk/notices.svelte'
import { Reading } from '../desk/reading.svelte'
import type { Writes } from '../desk/writes.svelte'
import { drift } from '../shared/time'
import { SvelteMap } from 'svelte/reactivity'
import { DECISIONS, isOpen, nextOpen } from './flags/flags'
import { lineOf, nextPiece } from './flags/plot'
import { Player } from './player.svelte'
import { order } from './ids'
import { indexOf, retimed, type Script, scriptOf, type Word, WordTimes } from './words'

export interface Selection {
  word: number | null
  flag: string | null
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

const NOTHING: Selection = { word: null, flag: null, anchor: null, annotation: null, piece: null }

const SECOND_US = 1_000_000

/** One media on the desk: its views, what is selected, and the changes a reviewer makes to it. */
export class Review {
  info = $state.raw<MediaInfo | null>(null)
  words = new Reading<Script>()
  alignment = new Reading<AlignmentView>()
  flags = new Reading<FlagsView>()
  annotations = new Reading<AnnotationsView>()
  selection = $state<Selection>(NOTHING)
  /** The word whose text is being edited. */
  editing = $state<number | null>(null)
  /** Words `[first, end)` of the hits of a search, to be shown as such. */
  found = $state.raw<[number, number][]>([])
  player = new Player()
  /** The timeline, while it is drawn: what is shown of it is its own affair, the keys for it are the room's. */
  timeline = $state.raw<TimelineView | undefined>()
  /** Decisions on their way: they count at once, so that the next key acts on the next flag. */
  #deciding = new SvelteMap<string, Decision | null>()
  #api: Api
  #writes: Writes
  #notices: Notices
  #opened = 0
  #chosenAt = 0
  /** Words that a write changed and no answer has brought yet. */
  #unread: Range | 'all' = null

  media = $derived(this.info?.id ?? null)
  list = $derived(this.words.value?.list ?? [])
  lines = $derived(this.words.value?.lines ?? [])
  speakers = $derived(this.words.value?.speakers ?? [])
  times = $derived(new WordTimes(this.list))
  lit = $derived(this.times.at(this.player.playhead_us))
  /** The last word that began: says which line is being read even in a pause. */
  current = $derived(this.times.before(this.player.playhead_us))
  flagList = $derived((this.flags.value?.flags ?? []).map((flag) => this.#foreseen(flag)))
  openFlags = $derived(this.flagList.filter(isOpen))
  flag = $derived(this.flagList.find((flag) => flag.id === this.selection.flag) ?? null)
  word = $derived(this.wordOf(this.selection.word))
  proposal = $derived(this.alignment.value?.proposal ?? null)
  proposalOpen = $derived(this.proposal?.state === 'open')
  pieces = $derived(this.proposal?.pieces ?? [])
  /** The selected piece, while there is something to decide about it. */
  piece = $derived(this.proposalOpen && this.selection.piece !== null ? (this.pieces[this.selection.piece] ?? null) : null)

  constructor(api: Api, writes: Writes, notices: Notices) {
    this.#api = api
    this.#writes = writes
    this.#notices = notices
  }

  /** Puts a media on the desk, with its first open flag selected. */
  async open(media: string): Promise<void> {
    const mine = ++this.#opened
    this.close()
    const info = await this.#api.media(media)
    if (mine !== this.#opened) return
    this.info = info
    this.player.load(info.duration_us, info.frame_rate)
    await this.refresh(['words', 'alignment', 'flags', 'annotations'])
    const first = this.openFlags[0]
    if (mine !== this.#opened || !first) return
    this.selectFlag(first.id)
    this.#notices.say(this.proposalOpen ? `A map is proposed. ${this.proposal?.sentence ?? ''}` : this.#describe(first))
  }

  close(): void {
    this.info = null
    this.selection = NOTHING
    this.editing = null
    this.#unread = null
    this.#deciding.clear()
    for (const reading of [this.words, this.alignment, this.flags, this.annotations]) reading.clear()
    this.player.load(0, null)
  }

  /** Reads again what a write, or a job, made stale. */
  async refresh(stale: readonly View[], touched: Range = null): Promise<void> {
    const media = this.media
    if (media === null) return
    const reads: Promise<boolean>[] = []
    if (stale.includes('words')) reads.push(this.#readWords(media, touched))
    if (stale.includes('alignment')) reads.push(this.alignment.read(() => this.#api.alignment(media)))
    if (stale.includes('flags')) reads.push(this.flags.read(() => this.#api.flags(media)))
    if (stale.includes('annotations')) reads.push(this.annotations.read(() => this.#api.annotations(media)))
    // Every view is tried, whichever of them fails; each failure is told once.
    for (const read of await Promise.allSettled(reads)) if (read.status === 'rejected') this.#notices.failed(read.reason)
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
    if (info.duration_us !== this.info?.duration_us) this.player.load(info.duration_us, info.frame_rate)
    this.info = info
    await this.refresh(['words', 'alignment', 'flags', 'annotations'])
  }

  apply(op: ReviewOp): Promise<boolean> {
    const media = this.media
    if (media === null) return Promise.resolve(false)
    return this.#writes.write(() => this.#api.apply(media, op))
  }

  select(change: Partial<Selection>): void {
    this.selection = { ...this.selection, ...change }
    this.#chosenAt = this.player.plays
  }

  /** A selection made in the timeline, which says itself where the playhead goes. A flag brings its first word along. */
  selectFrom(change: Partial<Selection>): void {
    const flag = this.flagList.find((flag) => flag.id === change.flag)
    this.select({ ...(flag?.words ? { word: flag.words[0] } : {}), ...change })
  }

  unselect(): void {
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
    const media = this.media
    if (media === null) return
    this.player.step(by, (at_us) => this.#api.neighbours(media, at_us)).catch((error: unknown) => this.#notices.failed(error))
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

  /** Decides on the selected flag and goes on to the next open one; says both. */
  async decide(decision: Decision | null): Promise<void> {
    const flag = this.flag
    if (!flag) return
    const next = decision === null ? null : nextOpen(this.flagList, flag.id, flag.start_us, 1)
    this.#deciding.set(flag.id, decision)
    const word = decision === null ? 'Verdict withdrawn' : DECISIONS[decision].word
    if (next && next.id !== flag.id) this.selectFlag(next.id)
    this.#notices.say(next && next.id !== flag.id ? `${word}. ${this.#describe(next)}` : `${word}. No more open flags.`)
    await this.apply({ op: 'decide', flag: flag.id, decision, note: null })
    if (this.#deciding.get(flag.id) === decision) this.#deciding.delete(flag.id)
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

  edit(id: number | null): void {
    if (id !== null && !this.wordOf(id)) return
    if (id !== null) this.select({ word: id })
    this.editing = id
  }

  /** Keeps a word's new text; `on` goes straight on to the next word, as Tab does. */
  saveEdit(word: Word, text: string, on: boolean): void {
    const clean = text.trim()
    if (clean !== word.text) void this.apply({ op: 'edit_word', word: word.id, text: clean })
    const next = this.list[(indexOf(this.list, word.id) ?? 0) + 1]
    this.editing = null
    if (on && next) {
      this.selectWord(next.id)
      this.edit(next.id)
    }
  }

  #foreseen(flag: FlagView): FlagView {
    const decision = this.#deciding.get(flag.id)
    if (decision === undefined) return flag
    const { value, limit, thresholds } = flag
    return { ...flag, verdict: decision && { decision, value, limit, thresholds, note: null, by: '' } }
  }

  #describe(flag: FlagView): string {
    return `${flag.label}: ${flag.why}`
  }
}
