import type { Annotation } from '../../api/generated/Annotation'

const HUES = ['var(--blue)', 'var(--vermillion)', 'var(--green)', 'var(--purple)']
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 4']

export interface Mark {
  hue: string
  /** An SVG dash pattern; empty for a whole line. */
  dash: string
}

/** A hue and a dash for every label. Four hues and five dashes: twenty labels differ, and any two of one hue differ in their dash. */
export function marks(annotations: readonly Annotation[]): Map<string, Mark> {
  const labels = [...new Set(annotations.map(({ label }) => label))].sort()
  return new Map(labels.map((label, i) => [label, { hue: HUES[i % HUES.length] ?? '', dash: DASHES[i % DASHES.length] ?? '' }]))
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
