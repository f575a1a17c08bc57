/**
 * Keys as they are written in tables: `Ctrl+Shift+Z`, `ArrowLeft`, `Space`, `c`, `?`. Letters are lower case; Shift is named for letters and
 * for keys that print nothing, since a printed sign such as `?` already says it.
 */
export function chordOf(event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const ctrl = event.ctrlKey || event.metaKey
  const key = keyOf(event, ctrl || event.altKey)
  const printsOther = key.length === 1 && !/\p{L}|\d/u.test(key)
  const parts = [ctrl ? 'Ctrl' : '', event.altKey ? 'Alt' : '', event.shiftKey && !printsOther ? 'Shift' : '', key]
  return parts.filter(Boolean).join('+')
}

function keyOf(event: Pick<KeyboardEvent, 'key' | 'code'>, held: boolean): string {
  if (event.key === ' ') return 'Space'
  // With Ctrl or Alt the digit row means digits on every layout, also where it prints other signs.
  const digit = held ? /^Digit(\d)$/.exec(event.code)?.[1] : undefined
  if (digit) return digit
  return event.key.length === 1 ? event.key.toLowerCase() : event.key
}

const NAMES: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
}

/** A chord as it is shown: `Ctrl+Shift+Z`, `←`, `C`. */
export function shown(chord: string): string {
  // The key may be the plus sign itself.
  const parts = chord.split(/\+(?=.)/)
  return parts.map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join('+')
}

/** Whether a chord types or moves in a text field, so that it is the field's while one has the focus. */
export function isForText(chord: string): boolean {
  return !chord.includes('Ctrl+') && !chord.includes('Alt+') && !/(^|\+)F\d+$/.test(chord)
}
