// The colours and faces of the canvas, read from the tokens once per theme.
import type { GateId } from '../../api/generated/GateId'

export interface Theme {
  pane: string
  track: string
  box: string
  line: string
  strong_line: string
  mark: string
  quiet: string
  text: string
  bright: string
  accent: string
  accent_wash: string
  proposed: string
  signals: { open: string; proposed: string; good: string; unsure: string }
  /** By `LabelVariant.hue`. */
  hues: string[]
  font: string
}

/** Token of each colour, and what stands in for it where the page has no tokens. */
const TOKENS = {
  pane: ['--n2', '#131417'],
  track: ['--n1', '#0d0e10'],
  box: ['--n5', '#292c30'],
  line: ['--n6', '#2b2e33'],
  strong_line: ['--n8', '#51565e'],
  mark: ['--n9', '#70767f'],
  quiet: ['--n10', '#8f959e'],
  text: ['--n11', '#b4b9c1'],
  bright: ['--n12', '#eef0f2'],
  accent: ['--accent', '#dcb365'],
  accent_wash: ['--accent-wash', '#dcb36524'],
  open: ['--signal-open', '#f0834f'],
  proposed: ['--signal-proposed', '#62bbec'],
  good: ['--signal-good', '#35bd94'],
  unsure: ['--signal-unsure', '#d58fb6'],
  font: ['--font-frame', 'system-ui, sans-serif'],
} as const

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element)
  const token = (name: keyof typeof TOKENS): string => style.getPropertyValue(TOKENS[name][0]).trim() || TOKENS[name][1]
  const signals = { open: token('open'), proposed: token('proposed'), good: token('good'), unsure: token('unsure') }
  return {
    pane: token('pane'),
    track: token('track'),
    box: token('box'),
    line: token('line'),
    strong_line: token('strong_line'),
    mark: token('mark'),
    quiet: token('quiet'),
    text: token('text'),
    bright: token('bright'),
    accent: token('accent'),
    accent_wash: token('accent_wash'),
    proposed: signals.proposed,
    signals,
    hues: [signals.proposed, signals.good, signals.unsure, signals.open],
    font: token('font'),
  }
}

/** By `LabelVariant.dash`: runs and gaps in pixels. */
export const DASH_PATTERNS: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 2, 2, 2]]

export type Shape = 'circle' | 'diamond' | 'square' | 'down' | 'right' | 'plus'

/** A gate is told by its shape alone; the hue only groups what is about time, about missing words, and about reading. */
export const GATE_MARKS: Record<GateId, { shape: Shape; signal: keyof Theme['signals'] }> = {
  residual_offset: { shape: 'diamond', signal: 'open' },
  words_outside_media: { shape: 'right', signal: 'open' },
  word_confidence: { shape: 'circle', signal: 'unsure' },
  speech_without_words: { shape: 'square', signal: 'proposed' },
  words_without_speech: { shape: 'down', signal: 'proposed' },
  reading_speed: { shape: 'plus', signal: 'good' },
}
