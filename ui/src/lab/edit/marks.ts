import type { LabMark } from '../../api/generated/LabMark'
import type { Standing } from '../../api/generated/Standing'
import type { Tried } from '../../api/generated/Tried'

/** Whose marks they are. Hue and dash say it together with where the name stands. */
export interface Voice {
  id: 'truth' | 'found'
  name: string
  hue: string
  /** An SVG dash pattern; the truth is the only whole line. */
  dash: string
  /** Its names stand below its boxes, so that two that agree do not hide each other's. */
  below: boolean
}

export const TRUTH: Voice = { id: 'truth', name: 'Truth', hue: '#eef0f2', dash: '', below: true }
export const FOUND: Voice = { id: 'found', name: 'Found', hue: 'var(--signal-proposed)', dash: '7 3', below: false }

/** A mark of one of the two. */
export interface Shown {
  key: string
  voice: Voice
  mark: LabMark
}

/** How a mark stands to the other list, by a sign and a word. */
export const SIGNS: Record<Standing, { sign: string; word: string }> = {
  matched: { sign: '✓', word: 'matched' },
  extra: { sign: '+', word: 'extra' },
  missed: { sign: '✕', word: 'missed' },
  unjudged: { sign: '·', word: 'not judged' },
}

/** All marks of an answer and of the truth, by time. */
export function shownOf(tried: Tried): Shown[] {
  const of = (voice: Voice, marks: readonly LabMark[]) => marks.map((mark, i) => ({ key: `${voice.id} ${i}`, voice, mark }))
  return [...of(TRUTH, tried.truth), ...of(FOUND, tried.found)].sort((a, b) => a.mark.start_us - b.mark.start_us)
}

/** Those that stand at a moment. */
export function standingAt(shown: readonly Shown[], at_us: number): Shown[] {
  return shown.filter(({ mark }) => mark.start_us <= at_us && at_us < mark.end_us)
}

/** Its label, and its text where that says more. */
export function saidOf({ label, text }: LabMark): string {
  return text !== '' && text !== label ? `${label}: ${text}` : label
}
