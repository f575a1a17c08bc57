/** A speaker of the file: the label is what words carry, the name what is shown. */
export interface Label {
  readonly label: string
  readonly name: string
}

/** Whoever is shown as one: labels with one name are one speaker. */
export interface Speaker {
  readonly number: number
  readonly name: string
  readonly labels: readonly string[]
}

/** Number and shape say who it is where the hue does not. */
export const SHAPES = ['●', '■', '▲', '◆', '▼', '★', '✚', '◐', '○']

export function shapeOf(speaker: Speaker): string {
  return SHAPES[(speaker.number - 1) % SHAPES.length] ?? '●'
}

/** The speakers of a transcript, numbered from 1 in the order of the file. */
export class Speakers {
  readonly all: readonly Speaker[]
  #of: readonly (Speaker | undefined)[]

  constructor(labels: readonly Label[]) {
    const byName = new Map<string, { number: number; name: string; labels: string[] }>()
    this.#of = labels.map(({ label, name }) => {
      const known = byName.get(name) ?? { number: byName.size + 1, name, labels: [] }
      known.labels.push(label)
      byName.set(name, known)
      return known
    })
    this.all = [...byName.values()]
  }

  /** Who an index of the words view means. */
  of(index: number | null): Speaker | null {
    return index === null ? null : (this.#of[index] ?? null)
  }

  numbered(number: number): Speaker | null {
    return this.all[number - 1] ?? null
  }

  named(name: string): Speaker | null {
    return this.all.find((speaker) => speaker.name === name) ?? null
  }

  /** A label that nobody has. */
  unused(): string {
    const taken = new Set(this.all.flatMap((speaker) => speaker.labels))
    let n = 0
    while (taken.has(`spk_${n}`)) n++
    return `spk_${n}`
  }
}
