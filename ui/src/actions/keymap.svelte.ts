import type { Settings } from '../settings/settings.svelte'
import { ACTIONS, action } from './actions'
import { bind, clash, usualKeys, withKeys, type Keys } from './bindings'
import { presetOf } from './presets'
import { shown } from './keys'

/** Which keys mean what, as the person has set them. */
export class Keymap {
  #settings: Settings
  preset = $derived.by(() => presetOf(this.#settings.value.preset))
  #keys = $derived.by(() => bind(ACTIONS, this.preset.keys, this.changed))

  constructor(settings: Settings) {
    this.#settings = settings
  }

  get changed(): Keys {
    return this.#settings.value.keys
  }

  keysOf(id: string): readonly string[] {
    return this.#keys.get(id) ?? []
  }

  /** The key that is named on buttons, as it is shown; null where an action has none. */
  named(id: string): string | null {
    const first = this.keysOf(id)[0]
    return first === undefined ? null : shown(first)
  }

  /** The action and its key, as a title says it. */
  title(id: string, detail?: string | null): string {
    const key = this.named(id)
    return `${action(id).label}${detail ? `: ${detail}` : ''}${key ? ` (${key})` : ''}`
  }

  bound(chord: string) {
    return ACTIONS.filter((action) => this.keysOf(action.id).includes(chord))
  }

  /** Who would lose a key if it were given to an action. */
  holders(chord: string, id: string) {
    return this.bound(chord).filter((other) => clash(other, action(id)))
  }

  /** Usual keys of an action that mean something else now. */
  lost(id: string): { chord: string; to: string }[] {
    const all = this.changed[id] ?? usualKeys(action(id), this.preset.keys)
    const gone = all.filter((chord) => !this.keysOf(id).includes(chord))
    return gone.map((chord) => ({ chord, to: this.holders(chord, id)[0]?.label ?? '' }))
  }

  /** Gives an action a key, in place of another one if that is named; whoever held it loses it. */
  give(id: string, chord: string, replaces: string | null): void {
    let changed = this.changed
    for (const other of this.holders(chord, id)) {
      changed = withKeys(changed, this.preset.keys, other, this.keysOf(other.id).filter((key) => key !== chord))
    }
    const now = this.keysOf(id)
    const keys = replaces === null ? [...now, chord] : now.map((key) => (key === replaces ? chord : key))
    this.#change(withKeys(changed, this.preset.keys, action(id), keys))
  }

  remove(id: string, chord: string): void {
    this.#change(withKeys(this.changed, this.preset.keys, action(id), this.keysOf(id).filter((key) => key !== chord)))
  }

  reset(id: string): void {
    this.#change(Object.fromEntries(Object.entries(this.changed).filter(([other]) => other !== id)))
  }

  resetAll(): void {
    this.#change({})
  }

  choose(preset: string): void {
    this.#settings.change({ preset })
  }

  #change(keys: Keys): void {
    const kept = Object.entries(keys).map(([id, chords]) => [id, [...(chords ?? [])]])
    this.#settings.change({ keys: Object.fromEntries(kept) })
  }
}
