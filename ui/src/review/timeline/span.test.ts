import { describe, expect, it } from 'vitest'
import { Marks } from './span.svelte'

describe('in and out', () => {
  const cases: [string, [string, number][], { start_us: number; end_us: number } | null][] = [
    ['nothing', [], null],
    ['one point', [['in', 5]], null],
    ['both', [['in', 5], ['out', 9]], { start_us: 5, end_us: 9 }],
    ['out first', [['out', 9], ['in', 5]], { start_us: 5, end_us: 9 }],
    ['moved', [['in', 5], ['out', 9], ['in', 6]], { start_us: 6, end_us: 9 }],
    ['in beyond out begins anew', [['in', 5], ['out', 9], ['in', 12]], null],
    ['out before in begins anew', [['in', 5], ['out', 9], ['out', 3]], null],
    ['a point is no stretch', [['in', 5], ['out', 5]], null],
  ]
  it.each(cases)('%s', (_, points, span) => {
    const marks = new Marks()
    for (const [which, at_us] of points) {
      if (which === 'in') marks.markIn(at_us)
      else marks.markOut(at_us)
    }
    expect(marks.span).toEqual(span)
    marks.clear()
    expect(marks.span).toBeNull()
  })
})
