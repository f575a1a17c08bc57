import type { Decision } from '../../api/generated/Decision'
import type { FlagView } from '../../api/generated/FlagView'
import type { GateId } from '../../api/generated/GateId'
import { gateMark, type Shape } from '../timeline/theme'

/** Words, shapes and hues of decisions; the shape and the word carry the meaning, the hue only helps. */
export const DECISIONS: Record<Decision, { word: string; shape: string; signal: string }> = {
  confirmed: { word: 'Confirmed', shape: '✓', signal: 'var(--signal-open)' },
  false_alarm: { word: 'False alarm', shape: '✕', signal: 'var(--signal-good)' },
  unsure: { word: 'Unsure', shape: '?', signal: 'var(--signal-unsure)' },
}

const GLYPHS: Record<Shape, string> = { circle: '●', diamond: '◆', square: '■', down: '▼', up: '▲', right: '▶', plus: '✚' }

/** How a flag is marked in a list: an open one by its gate's shape, as in the timeline; one that is over by what became of it. */
export function markOf(flag: FlagView): { shape: string; signal: string; word: string } {
  if (flag.verdict) return DECISIONS[flag.verdict.decision]
  if (flag.passed_since) return { shape: '○', signal: 'var(--signal-good)', word: 'Passed' }
  return { ...markOfGate(flag.gate), word: '' }
}

/** The shape and the hue of a gate, as in the timeline. */
export function markOfGate(gate: GateId): { shape: string; signal: string } {
  const { shape, signal } = gateMark(gate)
  return { shape: GLYPHS[shape], signal: `var(--signal-${signal})` }
}

/** Whether a flag waits for a verdict: one whose gate no longer fails asks nothing of anyone. */
export function isOpen(flag: FlagView): boolean {
  return flag.verdict === null && !flag.passed_since
}

/**
 * The open flag after (or before) the given one in the list's order, round the end; from a moment where none is given. Null when no other
 * flag than the given one is open.
 */
export function nextOpen(flags: readonly FlagView[], from: string | null, at_us: number, by: 1 | -1): FlagView | null {
  const at = flags.findIndex((flag) => flag.id === from)
  const after = flags.findIndex((flag) => flag.start_us >= at_us)
  const start = at >= 0 ? at + by : by > 0 ? (after < 0 ? 0 : after) : (after < 0 ? flags.length : after) - 1
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[(((start + i * by) % flags.length) + flags.length) % flags.length]
    if (flag && flag.id !== from && isOpen(flag)) return flag
  }
  return null
}
