/** Which rows of a long list are drawn. */
export interface Rows {
  first: number
  /** One past the last row. */
  end: number
}

/** Rows of one height that lie in the viewport, and a few more on either side. */
export function windowOf(scroll: number, viewport: number, row: number, total: number, spare = 8): Rows {
  const first = Math.max(0, Math.min(total, Math.floor(scroll / row) - spare))
  const end = Math.min(total, Math.max(first, Math.ceil((scroll + viewport) / row) + spare))
  return { first, end }
}

/** The scroll position that shows a row of one height, moved as little as possible. */
export function scrollToRow(index: number, scroll: number, viewport: number, row: number): number {
  const top = index * row
  if (top < scroll) return top
  return top + row > scroll + viewport ? top + row - viewport : scroll
}

/**
 * Rows of unlike heights, guessed until they are measured. Sums stand in a binary indexed tree, so that a measure and a search each cost
 * the logarithm of the number of rows.
 */
export class Heights {
  readonly count: number
  #heights: Float64Array
  #tree: Float64Array

  constructor(count: number, guess: (index: number) => number) {
    this.count = count
    this.#heights = new Float64Array(count)
    this.#tree = new Float64Array(count + 1)
    for (let i = 0; i < count; i++) {
      this.#heights[i] = guess(i)
      this.#tree[i + 1] = this.#heights[i] ?? 0
    }
    for (let i = 1; i <= count; i++) {
      const parent = i + (i & -i)
      if (parent <= count) this.#tree[parent] = this.#sum(parent) + this.#sum(i)
    }
  }

  #sum(node: number): number {
    return this.#tree[node] ?? 0
  }

  /** Takes a measured height; the difference to what was known. */
  set(index: number, height: number): number {
    const change = height - (this.#heights[index] ?? 0)
    if (change === 0) return 0
    this.#heights[index] = height
    for (let i = index + 1; i <= this.count; i += i & -i) this.#tree[i] = this.#sum(i) + change
    return change
  }

  heightOf(index: number): number {
    return this.#heights[index] ?? 0
  }

  /** Where a row begins; the whole height for the row past the last. */
  top(index: number): number {
    let sum = 0
    for (let i = index; i > 0; i -= i & -i) sum += this.#sum(i)
    return sum
  }

  total(): number {
    return this.top(this.count)
  }

  /** The row at an offset. */
  at(offset: number): number {
    let node = 0
    let left = offset
    for (let step = 1 << Math.floor(Math.log2(Math.max(1, this.count))); step > 0; step >>= 1) {
      const next = node + step
      if (next <= this.count && this.#sum(next) <= left) {
        node = next
        left -= this.#sum(next)
      }
    }
    return Math.min(node, Math.max(0, this.count - 1))
  }

  /** The rows that meet the viewport, and some pixels more on either side. */
  window(scroll: number, viewport: number, spare: number): Rows {
    if (this.count === 0) return { first: 0, end: 0 }
    return { first: this.at(Math.max(0, scroll - spare)), end: this.at(scroll + viewport + spare) + 1 }
  }
}
