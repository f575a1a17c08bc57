/**
 * Where values lie across the room's charts. Each bin of the histogram has the same width, so that bins which widen towards a long tail keep
 * the crowded part wide; bins of one width make the scale linear. Places are shares of 0..1 from the left.
 */
export class Scale {
  readonly edges: readonly number[]

  constructor(edges: readonly number[]) {
    this.edges = edges
  }

  get bins(): number {
    return Math.max(1, this.edges.length - 1)
  }

  /** The place of a value; one that lies outside is put at the end. */
  place(value: number): number {
    const bin = this.#binOf(value)
    const [low, high] = this.#ends(bin)
    const within = high > low ? (value - low) / (high - low) : 0
    return Math.max(0, Math.min(1, (bin + within) / this.bins))
  }

  /** The value at a place. */
  value(place: number): number {
    const at = Math.max(0, Math.min(1, place)) * this.bins
    const bin = Math.min(this.bins - 1, Math.floor(at))
    const [low, high] = this.#ends(bin)
    return low + (at - bin) * (high - low)
  }

  /** Values to write below the charts, about as many as asked for: round ones where bins have one width, else edges. */
  ticks(wanted: number): number[] {
    const first = this.edges[0]
    const last = this.edges.at(-1)
    if (first === undefined || last === undefined || last <= first) return first === undefined ? [] : [first]
    if (!this.#even()) {
      const round = roundBetween(first, last)
      if (round.length > 2) return round
      const by = Math.max(1, Math.round(this.bins / Math.max(1, wanted)))
      return this.edges.filter((_, i) => i % by === 0)
    }
    const step = roundStep((last - first) / Math.max(1, wanted))
    const from = Math.ceil(first / step - 1e-9)
    const count = Math.floor(last / step + 1e-9) - from + 1
    return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((from + i) * step).toPrecision(12)))
  }

  #binOf(value: number): number {
    let [low, high] = [0, this.bins - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.edges[middle] ?? Infinity) <= value) low = middle
      else high = middle - 1
    }
    return low
  }

  #ends(bin: number): [number, number] {
    const low = this.edges[bin] ?? 0
    return [low, this.edges[bin + 1] ?? low]
  }

  #even(): boolean {
    const width = ((this.edges.at(-1) ?? 0) - (this.edges[0] ?? 0)) / this.bins
    return this.edges.every((edge, i) => i === 0 || Math.abs(edge - (this.edges[i - 1] ?? 0) - width) < width * 0.01)
  }
}

/** 1, 2 and 5 times each power of ten that lie between two values above 0. */
function roundBetween(first: number, last: number): number[] {
  if (first <= 0) return []
  const powers = Array.from({ length: 12 }, (_, i) => Math.floor(Math.log10(first)) + i)
  return powers.flatMap((power) => [1, 2, 5].map((by) => Number(`${by}e${power}`))).filter((value) => value >= first && value <= last)
}

/** 1, 2 or 5 times a power of ten, not below what is asked for. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5].find((by) => by * power >= least * (1 - 1e-9)) ?? 10) * power
}

/** The end of an upright scale that shows all values, and the ticks on it: round ones where `grain` is counted as one. */
export function upTo(most: number, wanted: number, grain = 1): { top: number; ticks: number[] } {
  if (!(most > 0)) return { top: grain, ticks: [0, grain] }
  const step = roundStep(most / grain / wanted) * grain
  const count = Math.ceil(most / step - 1e-9)
  return { top: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))) }
}
