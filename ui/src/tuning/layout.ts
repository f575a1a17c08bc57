/** What the charts keep free at their sides, in px, so that one line hangs through all of them. */
export const LEFT = 52
export const RIGHT = 20

/** A place of 0..1 across charts of a width, in px. */
export const across = (place: number, width: number) => LEFT + place * Math.max(0, width - LEFT - RIGHT)

/** The place under a pointer; what lies outside is at an end. */
export const placeAt = (x: number, width: number) => Math.max(0, Math.min(1, (x - LEFT) / Math.max(1, width - LEFT - RIGHT)))

export interface Label {
  x: number
  text: string
}

const CHAR_PX = 6.4

/** The row of each label, so that none lies over another; the last row takes what finds no room. */
export function rowsOf(labels: readonly Label[], rows: number): number[] {
  const ends: number[] = Array(rows).fill(-Infinity)
  const order = labels.map((_, i) => i).sort((a, b) => (labels[a]?.x ?? 0) - (labels[b]?.x ?? 0))
  const found: number[] = Array(labels.length).fill(rows - 1)
  for (const i of order) {
    const label = labels[i]
    if (!label) continue
    const free = ends.findIndex((end) => end <= label.x)
    const row = free === -1 ? rows - 1 : free
    found[i] = row
    ends[row] = label.x + label.text.length * CHAR_PX + 12
  }
  return found
}
