import { count } from '../shared/time'
import type { ExampleRow } from './types'

/** What people made of a stretch, shortest way: what was written, or how the stretch begins where only decisions were made. */
export function changesOf(row: ExampleRow): string {
  const said = row.corrections.map((correction) => {
    if (correction.what === 'annotation') return `${correction.before?.label ?? 'nothing'} → ${correction.after?.label ?? 'nothing'}`
    return `${correction.before || 'nothing'} → ${correction.after || 'nothing'}`
  })
  return said.length > 0 ? said.join('; ') : (row.lines[0]?.text ?? 'No words')
}

/** What speaks for an example. */
export function whyOf(row: ExampleRow): string {
  const labels = new Set(row.annotations.map(({ label }) => label)).size
  const parts = [
    row.corrections.length > 0 ? `${count(row.corrections.length)} corrected` : `${count(row.decisions.length)} decided`,
    labels > 0 ? `${count(labels)} ${labels === 1 ? 'label' : 'labels'}` : '',
  ]
  return parts.filter(Boolean).join(', ')
}

const NAMES = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' })

/** A language by its two letters. */
export function languageName(code: string): string {
  try {
    return NAMES.of(code) ?? code
  } catch {
    // A file may say anything.
    return code
  }
}
