import type { MediaStages } from '../api/generated/MediaStages'
import { LOOKS, type LookId } from './marks'

/** How many rows each look shows. */
export function countsOf(rows: readonly MediaStages[]): ReadonlyMap<LookId, number> {
  return new Map(LOOKS.map(({ id }) => [id, looked(rows, id).length]))
}

/** The rows that a look shows. */
export function looked(rows: readonly MediaStages[], look: LookId): readonly MediaStages[] {
  const marks: readonly string[] | null = LOOKS.find(({ id }) => id === look)?.marks ?? null
  return marks === null ? rows : rows.filter(({ state }) => marks.includes(state))
}

/** Rows with those that moved in the place of what they were; new ones behind. */
export function merged(rows: readonly MediaStages[], moved: readonly MediaStages[]): MediaStages[] {
  const news = new Map(moved.map((row) => [row.media, row]))
  const known = new Set(rows.map(({ media }) => media))
  return [...rows.map((row) => news.get(row.media) ?? row), ...moved.filter(({ media }) => !known.has(media))]
}
