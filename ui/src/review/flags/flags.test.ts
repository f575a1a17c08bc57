import { describe, expect, it } from 'vitest'
import type { Decision } from '../../api/generated/Decision'
import type { FlagView } from '../../api/generated/FlagView'
import { nextOpen } from './flags'

function flag(id: string, start_us: number, decision: Decision | null = null, passed_since = false): FlagView {
  const measured = { value: 1, limit: 0, thresholds: 1 }
  const verdict = decision && { decision, ...measured, note: null, by: '' }
  return { id, gate: 'word_confidence', label: '', why: '', unit: '%', fails: 'below', words: null, said: '', verdict, passed_since, start_us, end_us: start_us + 1, ...measured }
}

describe('nextOpen', () => {
  const flags = [flag('a', 0), flag('b', 10, 'confirmed'), flag('c', 20), flag('d', 30, null, true), flag('e', 40)]
  it.each([
    ['a', 1, 'c'],
    ['c', 1, 'e'],
    ['e', 1, 'a'],
    ['a', -1, 'e'],
    ['b', 1, 'c'],
    ['d', -1, 'c'],
  ] as const)('from %s by %i comes %s', (from, by, next) => expect(nextOpen(flags, from, 0, by)?.id).toBe(next))

  it('begins at the playhead where no flag is selected', () => {
    expect(nextOpen(flags, null, 15, 1)?.id).toBe('c')
    expect(nextOpen(flags, null, 15, -1)?.id).toBe('a')
    expect(nextOpen(flags, null, 99, 1)?.id).toBe('a')
  })

  it('is none when no other flag is open', () => {
    expect(nextOpen([flag('a', 0)], 'a', 0, 1)).toBeNull()
    expect(nextOpen([], null, 0, 1)).toBeNull()
  })
})
