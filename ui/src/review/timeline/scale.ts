// Time to pixels and back, and the choice of round numbers for ticks and labels. Pure: no DOM, no state.

/** What part of the media is on screen. Fractions of a µs are fine here; what leaves the timeline is rounded. */
export interface Viewport {
  from_us: number
  us_per_px: number
  width_px: number
}

export const SECOND_US = 1_000_000
export const MINUTE_US = 60 * SECOND_US
export const HOUR_US = 60 * MINUTE_US

/** The deepest zoom: 0.4 s across 800 px. Beyond it a pixel is finer than any time that words or frames have. */
export const MIN_US_PER_PX = 500

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value
}

export function toPx(view: Viewport, at_us: number): number {
  return (at_us - view.from_us) / view.us_per_px
}

export function toUs(view: Viewport, x_px: number): number {
  return view.from_us + x_px * view.us_per_px
}

/** A moment under the pointer as it may leave the timeline: an integer inside the media. */
export function momentAt(view: Viewport, x_px: number, duration_us: number): number {
  return clamp(Math.round(toUs(view, x_px)), 0, duration_us)
}

export function endOf(view: Viewport): number {
  return view.from_us + view.width_px * view.us_per_px
}

export function isInView(view: Viewport, at_us: number): boolean {
  return at_us >= view.from_us && at_us <= endOf(view)
}

/** µs per pixel at which the whole media is in view. */
export function fitScale(duration_us: number, width_px: number): number {
  return Math.max(MIN_US_PER_PX, duration_us / Math.max(1, width_px))
}

/** The nearest view that shows nothing but media. */
export function clampView(view: Viewport, duration_us: number): Viewport {
  const us_per_px = clamp(view.us_per_px, MIN_US_PER_PX, fitScale(duration_us, view.width_px))
  const last_us = Math.max(0, duration_us - us_per_px * view.width_px)
  return { from_us: clamp(view.from_us, 0, last_us), us_per_px, width_px: view.width_px }
}

export function fitView(view: Viewport, duration_us: number): Viewport {
  return clampView({ ...view, from_us: 0, us_per_px: Infinity }, duration_us)
}

/** Zooms by `factor` (below 1: closer) so that the moment under `x_px` stays where it is. */
export function zoomAt(view: Viewport, duration_us: number, factor: number, x_px: number): Viewport {
  const held_us = toUs(view, x_px)
  const us_per_px = clamp(view.us_per_px * factor, MIN_US_PER_PX, fitScale(duration_us, view.width_px))
  return clampView({ ...view, us_per_px, from_us: held_us - x_px * us_per_px }, duration_us)
}

export function panBy(view: Viewport, duration_us: number, delta_px: number): Viewport {
  return clampView({ ...view, from_us: view.from_us + delta_px * view.us_per_px }, duration_us)
}

/** Puts a moment at a share (0 left, 1 right) of the view. */
export function placeAt(view: Viewport, duration_us: number, at_us: number, share: number): Viewport {
  return clampView({ ...view, from_us: at_us - share * view.width_px * view.us_per_px }, duration_us)
}

/** Each step is a multiple of at least one before it, so that minor ticks meet major ones. */
const TIME_STEPS_US = [
  1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5,
  1e6, 2e6, 5e6, 10e6, 15e6, 30e6,
  60e6, 120e6, 300e6, 600e6, 900e6, 1800e6,
  3600e6, 7200e6, 18000e6, 36000e6, 86400e6,
] as const

const LONGEST_STEP_US = 86400e6

export interface TickSteps {
  /** Distance of labelled ticks. */
  major_us: number
  /** Distance of the ticks between them. */
  minor_us: number
}

export function timeSteps(us_per_px: number, label_px = 92, minor_px = 7): TickSteps {
  const major_us = TIME_STEPS_US.find((step) => step >= label_px * us_per_px) ?? LONGEST_STEP_US
  const minor_us =
    TIME_STEPS_US.find((step) => step >= minor_px * us_per_px && major_us % step === 0) ?? major_us
  return { major_us, minor_us }
}

