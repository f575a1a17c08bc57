// What the chart library is told to draw: quality against what it costs, with the front joined.
import '../../tuning/language'
import 'uplot/dist/uPlot.min.css'
import uPlot from 'uplot'
import type { Theme } from '../../review/timeline/theme'
import { money } from '../../shared/money'
import { BOTTOM, LEFT, RIGHT, TOP, type Against, type Point, type Size } from './front'
import { wait } from './numbers'

export interface Chart extends Size {
  theme: Theme
  points: readonly Point[]
  against: Against
}

export function draw(into: HTMLElement, chart: Chart): uPlot {
  const { theme, width, height, points, quality, spent, against } = chart
  const front = points.filter((point) => point.front)
  const axis = { font: `11px ${theme.font}`, stroke: theme.quiet, grid: { stroke: theme.line, width: 1 }, ticks: { show: false } }
  const options: uPlot.Options = {
    width,
    height,
    padding: [TOP, RIGHT, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [spent.from, spent.to] }, y: { range: [quality.from, quality.to] } },
    axes: [
      { ...axis, size: BOTTOM, space: 74, values: (_, splits) => splits.map((value) => (against === 'cost' ? money(value) : wait(value))) },
      { ...axis, size: LEFT, values: (_, splits) => splits.map((value) => value.toFixed(2)) },
    ],
    series: [{}, { stroke: theme.strong_line, width: 1.5, dash: [4, 3], points: { show: false } }],
  }
  return new uPlot(options, [front.map(({ x }) => x), front.map(({ y }) => y)], into)
}
