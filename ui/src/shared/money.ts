const NANO = 1e9

/** An amount in billionths of a US dollar: two places, four below ten cents, so that one call is not shown as nothing. */
export function money(nano: number): string {
  const size = Math.abs(nano)
  const places = size === 0 || size >= NANO / 10 ? 2 : 4
  return `${nano < 0 ? '−' : ''}$${(size / NANO).toFixed(places)}`
}
