import { describe, expect, it } from 'vitest'
import { ACTIONS } from './actions'
import { chordOf, isForText, shown } from './keys'
import { matching } from './match'

describe('the table of actions', () => {
  it('names every action once', () => {
    const ids = ACTIONS.map((action) => action.id)
    expect(new Set(ids).size).toBe(ids.length)
    const labels = ACTIONS.map((action) => action.label)
    expect(new Set(labels).size).toBe(labels.length)
  })

  it('gives no key two meanings where both could be meant', () => {
    for (const action of ACTIONS) {
      for (const key of action.keys) {
        const others = ACTIONS.filter((other) => other !== action && other.keys.includes(key))
        const clash = others.filter((other) => other.context === action.context || other.context === 'global' || action.context === 'global')
        expect(clash.map((other) => `${key}: ${action.id}, ${other.id}`)).toEqual([])
      }
    }
  })

  it('writes keys the way they are read', () => {
    for (const key of ACTIONS.flatMap((action) => action.keys)) {
      const name = key.split(/\+(?=.)/).at(-1) ?? ''
      const event = { key: name === 'Space' ? ' ' : name, code: '', metaKey: false, ctrlKey: key.includes('Ctrl+'), altKey: key.includes('Alt+'), shiftKey: key.includes('Shift+') }
      expect(chordOf(event)).toBe(key)
    }
  })

  it('never repeats what decides or writes', () => {
    const writes = ACTIONS.filter(({ id }) => /^(flag\.(confirmed|false|unsure|withdraw)|map\.|piece\.accept|word\.(edit|start|end|reset)|anchor\.|merge$|conflict\.pick|tuning\.(apply|start|stop|activate))/.test(id))
    expect(writes.length).toBeGreaterThan(8)
    for (const action of writes) expect(action.repeats ?? false).toBe(false)
  })
})

describe('chordOf', () => {
  const event = { key: '', code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
  it.each([
    [{ key: '?', shiftKey: true }, '?'],
    [{ key: 'R', shiftKey: true }, 'Shift+r'],
    [{ key: 'C' }, 'c'],
    [{ key: 'Z', ctrlKey: true, shiftKey: true }, 'Ctrl+Shift+z'],
    [{ key: '&', code: 'Digit1', ctrlKey: true }, 'Ctrl+1'],
    [{ key: 'ArrowLeft', shiftKey: true }, 'Shift+ArrowLeft'],
    [{ key: '+', shiftKey: true }, '+'],
  ])('reads %o as %s', (part, chord) => expect(chordOf({ ...event, ...part })).toBe(chord))
})

it('leaves typing and moving to text fields', () => {
  expect(['c', 'Space', 'ArrowLeft', 'Shift+r', 'Enter', 'Delete'].every(isForText)).toBe(true)
  expect(['Ctrl+k', 'F8', 'Shift+F8', 'Ctrl+Shift+z'].some(isForText)).toBe(false)
})

it('shows keys as they stand on the keyboard', () => {
  expect(['Ctrl+Shift+z', 'Shift+ArrowLeft', '+', 'Ctrl++', 'Escape'].map(shown)).toEqual(['Ctrl+Shift+Z', 'Shift+←', '+', 'Ctrl++', 'Esc'])
})

it('finds actions by the words of their label', () => {
  const ids = (text: string) => matching(ACTIONS, text).map((action) => action.id)
  expect(ids('flag next')).toContain('flag.next')
  expect(ids('open')[0]).toMatch(/open|flag/)
  expect(ids('nothing of the kind')).toEqual([])
})
