import type { Annotation } from '../../api/generated/Annotation'
import { labelVariants } from '../timeline/layout'
import { DASH_PATTERNS } from '../timeline/theme'

/** In the order of the timeline's own hues: a label looks the same in the picture and below it. */
const HUES = ['var(--signal-proposed)', 'var(--signal-good)', 'var(--signal-unsure)', 'var(--signal-open)']

export interface Mark {
  hue: string
  /** An SVG dash pattern; empty for a whole line. */
  dash: string
}

/** A hue and a dash for every label. */
export function marks(annotations: readonly Annotation[]): Map<string, Mark> {
  const variants = [...labelVariants(annotations)]
  return new Map(variants.map(([label, { hue, dash }]) => [label, { hue: HUES[hue] ?? '', dash: (DASH_PATTERNS[dash] ?? []).join(' ') }]))
}

/** Annotations that stand at a moment. They come in order of their start: what begins later is not looked at. */
export function standing(annotations: readonly Annotation[], at_us: number): Annotation[] {
  const found: Annotation[] = []
  for (const annotation of annotations) {
    if (annotation.start_us > at_us) break
    if (at_us < annotation.end_us) found.push(annotation)
  }
  return found
}

export function idsOf(annotations: readonly Annotation[]): ReadonlySet<string> {
  return new Set(annotations.map(({ id }) => id))
}

/** All labels, each once, in the order of the alphabet. */
export function labelsOf(annotations: readonly Annotation[]): string[] {
  return [...new Set(annotations.map(({ label }) => label))].sort()
}
