/** An id of a word says where it stands: the imported word it follows, and its rank among the words that were added there. */
const AFTER = 2 ** 24
const RANKS = 2 ** 29
export function afterOf(id: number): number {
  return id % AFTER
}

export function rankOf(id: number): number {
  return Math.floor(id / AFTER)
}

/** Sorts ids into the order of the text. */
export function order(id: number): number {
  return ((afterOf(id) + 1) % AFTER) * RANKS + rankOf(id)
}

/** Ids for words between two neighbours; null when no rank is free there any more. */
export function between(left: number | null, right: number | null, n: number): number[] | null {
  const after = left === null ? AFTER - 1 : afterOf(left)
  const low = left === null ? 0 : rankOf(left)
  const high = right !== null && afterOf(right) === after ? rankOf(right) : RANKS
  // At an open end most of the space is left to words that are typed on; between two words it is divided evenly.
  const open = high === RANKS
  const gap = Math.floor(Math.min((high - low - 1) / n, open ? Math.max(1, (high - low) / 64) : RANKS))
  if (gap < 1) return null
  return Array.from({ length: n }, (_, i) => (low + i * gap + 1 + Math.floor(gap / 2 + (Math.random() * gap) / 4)) * AFTER + after)
}
