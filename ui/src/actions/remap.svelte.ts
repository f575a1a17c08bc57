import type { Action } from './action'
import { ACTIONS } from './actions'
import type { Keymap } from './keymap.svelte'
import { shown } from './keys'
import { matching } from './match'

/** Keys that can be no shortcut: they are only held, or they lead out of every control. */
const NO_KEY = ['Control', 'Shift', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'NumLock', 'Dead', 'Process', 'Unidentified', 'Tab']

/** What the panel of keys listens for: a key to look for, or one to give to an action. */
export type Listening = { to: 'search' } | { to: 'give'; id: string; replaces: string | null }

/** A key that means something already, and is only given away when the person says so. */
export interface Question {
  id: string
  chord: string
  replaces: string | null
  from: Action[]
}

/** The panel of keys: what is looked for in it, and the change that is being made. */
export class Remap {
  text = $state('')
  sought = $state<string | null>(null)
  listening = $state<Listening | null>(null)
  question = $state<Question | null>(null)
  /** What was done last, for the live region. */
  said = $state('')
  #keymap: Keymap

  constructor(keymap: Keymap) {
    this.#keymap = keymap
  }

  get found(): Action[] {
    const named = matching(ACTIONS, this.text)
    const { sought } = this
    return sought === null ? named : named.filter((action) => this.#keymap.keysOf(action.id).includes(sought))
  }

  listen(to: Listening): void {
    this.question = null
    this.listening = to
  }

  cancel(): void {
    this.listening = null
    this.question = null
  }

  /** Takes the key that was pressed; false where it is none and the next one is waited for. */
  heard(chord: string): boolean {
    const { listening } = this
    if (!listening || NO_KEY.includes(chord.split(/\+(?=.)/).at(-1) ?? '')) return false
    this.listening = null
    if (chord === 'Escape') return true
    if (listening.to === 'search') {
      this.sought = chord
      this.text = ''
      return true
    }
    const { id, replaces } = listening
    if (chord === replaces) return true
    const from = this.#keymap.holders(chord, id)
    if (from.length > 0) this.question = { id, chord, replaces, from }
    else this.#give(id, chord, replaces)
    return true
  }

  /** Gives the key away that was asked about. */
  take(): void {
    const { question } = this
    this.question = null
    if (question) this.#give(question.id, question.chord, question.replaces)
  }

  remove(id: string, chord: string): void {
    this.cancel()
    this.#keymap.remove(id, chord)
    this.said = `${shown(chord)} removed.`
  }

  reset(id: string): void {
    this.cancel()
    this.#keymap.reset(id)
    this.said = 'Usual keys.'
  }

  resetAll(): void {
    this.cancel()
    this.#keymap.resetAll()
    this.said = 'All keys as usual.'
  }

  #give(id: string, chord: string, replaces: string | null): void {
    this.#keymap.give(id, chord, replaces)
    this.said = `${shown(chord)} is set.`
  }
}
