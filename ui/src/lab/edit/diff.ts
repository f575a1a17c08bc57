import type { DiffPart } from '../../api/generated/DiffPart'

/** A line with its number. */
export interface Numbered {
  line: number
  text: string
}

/** A row of a difference. */
export type DiffRow =
  | { kind: 'part'; part: string }
  /** Lines that both have and that are left out. */
  | { kind: 'alike'; count: number }
  /** A line of the first, of the second, or of both. */
  | { kind: 'line'; before: Numbered | null; after: Numbered | null; same: boolean }

type LineRow = Extract<DiffRow, { kind: 'line' }>

/** Lines that both have are shown so far round what differs. */
const ROUND = 3

/** The rows of a difference: line by line, or those that stand for each other side by side. */
export function diffRows(parts: readonly DiffPart[], beside: boolean): DiffRow[] {
  return parts.flatMap(({ part, lines }) => [{ kind: 'part', part } as const, ...folded(beside ? paired(numbered(lines)) : numbered(lines))])
}

function numbered(lines: DiffPart['lines']): LineRow[] {
  let [before, after] = [0, 0]
  return lines.map(({ side, text }) => ({
    kind: 'line',
    before: side <= 0 ? { line: ++before, text } : null,
    after: side >= 0 ? { line: ++after, text } : null,
    same: side === 0,
  }))
}

/** What was taken out stands beside what was put in at the same place. */
function paired(rows: readonly LineRow[]): LineRow[] {
  const out: LineRow[] = []
  let [gone, come]: [Numbered[], Numbered[]] = [[], []]
  const flush = () => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) out.push({ kind: 'line', before: gone[i] ?? null, after: come[i] ?? null, same: false })
    gone = []
    come = []
  }
  for (const row of rows) {
    if (row.same) {
      flush()
      out.push(row)
    }
    if (!row.same && row.before) gone.push(row.before)
    if (!row.same && row.after) come.push(row.after)
  }
  flush()
  return out
}

/** Leaves out what both have, but for a few lines round what differs. */
function folded(rows: readonly LineRow[]): DiffRow[] {
  const near = rows.map((row) => !row.same)
  rows.forEach((row, i) => {
    if (!row.same) for (let j = Math.max(0, i - ROUND); j <= Math.min(rows.length - 1, i + ROUND); j++) near[j] = true
  })
  const out: DiffRow[] = []
  let hidden = 0
  const flush = () => {
    if (hidden > 0) out.push({ kind: 'alike', count: hidden })
    hidden = 0
  }
  rows.forEach((row, i) => {
    if (near[i] !== true) return void hidden++
    flush()
    out.push(row)
  })
  flush()
  return out
}

/** How many lines were put in and taken out. */
export function changedLines(parts: readonly DiffPart[]): { added: number; removed: number } {
  const sides = parts.flatMap(({ lines }) => lines.map(({ side }) => side))
  return { added: sides.filter((side) => side > 0).length, removed: sides.filter((side) => side < 0).length }
}
