import { expect, it } from 'vitest'
import { money } from './money'

it.each([
  [0, '$0.00'],
  [1_250_000_000, '$1.25'],
  [1_400_000, '$0.0014'],
  [-2_500_000_000, '−$2.50'],
])('writes %i billionths as %s', (nano, text) => expect(money(nano)).toBe(text))
