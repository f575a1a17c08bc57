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
