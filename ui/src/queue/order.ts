import type { QueueItem } from '../api/generated/QueueItem'

/**
 * The item to go on to from the one given. What was reached by the queue leads to the best of the rest; what a person picked from the list leads
 * to the one below it. Null where no other is left.
 */
export function following(items: readonly QueueItem[], from: string | null, picked: boolean): QueueItem | null {
  const at = items.findIndex((item) => item.id === from)
  const below = picked && at >= 0 ? items[at + 1] : undefined
  return below ?? items.find((item) => item.id !== from) ?? null
}

/** A time to come as people say it: never more exactly than it is known. */
export function about(seconds: number): string {
  if (seconds < 45) return 'under a minute'
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `about ${Math.max(1, minutes)} min`
  const hours = seconds / 3600
  return `about ${hours < 10 ? hours.toFixed(1) : Math.round(hours)} h`
}
