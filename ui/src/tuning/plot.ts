// What the chart library is told to draw: a curve and its bounds over the places of the limits, in the colours of the theme.
import './language'
import uPlot from 'uplot'
import type { Theme } from '../review/timeline/theme'
import { LEFT, RIGHT } from './layout'
import { upTo } from './scale'

export interface Line {
  /** Places of 0..1, ascending. */
  places: number[]
  value: (number | null)[]
  low: (number | null)[] | null
  high: (number | null)[] | null
  /** What is counted as one on the upright scale. */
  grain: number
}

export interface Look {
  theme: Theme
  colour: string
  width: number
  height: number
  /** Places of the upright lines, shared with the histogram. */
  ticks: number[]
  label: (value: number) => string
}

const PAD = 6

/** The end of the upright scale. Where bounds are far wider than what they bound, they are cut rather than to flatten it. */
export function topOf({ value, high, grain }: Line): number {
  const most = (values: readonly (number | null)[]) => values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
  const own = most(value)
  return upTo(high === null ? own : Math.min(most(high), own > 0 ? own * 2.5 : Infinity), 2, grain).top
}

/** How far below the top of the chart a value lies, in px. */
export const heightOf = (value: number, top: number, height: number) => PAD + (1 - Math.max(0, Math.min(1, value / top))) * (height - 2 * PAD)

function options(line: Line, look: Look): uPlot.Options {
  const { theme, colour, width, height } = look
  const { top, ticks } = upTo(topOf(line), 2, line.grain)
  const bound = { stroke: `${colour}88`, width: 1, points: { show: false } }
  return {
    width,
    height,
    padding: [PAD, RIGHT, PAD, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, top] } },
    axes: [
      { size: 0, splits: () => look.ticks, values: () => [], grid: { stroke: theme.line, width: 1 }, ticks: { show: false } },
      {
        size: LEFT,
        gap: 8,
        font: `11px ${theme.font}`,
        stroke: theme.quiet,
        splits: () => ticks,
        values: (_, splits) => splits.map(look.label),
        grid: { stroke: theme.line, width: 1 },
        ticks: { show: false },
      },
    ],
    series: [{}, bound, bound, { stroke: colour, width: 1.5, points: { show: false } }],
    bands: [{ series: [1, 2], fill: `${colour}30` }],
  }
}

export function draw(into: HTMLElement, line: Line, look: Look): uPlot {
  const none = line.value.map(() => null)
  return new uPlot(options(line, look), [line.places, line.high ?? none, line.low ?? none, line.value], into)
}
