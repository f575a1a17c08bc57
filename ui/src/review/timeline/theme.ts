// The colours and faces of the canvas, read from the tokens once per theme.
import type { CustomGate } from '../../api/generated/CustomGate'
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

export type Shape = 'circle' | 'diamond' | 'square' | 'down' | 'up' | 'right' | 'plus'

/**
 * The shape tells how a gate fails, the hue what it is about: where words lie, the words, their pace, the sound, the picture and what is drawn on
 * it. The name stands beside it wherever a gate can be read.
 */
const GATE_MARKS: Record<Exclude<GateId, CustomGate>, { shape: Shape; signal: keyof Theme['signals'] }> = {
  residual_offset: { shape: 'diamond', signal: 'open' },
  words_outside_media: { shape: 'right', signal: 'open' },
  map_rate: { shape: 'up', signal: 'open' },
  map_break: { shape: 'square', signal: 'open' },
  alignment_confidence: { shape: 'circle', signal: 'open' },
  speech_without_words: { shape: 'square', signal: 'proposed' },
  words_without_speech: { shape: 'down', signal: 'proposed' },
  word_confidence: { shape: 'circle', signal: 'unsure' },
  line_confidence: { shape: 'diamond', signal: 'unsure' },
  repetition: { shape: 'plus', signal: 'unsure' },
  speaker_overlap: { shape: 'right', signal: 'unsure' },
  masked_words: { shape: 'square', signal: 'unsure' },
  language_share: { shape: 'down', signal: 'unsure' },
  language: { shape: 'diamond', signal: 'unsure' },
  toxicity: { shape: 'up', signal: 'unsure' },
  reading_speed: { shape: 'plus', signal: 'good' },
  speaking_rate: { shape: 'up', signal: 'good' },
  loudness: { shape: 'down', signal: 'good' },
  true_peak: { shape: 'diamond', signal: 'good' },
  clipping: { shape: 'square', signal: 'good' },
  signal_to_noise: { shape: 'circle', signal: 'good' },
  silence: { shape: 'right', signal: 'good' },
  dropouts: { shape: 'right', signal: 'good' },
  hum: { shape: 'circle', signal: 'good' },
  channel_imbalance: { shape: 'down', signal: 'good' },
  phase: { shape: 'diamond', signal: 'good' },
  sharpness: { shape: 'circle', signal: 'proposed' },
  exposure: { shape: 'up', signal: 'proposed' },
  black: { shape: 'square', signal: 'proposed' },
  frozen: { shape: 'right', signal: 'proposed' },
  interlacing: { shape: 'plus', signal: 'proposed' },
  picture_size: { shape: 'down', signal: 'proposed' },
  picture_offset: { shape: 'right', signal: 'proposed' },
  annotation_time: { shape: 'right', signal: 'proposed' },
  annotation_region: { shape: 'diamond', signal: 'proposed' },
  annotation_confidence: { shape: 'circle', signal: 'proposed' },
  annotation_disagreement: { shape: 'plus', signal: 'proposed' },
  text_support: { shape: 'plus', signal: 'open' },
  speech_link: { shape: 'down', signal: 'open' },
  speech_agreement: { shape: 'down', signal: 'proposed' },
  speech_meaning: { shape: 'circle', signal: 'proposed' },
  window_contradiction: { shape: 'square', signal: 'open' },
}

/** Gates of the user's own look alike; their names tell them apart. */
const CUSTOM_MARK = { shape: 'plus', signal: 'open' } as const

const isCustom = (gate: GateId): gate is CustomGate => gate.startsWith('custom_')

export function gateMark(gate: GateId): { shape: Shape; signal: keyof Theme['signals'] } {
  return isCustom(gate) ? CUSTOM_MARK : GATE_MARKS[gate]
}
