import { flushSync } from 'svelte'
import { describe, expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import type { Settings as Kept } from '../api/generated/Settings'
import { Notices } from '../desk/notices.svelte'
import { Settings } from '../settings/settings.svelte'
import { ACTIONS, action } from './actions'
import { bind, clash, withKeys, type Keys } from './bindings'
import { Keymap } from './keymap.svelte'
import { PRESETS } from './presets'
import { Remap } from './remap.svelte'

/** Pairs of actions that one key would mean where both could be meant. */
function clashes(bound: ReadonlyMap<string, readonly string[]>): string[] {
  const of = (id: string) => bound.get(id) ?? []
  return ACTIONS.flatMap((a) => ACTIONS.filter((b) => a.id < b.id && clash(a, b)).flatMap((b) => of(a.id).filter((chord) => of(b.id).includes(chord)).map((chord) => `${chord}: ${a.id}, ${b.id}`)))
}

/** Numbers that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    yield x / 2 ** 32
  }
}

const ids = new Set(ACTIONS.map(({ id }) => id))

describe('presets', () => {
  it.each(PRESETS.map((preset) => [preset.id, preset] as const))('%s names actions that exist, and none of its keys twice', (_, { keys }) => {
    expect(Object.keys(keys).filter((id) => !ids.has(id))).toEqual([])
    expect(clashes(new Map(Object.entries(keys).map(([id, chords]) => [id, chords ?? []])))).toEqual([])
  })

  it.each(PRESETS.map((preset) => [preset.id, preset] as const))('%s leaves no key with two meanings, and decides with the usual keys', (_, { keys }) => {
    const bound = bind(ACTIONS, keys, {})
    expect(clashes(bound)).toEqual([])
    for (const id of ['play', 'word.edit', 'flag.next', 'flag.confirmed', 'flag.false_alarm', 'flag.unsure', 'map.accept', 'palette', 'keys', 'undo']) {
      expect([id, bound.get(id)?.length]).not.toEqual([id, 0])
    }
    for (const id of ['flag.confirmed', 'flag.false_alarm', 'flag.unsure', 'map.accept', 'map.reject']) expect(bound.get(id)).toEqual(action(id).keys)
  })
})

describe('bind', () => {
  it('lets what a person set win over a preset, and a preset over a default', () => {
    const changed: Keys = { 'flag.next': ['Space'] }
    const bound = bind(ACTIONS, { 'word.next': ['k', 'F8'] }, changed)
    expect([bound.get('flag.next'), bound.get('word.next'), bound.get('play')]).toEqual([['Space'], ['k', 'F8'], ['Ctrl+Space']])
    expect(clashes(bound)).toEqual([])
  })

  it('has no two meanings whatever stands in the file', () => {
    const chance = numbers(7)
    const chords = ACTIONS.flatMap(({ keys }) => keys)
    const pick = <T>(of: readonly T[]): T => of[Math.floor(chance.next().value * of.length)] as T
    for (let round = 0; round < 50; round++) {
      const changed = Object.fromEntries(Array.from({ length: 12 }, () => [pick(ACTIONS).id, [pick(chords), pick(chords)]]))
      expect(clashes(bind(ACTIONS, pick(PRESETS).keys, changed))).toEqual([])
    }
  })

  it('keeps no change that changes nothing', () => {
    const play = action('play')
    const changed = withKeys({}, {}, play, ['p'])
    expect(changed).toEqual({ play: ['p'] })
    expect(withKeys(changed, {}, play, play.keys)).toEqual({})
  })
})

/** A keymap over settings in memory, and what was saved of them last. */
function desk() {
  const api = new Recorded(new URLSearchParams())
  let saved: Kept | null = null
  const settings = new Settings(Object.assign(api, { saveSettings: async (now: Kept) => void (saved = now) }), new Notices())
  const keymap = new Keymap(settings)
  return { settings, keymap, remap: new Remap(keymap), saved: () => saved }
}

describe('remapping', () => {
  it('gives a free key at once', () => {
    const { keymap, remap } = desk()
    remap.listen({ to: 'give', id: 'play', replaces: null })
    expect(remap.heard('Control')).toBe(false)
    expect(remap.heard('Ctrl+Shift+p')).toBe(true)
    expect([keymap.keysOf('play'), remap.question]).toEqual([[...action('play').keys, 'Ctrl+Shift+p'], null])
  })

  it('asks before it takes a key, with the names of both', () => {
    const { keymap, remap } = desk()
    remap.listen({ to: 'give', id: 'play', replaces: 'k' })
    remap.heard('F8')
    expect([remap.question?.id, remap.question?.from.map(({ id }) => id)]).toEqual(['play', ['flag.next']])
    expect([keymap.keysOf('play'), keymap.keysOf('flag.next')]).toEqual([action('play').keys, ['F8']])
    remap.cancel()
    expect(keymap.changed).toEqual({})
    remap.listen({ to: 'give', id: 'play', replaces: 'k' })
    remap.heard('F8')
    remap.take()
    flushSync()
    expect([keymap.keysOf('play'), keymap.keysOf('flag.next')]).toEqual([['Space', 'F8', 'Ctrl+Space'], []])
    expect(keymap.title('play')).toContain('(Space)')
  })

  it('goes back: one action, and all', () => {
    const { keymap, remap } = desk()
    keymap.give('play', 'F8', null)
    remap.reset('flag.next')
    expect([keymap.keysOf('flag.next'), keymap.lost('flag.next')]).toEqual([[], [{ chord: 'F8', to: action('play').label }]])
    remap.resetAll()
    expect([keymap.keysOf('flag.next'), keymap.keysOf('play'), keymap.changed]).toEqual([['F8'], action('play').keys, {}])
  })

  it('finds by a key, also one that was set', () => {
    const { keymap, remap } = desk()
    keymap.give('anchor.here', 'F9', 'a')
    remap.listen({ to: 'search' })
    remap.heard('F9')
    expect(remap.found.map(({ id }) => id)).toEqual(['anchor.here'])
  })

  it('leaves the panel with Escape, and Tab to move on', () => {
    const { keymap, remap } = desk()
    remap.listen({ to: 'give', id: 'play', replaces: null })
    expect([remap.heard('Tab'), remap.heard('Escape'), remap.listening]).toEqual([false, true, null])
    expect(keymap.changed).toEqual({})
  })

  it('is read as it was saved', async () => {
    const { settings, keymap, saved } = desk()
    keymap.choose('otranscribe')
    keymap.give('play', 'F8', 'Escape')
    await new Promise((done) => setTimeout(done))
    const again = new Keymap(settings)
    settings.value = JSON.parse(JSON.stringify(saved())) as Kept
    expect([again.preset.id, again.keysOf('play'), again.keysOf('flag.next'), again.keysOf('faster')]).toEqual(['otranscribe', ['F8', 'Space', 'k'], [], ['F4', 'l']])
  })
})
