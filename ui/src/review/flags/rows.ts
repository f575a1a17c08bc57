import type { Defect } from '../../api/generated/Defect'
import type { FlagView } from '../../api/generated/FlagView'
import { BY_HAND, DEFECTS } from './defects'
import { isOpen, markOf } from './flags'

/** A row of the list of flags: a flag, or a defect that a person found. */
export interface Row {
  id: string
  flag: FlagView | null
  defect: Defect | null
  shape: string
  signal: string
  label: string
  /** What became of it, or how it was found. */
  word: string
  note: string | null
  start_us: number
  title: string
  /** Nothing is left to decide about it. */
  over: boolean
}

/** Flags and defects by hand in order of time. */
export function rowsOf(flags: readonly FlagView[], defects: readonly Defect[], noteOf: (flag: FlagView) => string | null): Row[] {
  const rows = flags.map((flag): Row => {
    const { shape, signal, word } = markOf(flag)
    const { id, label, start_us, why } = flag
    return { id, flag, defect: null, shape, signal, label, word, note: noteOf(flag), start_us, title: why, over: !isOpen(flag) }
  })
  for (const defect of defects) {
    const { id, note, by } = defect
    const label = DEFECTS[defect.kind].word
    rows.push({ ...BY_HAND, id, flag: null, defect, label, note, start_us: defect.span.start_us, title: `${label}, found by ${by || 'hand'}`, over: false })
  }
  return rows.sort((a, b) => a.start_us - b.start_us)
}
