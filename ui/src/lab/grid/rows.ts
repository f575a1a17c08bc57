import type { GridRow } from '../../api/generated/GridRow'

export type Sort = 'worst' | 'column' | 'clip'

export const SORTS: { id: Sort; label: string }[] = [
  { id: 'worst', label: 'Worst first' },
  { id: 'column', label: 'Worst in the column' },
  { id: 'clip', label: 'By clip' },
]

/** Rows come with the worst regression first; what has no difference stands last. */
export function sorted(rows: readonly GridRow[], sort: Sort, column: number): readonly GridRow[] {
  if (sort === 'worst') return rows
  if (sort === 'clip') return [...rows].sort((a, b) => a.clip - b.clip)
  const of = (row: GridRow) => row.cells[column]?.difference ?? Infinity
  return [...rows].sort((a, b) => Math.sign(of(a) - of(b)) || 0)
}

/** The index that lies so many further on, within a list of some length. */
export function moved(at: number, by: number, length: number): number {
  return Math.max(0, Math.min(length - 1, at + by))
}
