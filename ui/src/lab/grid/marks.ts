// What is drawn of a clip: marks of the truth and of variants at a moment, and where their names stand.
import type { ClipView } from '../../api/generated/ClipView'
import type { LabMark } from '../../api/generated/LabMark'
import { place, type Rect } from '../../shared/geometry'
import { lookOf, TRUTH, type Look } from './looks'

export const TAG_HEIGHT = 18
const CHAR_PX = 6.3
const TAG_PAD = 14
/** Names give way to each other by steps of this, in px. */
const TAG_STEP = 6
/** A name is cut here, so that one long text does not cover the picture. */
const TAG_CHARS = 34

/** The marks of one voice: of the truth, of a variant, or of a side that is not named. */
export interface Voice {
  key: string
  name: string
  look: Look
  marks: readonly LabMark[]
  /** Of the truth: the numbers of those among the shown variants that missed each mark. */
  missed: readonly (readonly string[])[]
}

/** The truth and the variants that are shown, in this order. */
export function voicesOf(clip: ClipView, labels: readonly string[], shown: ReadonlySet<number>, truth: boolean): Voice[] {
  const variants = clip.variants.flatMap((marks, i) => (shown.has(i) ? [{ key: `v${i}`, name: labels[i] ?? '', look: lookOf(i), marks, missed: [] }] : []))
  if (!truth) return variants
  const missed = clip.truth.map((_, mark) => clip.missed.flatMap((list, i) => (shown.has(i) && list.includes(mark) ? [lookOf(i).number] : [])))
  return [{ key: 'truth', name: 'Truth', look: TRUTH, marks: clip.truth, missed }, ...variants]
}

export interface Standing {
  key: string
  voice: Voice
  mark: LabMark
  /** The numbers of the variants that missed it. */
  missed: readonly string[]
}

/** What stands at a moment. */
export function standingAt(voices: readonly Voice[], at_us: number): Standing[] {
  return voices.flatMap((voice) =>
    voice.marks.flatMap((mark, i) => (mark.start_us <= at_us && at_us < mark.end_us ? [{ key: `${voice.key}-${i}`, voice, mark, missed: voice.missed[i] ?? [] }] : [])),
  )
}

/** Its label, and its text where that says more. */
export function saidOf({ label, text }: LabMark): string {
  return text !== '' && text !== label ? `${label}: ${text}` : label
}

const STAND: Record<LabMark['standing'], { sign: string; word: string }> = {
  matched: { sign: '✓', word: 'matched' },
  extra: { sign: '+', word: 'not in the truth' },
  missed: { sign: '✕', word: 'missed' },
  unjudged: { sign: '', word: 'not judged' },
}

/** How a mark stands to the truth, by a sign and a word; the truth itself by who missed it. */
export function standOf({ voice, mark, missed }: Standing): { sign: string; word: string } {
  if (voice.look !== TRUTH) return STAND[mark.standing]
  return missed.length > 0 ? { sign: `✕${missed.join('✕')}`, word: `missed by ${missed.join(', ')}` } : { sign: '', word: 'missed by none that is shown' }
}

export interface Drawn extends Standing {
  box: Rect
  tag: string
  x: number
  y: number
}

/** Boxes in a picture of this size with their names, none of which lies over another as far as there is room. */
export function drawnOf(standing: readonly Standing[], picture: Rect): Drawn[] {
  const taken: Rect[] = []
  return standing.flatMap((one) => {
    const { region } = one.mark
    if (region === null) return []
    const box = place(region, picture)
    const text = `${one.voice.look.number} ${one.mark.label} ${standOf(one).sign}`.trim()
    const tag = text.length > TAG_CHARS ? `${text.slice(0, TAG_CHARS - 1)}…` : text
    const width = Math.min(picture.width, tag.length * CHAR_PX + TAG_PAD)
    const x = Math.max(0, Math.min(box.x, picture.width - width))
    const y = freeOf({ x, y: box.y - TAG_HEIGHT, width, height: TAG_HEIGHT }, taken, picture.height)
    taken.push({ x, y, width, height: TAG_HEIGHT })
    return [{ ...one, box, tag, x, y }]
  })
}

/** The nearest height at which a name is free, rather above than below; where nothing is free, at its box. */
function freeOf(wish: Rect, taken: readonly Rect[], height: number): number {
  const free = (y: number) => y >= 0 && y + wish.height <= height && !taken.some((rect) => overlap({ ...wish, y }, rect))
  for (let away = 0; away < height; away += TAG_STEP) {
    const found = [wish.y - away, wish.y + away].find(free)
    if (found !== undefined) return found
  }
  return Math.max(0, wish.y)
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}
