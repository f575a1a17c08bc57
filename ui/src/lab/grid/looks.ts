// How variants are told apart wherever they are drawn: by a number, a hue, a pattern of dashes and a shape.

/** So many variants a run has at most. */
export const MOST = 8

export interface Look {
  /** Its number on the screen, which is also its key. */
  number: string
  hue: string
  /** An SVG dash pattern; whole lines are those of the truth. */
  dash: string
  /** Its point in a chart, as a path round (0, 0) that is 10 wide. */
  shape: string
}

const HUES = ['var(--signal-proposed)', 'var(--signal-good)', 'var(--signal-unsure)', 'var(--signal-open)']
const DASHES = ['7 3', '2 2', '9 3 2 3', '14 4']
const SHAPES = [
  'M0 -5A5 5 0 1 1 0 5A5 5 0 1 1 0 -5Z',
  'M-4.5 -4.5H4.5V4.5H-4.5Z',
  'M0 -6L6 0L0 6L-6 0Z',
  'M0 -5.5L5.5 4.5H-5.5Z',
  'M0 5.5L5.5 -4.5H-5.5Z',
  'M-2 -5.5H2V-2H5.5V2H2V5.5H-2V2H-5.5V-2H-2Z',
  'M-5.5 0L4.5 -5.5V5.5Z',
  'M5.5 0L-4.5 -5.5V5.5Z',
]

/** No two variants share a hue together with a pattern. */
export function lookOf(variant: number): Look {
  const hue = HUES[variant % HUES.length] ?? ''
  const dash = DASHES[(variant + Math.floor(variant / HUES.length)) % DASHES.length] ?? ''
  return { number: String(variant + 1), hue, dash, shape: SHAPES[variant % SHAPES.length] ?? '' }
}

/** What people say: bright, and the only whole line. */
export const TRUTH: Look = { number: 'T', hue: 'var(--n12)', dash: '', shape: '' }
