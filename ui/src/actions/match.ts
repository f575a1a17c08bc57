import type { Action } from './action'

/** Actions whose label holds every word typed; those where a word of the label begins with the first one stand before the others. */
export function matching(actions: readonly Action[], text: string): Action[] {
  const sought = text.toLowerCase().split(/\s+/).filter(Boolean)
  const first = sought[0]
  if (first === undefined) return [...actions]
  const found = actions.filter((action) => sought.every((part) => action.label.toLowerCase().includes(part)))
  const rank = (action: Action) => Number(!action.label.toLowerCase().split(/\s+/).some((word) => word.startsWith(first)))
  return found.sort((a, b) => rank(a) - rank(b))
}

const REMEMBERED = 8

/** The actions with those chosen last before the others, the newest first. */
export function recentFirst(actions: readonly Action[], recent: readonly string[]): Action[] {
  const rank = (action: Action) => (recent.includes(action.id) ? recent.indexOf(action.id) : recent.length)
  return [...actions].sort((a, b) => rank(a) - rank(b))
}

/** What was chosen last, after one more choice. */
export function used(recent: readonly string[], id: string): string[] {
  return [id, ...recent.filter((other) => other !== id)].slice(0, REMEMBERED)
}
