import type { Action } from './action'

/** Keys by the id of their action. */
export type Keys = Readonly<Record<string, readonly string[] | undefined>>

/** Whether one key could mean both: they act in the same room, or one of them acts everywhere. */
export function clash(a: Action, b: Action): boolean {
  return a.id !== b.id && (a.context === b.context || a.context === 'global' || b.context === 'global')
}

/** The keys that an action has before a person changed any. */
export function usualKeys(action: Action, preset: Keys): readonly string[] {
  return preset[action.id] ?? action.keys
}

/**
 * The keys of every action. What a person changed comes before the preset and the preset before the defaults: a key that an earlier one of them
 * gives away is taken from the later ones, so that an action which is new in a version never takes a key that somebody set.
 */
export function bind(actions: readonly Action[], preset: Keys, changed: Keys): Map<string, readonly string[]> {
  const bound = new Map<string, readonly string[]>()
  const owners = new Map<string, Action[]>()
  const layer = (action: Action) => (changed[action.id] ? 0 : preset[action.id] ? 1 : 2)
  for (const at of [0, 1, 2]) {
    for (const action of actions.filter((action) => layer(action) === at)) {
      const wanted = changed[action.id] ?? usualKeys(action, preset)
      const free = wanted.filter((chord) => !(owners.get(chord) ?? []).some((owner) => clash(owner, action)))
      for (const chord of free) owners.set(chord, [...(owners.get(chord) ?? []), action])
      bound.set(action.id, free)
    }
  }
  return bound
}

/** The changes after an action's keys became these; one that has its usual keys again is no change. */
export function withKeys(changed: Keys, preset: Keys, action: Action, keys: readonly string[]): Keys {
  const once = [...new Set(keys)]
  const usual = usualKeys(action, preset)
  const same = usual.length === once.length && usual.every((chord, i) => chord === once[i])
  const rest = Object.fromEntries(Object.entries(changed).filter(([id]) => id !== action.id))
  return same ? rest : { ...rest, [action.id]: once }
}