function two(n: number): string {
  return n < 10 ? `0${n}` : `${n}`
}

/** `h:mm:ss.mmm`; with fewer decimals where the caller's step needs none. */
export function formatTime(at_us: number, decimals: 0 | 1 | 2 | 3 = 3): string {
  const unit_us = [SECOND_US, 100_000, 10_000, 1_000][decimals] ?? 1_000
  const units = Math.round(Math.max(0, at_us) / unit_us)
  const per_second = SECOND_US / unit_us
  const seconds = Math.floor(units / per_second)
  const whole = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return decimals === 0 ? whole : `${whole}.${String(units % per_second).padStart(decimals, '0')}`
}

/** A tick's label carries the decimals that its step has, and no more. */
export function formatTick(at_us: number, step_us: number): string {
  if (step_us >= SECOND_US) return formatTime(at_us, 0)
  if (step_us >= 100_000) return formatTime(at_us, 1)
  return formatTime(at_us, step_us >= 10_000 ? 2 : 3)
}

/** Drift: ms below a second, seconds above, the sign always shown. */
export function formatDrift(drift_us: number): string {
  const ms = Math.round(Math.abs(drift_us) / 1000)
  const sign = ms === 0 ? '±' : drift_us < 0 ? '\u2212' : '+'
  if (ms < 1000) return `${sign}${ms} ms`
  return `${sign}${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

/** A length of time without a sign, such as that of a word. */
export function formatLength(len_us: number): string {
  return formatDrift(len_us).replace(/^[+±\u2212]/, '')
}

export interface DriftScale {
  low_us: number
  high_us: number
  ticks_us: number[]
  step_us: number
}

const DRIFT_STEPS_US = [
  5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 10e6, 20e6, 30e6,
  60e6, 120e6, 300e6, 600e6, 1200e6, 1800e6, 3600e6,
] as const

/** Below this a lead or lag is not heard, so the line has to look straight. */
const QUIET_DRIFT_US = 200_000

/** The range of a drift axis: holds 0 and all the data, and never magnifies what nobody hears. */
export function driftScale(low_us: number, high_us: number, height_px: number, label_px = 20): DriftScale {
  let low = Math.min(low_us, -QUIET_DRIFT_US)
  let high = Math.max(high_us, QUIET_DRIFT_US)
  // One-sided data gets most of the height; the other side keeps a sliver so that the line at 0 stays clear of the edge.
  if (high_us > -4 * low_us && high > 2 * QUIET_DRIFT_US) low = Math.min(low_us, -high * 0.15)
  if (low_us < -4 * high_us && low < -2 * QUIET_DRIFT_US) high = Math.max(high_us, -low * 0.15)
  const pad = (high - low) * 0.08
  low -= pad
  high += pad
  const labels = Math.max(1, Math.floor(height_px / label_px))
  const step_us =
    DRIFT_STEPS_US.find((step) => (high - low) / step <= labels) ?? Math.ceil((high - low) / HOUR_US) * HOUR_US
  const ticks_us: number[] = []
  for (let tick = Math.ceil(low / step_us); tick <= high / step_us; tick++) ticks_us.push(tick * step_us + 0)
  return { low_us: low, high_us: high, ticks_us, step_us }
}

/** Label of a drift tick; 0 stands alone. All labels of an axis have one unit, the one that its far end needs. */
export function formatDriftTick(tick_us: number, { step_us, low_us, high_us }: DriftScale): string {
  if (tick_us === 0) return '0'
  const sign = tick_us < 0 ? '\u2212' : '+'
  const size = Math.abs(tick_us)
  if (step_us < SECOND_US && Math.max(high_us, -low_us) < SECOND_US) return `${sign}${Math.round(size / 1000)} ms`
  if (step_us >= MINUTE_US) return `${sign}${size / MINUTE_US} min`
  return `${sign}${(size / SECOND_US).toFixed(step_us % SECOND_US === 0 ? 0 : 1)} s`
}
