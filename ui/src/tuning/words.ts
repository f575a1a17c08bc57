import type { Estimate } from './curve'
import type { GateRow, GateState, GateTuning } from './types'
import { count } from '../shared/time'

/** What each state is called. */
export const STATES: Record<GateState, string> = {
  off: 'Off',
  no_units: 'No units',
  no_verdicts: 'No verdicts',
  learning: 'Learning',
  ready: 'Ready',
  voided: 'Promise ended',
}

/** A limit as it is typed: all its digits, and no more. */
export function typed(limit: number | null): string {
  return limit === null ? '' : String(Number(limit.toPrecision(6)))
}

/** What somebody typed as a number; null where it is none. */
export function parsed(text: string): number | null {
  const plain = text.trim().replace('−', '-').replace(',', '.')
  const value = Number(plain)
  return plain === '' || !Number.isFinite(value) ? null : value
}

export function limitText(limit: number | null, unit: string): string {
  return limit === null ? 'off' : `${typed(limit)} ${unit}`.replace('-', '−').trim()
}

/** Units that are long stand once, where they can be read. */
export const shortUnit = (unit: string) => (unit.startsWith('%') ? '%' : unit === 'characters/s' ? 'chars/s' : unit)

/** A share of 0..1: where it is small, with a digit more. */
export function shareText(share: number | null): string {
  if (share === null) return '–'
  const percent = share * 100
  return `${percent >= 0.05 && percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`
}

/** The bounds of an estimate; empty where there are none. */
export function boundsText({ low, high }: Estimate): string {
  return low === null || high === null ? '' : `${shareText(low).replace(' %', '')} to ${shareText(high)}`
}

export function minutesText(minutes: number | null): string {
  if (minutes === null) return '–'
  const [value, unit] = minutes < 90 ? [minutes, 'min'] : [minutes / 60, 'h']
  return `${value.toFixed(value > 0 && value < 10 ? 1 : 0)} ${unit}`
}

/** A difference with its sign; none is said as such. */
export function signed(difference: number, text: (size: number) => string = count): string {
  if (difference === 0) return 'no change'
  return `${difference > 0 ? '+' : '−'}${text(Math.abs(difference))}`
}

/** What the gate does, in a sentence. */
export function rule({ says, fails, unit }: GateRow, limit: number | null): string {
  if (limit === null) return 'Nothing is flagged: the gate is off.'
  const said = says.replace(/:$/, '')
  return `${said.charAt(0).toUpperCase()}${said.slice(1)} …; ${fails === 'below' ? 'less than' : 'more than'} ${limitText(limit, unit)} is flagged.`
}

/** What is missing before the numbers can be read, most basic first. */
export function missing(row: GateRow, known: GateTuning | null): string[] {
  const verdicts = row.confirmed + row.false_alarms
  if (row.units === 0) return ['No media was measured with this gate yet. Import media with a transcript, and its values stand here.']
  if (row.confirmed + row.false_alarms + row.unsure === 0) return ['Nobody decided on a unit of this gate yet: its load is known, but neither precision nor escapes are. Decide on some of its flags in review.']
  const said: string[] = []
  if (verdicts === 0) said.push('Every verdict is unsure: they say neither how many flags are defects nor how many defects pass.')
  else if (row.confirmed === 0) said.push(`All ${count(verdicts)} verdicts are false alarms: no defect is known that a limit could be held against.`)
  else if (row.false_alarms === 0) said.push(`All ${count(verdicts)} verdicts are defects: nothing says yet how far the limit may be loosened before it costs time in vain.`)
  if (known && known.curve.escapes.every((share) => share === null)) said.push('Nothing was checked blind among what passes: the escape rate is not known.')
  return said
}
