import { SvelteMap } from 'svelte/reactivity'
import type { Annotation } from '../../api/generated/Annotation'
import type { Region } from '../../api/generated/Region'
import type { Span } from '../../api/generated/Span'
import { order, within } from '../ids'
import type { Review } from '../review.svelte'
import { idsOf, labelsOf } from './annotations'
import { moved, resized, spanned, type Handle, type Point } from './regions'

/** What a new annotation spans where no shot and no chosen span says better. */
const USUAL_US = 2_000_000

/** What a box that is placed by key covers, to be moved from there. */
const MIDDLE: Region = { x: 0.375, y: 0.375, w: 0.25, h: 0.25 }

/** What a new annotation is called until somebody says. */
const UNNAMED = 'object'

/** Annotations on the desk: which one is chosen, what is done to it, and what was done and is still on its way. */
export class Annotating {
  /** The list is open beside the picture. */
  open = $state(false)
  /** What the next box that is drawn becomes: an annotation, or the region of something else; null while none is drawn. */
  drawing = $state<'annotation' | 'region' | null>(null)
  /** A region without an annotation. */
  drawn = $state.raw<Region | null>(null)
  /** Narrows the list: to a label, and to a text. */
  label = $state<string | null>(null)
  text = $state('')
  /** The selected annotation is shown as it was imported. */
  original = $state(false)
  /** The selected annotation while it is dragged or nudged: nothing is written before that ends. */
  #draft = $state.raw<Annotation | null>(null)
  /** Written, and not read back yet; null for one that was removed. */
  #sent = new SvelteMap<string, Annotation | null>()
  #review: Review

