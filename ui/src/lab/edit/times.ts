const SECOND_US = 1_000_000

/** The moment that a person typed, in whole µs: `1:02:03.5`, `2:03`, or seconds; null where it is none. */
export function momentOf(text: string): number | null {
  const parts = text.trim().split(':')
  if (parts.length > 3 || !parts.every((part, i) => (i === parts.length - 1 ? /^\d+([.,]\d*)?$/ : /^\d+$/).test(part))) return null
  const seconds = parts.reduce((sum, part) => sum * 60 + Number(part.replace(',', '.')), 0)
  return Math.round(seconds * SECOND_US)
}
