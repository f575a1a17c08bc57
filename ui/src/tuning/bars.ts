import type { Bins } from './types'

export interface Stack {
  confirmed: number
  unsure: number
  false_alarms: number
  /** Not looked at. */
  open: number
}

export interface Stacks extends Stack {
  bins: Stack[]
  /** The highest stack of what was looked at. */
  most_decided: number
  most_open: number
}

/** The histogram by verdict. */
export function stacks({ all, confirmed, false_alarms, unsure }: Bins): Stacks {
  const bins = all.map((units, i) => {
    const decided = { confirmed: confirmed[i] ?? 0, unsure: unsure[i] ?? 0, false_alarms: false_alarms[i] ?? 0 }
    return { ...decided, open: Math.max(0, units - decided.confirmed - decided.unsure - decided.false_alarms) }
  })
  const sum = (of: keyof Stack) => bins.reduce((sum, bin) => sum + bin[of], 0)
  return {
    bins,
    confirmed: sum('confirmed'),
    unsure: sum('unsure'),
    false_alarms: sum('false_alarms'),
    open: sum('open'),
    most_decided: Math.max(0, ...bins.map((bin) => bin.confirmed + bin.unsure + bin.false_alarms)),
    most_open: Math.max(0, ...bins.map(({ open }) => open)),
  }
}