  all = $derived.by(() => this.#standing())
  selected = $derived.by(() => this.all.find((annotation) => annotation.id === this.#review.selection.annotation) ?? null)
  /** The selected annotation as it was imported, where it was changed since. */
  imported = $derived.by(() => this.#review.annotations.value?.imported.find(({ id }) => id === this.selected?.id) ?? null)
  edited = $derived.by(() => idsOf(this.#review.annotations.value?.imported ?? []))
  added = $derived.by(() => idsOf(this.all.filter(({ id }) => !this.edited.has(id) && this.#review.annotations.value?.edited.includes(id))))
  labels = $derived.by(() => labelsOf(this.all))
  listed = $derived.by(() => this.all.filter((annotation) => this.#isListed(annotation)))
  /** Where on the frame something is: what was drawn for it, else the box of the selected annotation. */
  region = $derived.by((): Region | null => this.drawn ?? this.selected?.region ?? null)
  /** The words of the selected annotation, half open in the order of the text. */
  linked = $derived.by((): [number, number] | null => this.selected?.words ?? null)
  /** The annotations that go with the selected word. */
  ofWord = $derived.by(() => this.#ofWord())

  constructor(review: Review) {
    this.#review = review
  }

  /** Begins another media. */
  load(): void {
    this.drop()
    this.#sent.clear()
    ;[this.label, this.text] = [null, '']
  }

  /** Lets go of whatever was begun. */
  drop(): void {
    ;[this.drawing, this.drawn, this.#draft, this.original] = [null, null, null, false]
  }

  /** Selects an annotation; `seek` also goes where it is to be seen. */
  select(id: string | null, seek = false): void {
    this.drop()
    this.#review.select({ annotation: id })
    const { player } = this.#review
    const { selected } = this
    if (seek && selected && !isAt(selected, player.playhead_us)) player.seek(selected.start_us)
  }

  /** The annotation before or after the selected one in the list. */
  move(by: 1 | -1): void {
    const { listed } = this
    const at = listed.findIndex((annotation) => annotation.id === this.selected?.id)
    const from_us = this.#review.player.playhead_us
    const fresh = by > 0 ? listed.findIndex(({ start_us }) => start_us >= from_us) : listed.findLastIndex(({ start_us }) => start_us <= from_us)
    const next = listed[at < 0 ? fresh : at + by]
    if (next) this.select(next.id, true)
  }

  /** Begins to draw; asked for a second time, it puts a box in the middle instead, to be moved by key. */
  draw(what: 'annotation' | 'region'): void {
    if (this.drawing === what) return this.finish(MIDDLE)
    this.drop()
    this.#review.player.pause()
    this.drawing = what
  }

  /** Ends drawing with this region. */
  finish(region: Region): void {
    const what = this.drawing
    this.drawing = null
    if (what === 'region') this.drawn = region
    else if (what === 'annotation') void this.#add(region)
  }

  finishBetween(a: Point, b: Point, least: { width: number; height: number }): void {
    const region = spanned(a, b, least)
    if (region) this.finish(region)
  }

  /** Moves the region that is held, from where it was when the drag began, by shares of the frame. Nothing is written yet. */
  drag(from: Region, by: Point): void {
    this.#hold(moved(from, by))
  }

  /** Pulls the region that is held at a handle. Nothing is written yet. */
  pull(from: Region, handle: Handle, by: Point, least: { width: number; height: number }): void {
    this.#hold(resized(from, handle, by, least))
  }

  /** Writes what was dragged or nudged: one step for undo. */
  async commit(): Promise<void> {
    const draft = this.#draft
    const before = this.#stored.find((annotation) => annotation.id === draft?.id)
    if (draft && !(before && sameRegion(draft.region, before.region))) await this.#write(draft)
    if (this.#draft === draft) this.#draft = null
  }

  /** Takes back what was dragged and not written. */
  cancel(): void {
    this.#draft = null
  }

  /** Changes the selected annotation in one step. */
  change(change: Partial<Annotation>): void {
    const { selected } = this
    if (!selected) return
    const same = Object.entries(change).every(([key, value]) => selected[key as keyof Annotation] === value)
    if (!same) void this.#write({ ...selected, ...change })
  }

  /** Moves one end of the selected annotation to the playhead; an end never comes before its start. */
  retime(end: 'start' | 'end'): void {
    const { selected } = this
    const { playhead_us, duration_us } = this.#review.player
    if (!selected) return
    const length_us = Math.max(0, selected.end_us - selected.start_us)
    if (end === 'start') this.change({ start_us: playhead_us, end_us: playhead_us < selected.end_us ? selected.end_us : Math.min(duration_us, playhead_us + length_us) })
    else this.change({ end_us: playhead_us, start_us: playhead_us > selected.start_us ? selected.start_us : Math.max(0, playhead_us - length_us) })
  }

  remove(): void {
    const { selected } = this
    if (!selected) return
    const next = this.listed[this.listed.indexOf(selected) + 1] ?? null
    this.select(next && isAt(next, this.#review.player.playhead_us) ? next.id : null)
    void this.#send(selected.id, null, { op: 'remove_annotation', id: selected.id })
  }

  /** Takes away what is held: a drawn region, else the selected annotation. */
  discard(): void {
    if (this.drawn) this.drawn = null
    else this.remove()
  }

  /** Puts the selected annotation back as it was imported. */
  restore(): void {
    const { imported } = this
    if (imported) void this.#write(imported)
    this.original = false
  }

  /** Links the selected annotation with words, on top of those it has; the range has no gaps. */
  link(words: [number, number]): void {
    const { linked } = this
    const before = (a: number, b: number) => order(a) <= order(b)
    if (!linked) return this.change({ words })
    this.change({ words: [before(linked[0], words[0]) ? linked[0] : words[0], before(words[1], linked[1]) ? linked[1] : words[1]] })
  }

  unlink(): void {
    this.change({ words: null })
  }

  #hold(region: Region): void {
    // What is moved must not go away under the hand.
    this.#review.player.pause()
    if (this.drawn) this.drawn = region
    else if (this.selected) this.#draft = { ...this.selected, region }
  }

  get #stored(): Annotation[] {
    return this.#review.annotations.value?.annotations ?? []
  }

  #standing(): Annotation[] {
    const draft = this.#draft
    if (this.#sent.size === 0 && !draft) return this.#stored
    const known = idsOf(this.#stored)
    const others = [...this.#sent].flatMap(([id, annotation]) => (known.has(id) || !annotation ? [] : [annotation]))
    const standing = [...this.#stored.flatMap((annotation) => this.#sent.get(annotation.id) ?? (this.#sent.has(annotation.id) ? [] : [annotation])), ...others]
    return standing.map((annotation) => (annotation.id === draft?.id ? draft : annotation)).sort((a, b) => a.start_us - b.start_us)
  }

  #isListed({ label, text }: Annotation): boolean {
    const wanted = this.text.trim().toLowerCase()
    return (this.label === null || this.label === label) && `${label} ${text}`.toLowerCase().includes(wanted)
  }

  #ofWord(): ReadonlySet<string> {
    const word = this.#review.selection.word
    return idsOf(word === null ? [] : this.all.filter((annotation) => within(annotation.words, word)))
  }

  /** Adds an annotation for what is to be seen now. */
  async #add(region: Region): Promise<void> {
    const id = `by-hand-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`
    const like = this.selected ?? this.all.findLast((annotation) => this.added.has(annotation.id))
    const annotation: Annotation = { id, ...this.#span(), region, label: like?.label ?? UNNAMED, text: '' }
    this.#sent.set(id, annotation)
    this.#review.select({ annotation: id })
    await this.#write(annotation)
  }

  #span(): Span<number> {
    const { playhead_us, duration_us } = this.#review.player
    const shots = this.#review.alignment.value?.shots ?? []
    return usualSpan(playhead_us, duration_us, shots)
  }

  #write(annotation: Annotation): Promise<boolean> {
    return this.#send(annotation.id, annotation, { op: 'set_annotation', annotation })
  }

  async #send(id: string, stands: Annotation | null, op: Parameters<Review['apply']>[0]): Promise<boolean> {
    this.#sent.set(id, stands)
    const { annotations } = this.#review
    const before = annotations.value?.seq
    const done = await this.#review.apply(op)
    // An answer that a newer question overtook is dropped: what was written must not be gone until the newer one is answered.
    if (done && annotations.value?.seq === before) await this.#review.refresh(['annotations'])
    if (this.#sent.get(id) === stands) this.#sent.delete(id)
    return done
  }
}

/** What a new annotation spans: the shot that is on, where cuts are known, else two seconds. */
export function usualSpan(at_us: number, duration_us: number, shots: readonly number[]): Span<number> {
  const next = shots.findIndex((shot_us) => shot_us > at_us)
  const cut = shots.some((shot_us) => shot_us > 0)
  if (!cut) return { start_us: at_us, end_us: Math.max(at_us, Math.min(duration_us, at_us + USUAL_US)) }
  return { start_us: shots[(next < 0 ? shots.length : next) - 1] ?? 0, end_us: shots[next] ?? duration_us }
}

export function isAt({ start_us, end_us }: Span<number>, at_us: number): boolean {
  return start_us <= at_us && at_us < end_us
}

function sameRegion(a: Region | null | undefined, b: Region | null | undefined): boolean {
  return a?.x === b?.x && a?.y === b?.y && a?.w === b?.w && a?.h === b?.h
}
