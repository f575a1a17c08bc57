/** How times, drifts and shares are written on the screen. Times are whole microseconds. */

const US_PER_MS = 1_000
const US_PER_S = 1_000_000

/** `h:mm:ss.mmm`; a time before the start carries a minus sign. */
export function clock(us: number): string {
  const ms = Math.round(Math.abs(us) / US_PER_MS)
  const sign = us < 0 && ms > 0 ? '−' : ''
  return `${sign}${wholeSeconds(Math.floor(ms / 1000))}.${pad(ms % 1000, 3)}`
}

/** `h:mm:ss`, for lengths where milliseconds say nothing. */
export function length(us: number): string {
  return wholeSeconds(Math.round(us / US_PER_S))
}

function wholeSeconds(s: number): string {
  return `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60, 2)}:${pad(s % 60, 2)}`
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}

/** Signed drift, the sign always shown: milliseconds below a second, seconds from there on. */
export function drift(us: number): string {
  const ms = Math.round(us / US_PER_MS)
  if (ms === 0) return '±0 ms'
  const sign = ms > 0 ? '+' : '−'
  const size = Math.abs(ms)
  return size < 1000 ? `${sign}${size} ms` : `${sign}${(size / 1000).toFixed(size < 10_000 ? 2 : 1)} s`
}

/** A share of 0..1 in whole percent. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

const COUNT = new Intl.NumberFormat('en-US')

/** A count with thousands apart. */
export function count(value: number): string {
  return COUNT.format(value)
}

/** A measured value with its unit, at no more digits than it can bear. */
export function measure(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return `${value.toFixed(digits).replace('-', '−')} ${unit}`.trim()
}

/** The number of the frame shown at a moment, counted from 0. */
export function frameAt(at_us: number, rate: [number, number]): number {
  // A frame's start, once rounded to whole µs, may lie half a µs early.
  return Math.floor(((at_us + 0.5) * rate[0]) / (rate[1] * US_PER_S))
}
