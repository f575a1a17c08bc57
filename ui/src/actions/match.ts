import type { Action } from './actions'

/** Actions whose label holds every word typed; those where a word of the label begins with the first one stand before the others. */
export function matching(actions: readonly Action[], text: string): Action[] {
  const sought = text.toLowerCase().split(/\s+/).filter(Boolean)
  const first = sought[0]
  if (first === undefined) return [...actions]
  const found = actions.filter((action) => sought.every((part) => action.label.toLowerCase().includes(part)))
  const rank = (action: Action) => Number(!action.label.toLowerCase().split(/\s+/).some((word) => word.startsWith(first)))
  return found.sort((a, b) => rank(a) - rank(b))
}
