import type { Bar } from '../api/generated/Bar'
import type { Figure } from '../api/generated/Figure'

/** The length of a bar against the longest of its figure, in percent; what is not nothing is seen. */
export function lengthOf(bar: Bar, figure: Figure): number {
  if (figure.most <= 0 || bar.value <= 0) return 0
  return Math.max(1, Math.round((bar.value / figure.most) * 1000) / 10)
}

/** A bar as one sentence: what it is of, its value, and how much stands behind it. */
export function nameOf(bar: Bar, group: string): string {
  const moments = bar.moments === 1 ? '1 moment' : `${bar.moments} moments`
  return `${group ? `${group}, ` : ''}${bar.label}: ${bar.says}; ${moments}`
}

/** The bar that an arrow key leads to, among all that are drawn. */
export function nextBar(from: HTMLElement, by: 1 | -1): HTMLElement | null {
  const all = [...(from.closest('[data-figures]')?.querySelectorAll<HTMLElement>('button[data-bar]') ?? [])].filter((bar) => bar.offsetParent !== null)
  return all[all.indexOf(from) + by] ?? null
}
