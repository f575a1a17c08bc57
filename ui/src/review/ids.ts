/** Ids of words, as the Rust side counts them: `rank * 2^24 + after`, where `after` is the imported word that an added one follows. */
const AFTER = 2 ** 24
const RANKS = 2 ** 29
/** `after` of a word before the first imported one. */
const LEAD = AFTER - 1

/** The imported word that a word is or follows; -1 before the first. */
export function afterOf(id: number): number {
  const after = id % AFTER
  return after === LEAD ? -1 : after
}

/** 0 for an imported word; the place among those added behind the same one. */
export function rankOf(id: number): number {
  return Math.floor(id / AFTER)
}

/** A number that sorts words as the text runs. */
export function order(id: number): number {
  return ((id + 1) % AFTER) * RANKS + rankOf(id)
}

/** Whether a word lies in `[first, end)`. */
export function within(range: readonly [number, number] | null | undefined, id: number): boolean {
  return Boolean(range) && range !== null && range !== undefined && order(range[0]) <= order(id) && order(id) < order(range[1])
}

/** How much of a free step new ids are scattered, so that two people who add at one place get different ones. */
const SCATTER = 0.5

/**
 * Ids for `n` new words between two neighbours in the text; null stands for the start and the end of it. None where the ranks between
 * them are used up.
 */
export function between(left: number | null, right: number | null, n: number, random: () => number = Math.random): number[] | null {
  const after = left === null ? -1 : afterOf(left)
  const low = left === null ? 0 : rankOf(left)
  const closed = right !== null && rankOf(right) > 0 && afterOf(right) === after
  const high = closed ? rankOf(right) : RANKS
  const step = (high - low) / (n + 1)
  if (step < 1) return null
  // In open space words are put close behind each other, so that a thousand more fit in between and behind.
  const stride = Math.max(1, closed ? step : Math.min(step, 2 ** 14))
  return Array.from({ length: n }, (_, i) => {
    const jitter = stride >= 4 ? Math.floor((random() - 0.5) * SCATTER * stride) : 0
    const rank = Math.floor(low + stride * (i + 1)) + jitter
    return rank * AFTER + (after === -1 ? LEAD : after)
  })
}

/** The end of a range whose last word it is: behind an imported word all that was added to it belongs to the range, too. */
export function endOf(id: number): number {
  return rankOf(id) > 0 ? id + AFTER : id + 1
}
