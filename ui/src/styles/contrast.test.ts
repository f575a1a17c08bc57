import { describe, expect, it } from 'vitest'
import css from './tokens.css?raw'

type Colour = [number, number, number]

/** Red, green and blue of a #rrggbb, 0..1. */
function rgb(hex: string): Colour {
  const at = (i: number) => parseInt(hex.slice(i, i + 2), 16) / 255
  return [at(1), at(3), at(5)]
}

function tokens(theme: string): Map<string, Colour> {
  const block = new RegExp(`\\[data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? ''
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [name, rgb(hex)]))
}

/** Contrast of two colours as WCAG 2 computes it, 1..21. */
function contrast(a: Colour, b: Colour): number {
  const linear = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
  const light = ([r, g, b]: Colour) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
  const [low = 0, high = 0] = [light(a), light(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

// Ground, panes, controls, and what is hovered, selected or lit.
const GROUNDS = ['n1', 'n2', 'n3', 'n4', 'n5']
const TEXT = ['n10', 'n11', 'n12', 'accent', 'vermillion', 'blue', 'green', 'purple']
const PAIRS = [...TEXT.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)), ['accent-text', 'accent'] as const]

describe.each(['dark', 'light', 'contrast'])('the %s theme', (theme) => {
  const colours = tokens(theme)
  const colour = (name: string): Colour => {
    const found = colours.get(name)
    if (!found) throw new Error(`${theme} has no colour ${name}`)
    return found
  }

  it.each(PAIRS)('has text in %s that can be read on %s', (text, ground) => {
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(theme === 'contrast' ? 7 : 4.5)
  })

  it.each(GROUNDS)('has a focus and marks that stand out on %s', (ground) => {
    for (const mark of ['accent', 'n9']) expect([mark, contrast(colour(mark), colour(ground)) >= 3]).toEqual([mark, true])
  })
})
