import { tick } from 'svelte'
import { withPicture, type Action } from '../../actions/action'
import type { Desk } from '../../desk/desk.svelte'
import { rangeOf } from './links'

const withAnnotation = (desk: Desk) => desk.review.annotating.selected !== null
const annotated = (desk: Desk) => desk.review.annotating.all.length > 0
const edited = (desk: Desk) => desk.review.annotating.imported !== null

/** What is seen in the picture: choosing, drawing, timing, linking. */
export const ANNOTATIONS: Action[] = [
  { id: 'annotations', label: 'Show the annotations', keys: ['Ctrl+b'], context: 'review', when: (desk) => desk.review.media !== null, run: ({ review }) => (review.annotating.open = !review.annotating.open) },
  { id: 'annotation.next', label: 'Next annotation', keys: ['F9'], context: 'review', repeats: true, when: annotated, run: (desk) => desk.review.annotating.move(1) },
  { id: 'annotation.previous', label: 'Previous annotation', keys: ['Shift+F9'], context: 'review', repeats: true, when: annotated, run: (desk) => desk.review.annotating.move(-1) },
  { id: 'annotation.add', label: 'Draw an annotation; pressed twice, one in the middle', keys: ['b'], context: 'review', when: withPicture, run: (desk) => draw(desk, 'annotation') },
  { id: 'region.draw', label: 'Draw a region for a defect; pressed twice, one in the middle', keys: ['Shift+b'], context: 'review', when: withPicture, run: (desk) => draw(desk, 'region') },
  { id: 'annotation.hold', label: 'Hold the box: arrows move it', keys: ['g'], context: 'review', when: (desk) => desk.review.annotating.region !== null, run: () => holdBox() },
  { id: 'annotation.label', label: 'Rename the annotation', keys: ['Shift+F2'], context: 'review', when: withAnnotation, run: (desk) => edit(desk) },
  { id: 'annotation.start', label: 'Annotation starts here', keys: ['['], context: 'review', when: withAnnotation, run: (desk) => desk.review.annotating.retime('start') },
  { id: 'annotation.end', label: 'Annotation ends here', keys: [']'], context: 'review', when: withAnnotation, run: (desk) => desk.review.annotating.retime('end') },
  { id: 'annotation.link', label: 'Link the annotation with the word', keys: ['Alt+l'], context: 'review', when: (desk) => withAnnotation(desk) && desk.review.word !== null, run: (desk) => link(desk) },
  { id: 'annotation.link-line', label: 'Link the annotation with the line of the word', keys: ['Alt+Shift+l'], context: 'review', when: (desk) => withAnnotation(desk) && desk.review.word !== null, run: (desk) => linkLine(desk) },
  { id: 'annotation.unlink', label: 'Unlink the annotation from its words', keys: ['Alt+u'], context: 'review', when: (desk) => desk.review.annotating.linked !== null, run: (desk) => desk.review.annotating.unlink() },
  { id: 'annotation.remove', label: 'Delete the annotation', keys: ['Shift+Delete'], context: 'review', when: withAnnotation, run: (desk) => desk.review.annotating.remove() },
  { id: 'annotation.original', label: 'Show the annotation as it was imported', keys: [], context: 'review', when: edited, run: ({ review }) => (review.annotating.original = !review.annotating.original) },
  { id: 'annotation.restore', label: 'Put the annotation back as it was imported', keys: [], context: 'review', when: edited, run: (desk) => desk.review.annotating.restore() },
]

function draw(desk: Desk, what: 'annotation' | 'region'): void {
  desk.review.annotating.draw(what)
  if (desk.review.annotating.drawing === null) holdBox()
}

/** Gives the keys to the box once it is drawn. */
export function holdBox(): void {
  void tick().then(() => document.querySelector<HTMLElement>('[data-hold]')?.focus())
}

function edit({ review }: Desk): void {
  review.annotating.open = true
  void tick().then(() => document.querySelector<HTMLInputElement>('[data-testid=annotation-label]')?.select())
}

function link({ review }: Desk): void {
  const { word } = review
  if (word) review.annotating.link(rangeOf(review.list, word.id, word.id))
}

function linkLine({ review }: Desk): void {
  const at = review.list.findIndex((word) => word.id === review.selection.word)
  const line = review.lines.find(({ first, end }) => first <= at && at < end)
  const [first, last] = [review.list[line?.first ?? at], review.list[(line?.end ?? at + 1) - 1]]
  if (first && last) review.annotating.link(rangeOf(review.list, first.id, last.id))
}
