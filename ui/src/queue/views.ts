import type { QueueFilter } from '../api/generated/QueueFilter'
import type { SavedQueue } from '../api/generated/SavedQueue'

/** The whole queue: all that is open. */
export const ALL: QueueFilter = { gates: [], media: null, far: 0, decided: false, by: null }

/** Whether two filters choose the same. */
export function isSame(a: QueueFilter, b: QueueFilter): boolean {
  const gates = (filter: QueueFilter) => [...filter.gates].sort().join()
  return gates(a) === gates(b) && a.media === b.media && a.far === b.far && a.decided === b.decided && a.by === b.by
}

/** The views with one more; one of the same name gives way. */
export function withView(views: readonly SavedQueue[], view: SavedQueue): SavedQueue[] {
  return [...views.filter(({ name }) => name !== view.name), view]
}

/** A filter with a part of it turned on, or off where it was on. */
export function turned(filter: QueueFilter, part: Partial<QueueFilter>): QueueFilter {
  const on = isSame(filter, { ...filter, ...part })
  return on ? { ...filter, ...Object.fromEntries(Object.keys(part).map((key) => [key, ALL[key as keyof QueueFilter]])) } : { ...filter, ...part }
}
