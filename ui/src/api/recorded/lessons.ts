// What corrections teach, in the recording: near enough to design by.
import type { ExampleRow, ExamplesView, PhraseExample, PhraseRow, VocabularyView, ProjectOp } from '../../tuning/types'
import type { Stand } from './desk'

const SHORTEST_US = 10_000_000
const MOST_BYTES = 50_000

const mediaOf = ({ take }: Stand) => ({ id: take.id, name: take.name })
const corrected = (stand: Stand) => stand.words.filter(({ imported, text }) => imported !== null && text !== '')

/** Phrases that are left out at the end of all changes. */
function skippedBy(ops: readonly ProjectOp[]): Set<string> {
  const skipped = new Set<string>()
  for (const op of ops) {
    if (op.op !== 'skip_phrase') continue
    if (op.skip) skipped.add(op.phrase)
    else skipped.delete(op.phrase)
  }
  return skipped
}

export function vocabulary(stands: readonly Stand[], ops: readonly ProjectOp[], least: number, seq: number): VocabularyView {
  const skipped = skippedBy(ops)
  const found = new Map<string, PhraseExample[]>()
  for (const stand of stands) {
    for (const { text, imported, start_us, end_us } of corrected(stand)) {
      const example = { media: mediaOf(stand), start_us, end_us, heard: imported ?? '' }
      found.set(text, [...(found.get(text) ?? []), example])
    }
  }
  const often = [...found].filter(([, examples]) => examples.length >= least).sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]))
  const wrong = (text: string) => /\d/.test(text)
  const phrases = often.filter(([text]) => !wrong(text)).map(([display, examples]): PhraseRow => {
    const heard = [...new Set(examples.map((example) => example.heard))]
    return {
      language: 'en',
      phrase: display.replaceAll(' ', '-'),
      display,
      count: examples.length,
      media: new Set(examples.map(({ media }) => media.id)).size,
      heard: heard.map((text) => ({ text, count: examples.filter((example) => example.heard === text).length })),
      examples: examples.slice(0, 5),
      skipped: skipped.has(display) ? 'Ada' : null,
    }
  })
  const bytes = phrases.filter(({ skipped }) => skipped === null).reduce((sum, row) => sum + row.phrase.length + row.display.length + 4, 32)
  const left_out = often.filter(([text]) => wrong(text)).map(([text]) => ({ language: 'en', text, why: 'it has digits: write numbers as they are spoken' }))
  return { seq, phrases, left_out, bytes: phrases.length > 0 ? { en: bytes } : {}, most_bytes: MOST_BYTES }
}

/** A stretch of 10 s round each correction whose flags are decided. */
export function examples(stands: readonly Stand[], count: number, seq: number): ExamplesView {
  const all = stands.flatMap(stretchesOf)
  return { seq, examples: all.slice(0, count), stretches: all.length, reviewed: new Set(all.map(({ media }) => media.id)).size, media: stands.length }
}

function stretchesOf(stand: Stand): ExampleRow[] {
  const rows: ExampleRow[] = []
  for (const word of corrected(stand)) {
    const start_us = Math.max(0, word.start_us - SHORTEST_US / 2)
    const end_us = start_us + SHORTEST_US
    const within = (at_us: number) => at_us >= start_us && at_us < end_us
    if (rows.some((row) => row.end_us > start_us) || stand.flags.some((flag) => flag.verdict === null && flag.start_us < end_us && flag.end_us > start_us)) continue
    const here = stand.words.filter((other) => within(other.start_us) && other.text !== '')
    rows.push({
      media: mediaOf(stand),
      start_us,
      end_us,
      lines: [{ speaker: null, text: here.map(({ text, punctuation }) => text + punctuation).join(' ') }],
      annotations: stand.annotations.filter((annotation) => within(annotation.start_us)).map(({ label, text, region, start_us, end_us }) => ({ label, text, region: region ?? null, start_us, end_us })),
      corrections: here.flatMap((other) => (other.imported === null ? [] : [{ what: 'words', start_us: other.start_us, end_us: other.end_us, before: other.imported, after: other.text, by: 'Ada' }])),
      decisions: stand.flags.flatMap((flag) => (flag.verdict && within(flag.start_us) ? [{ gate: flag.gate, start_us: flag.start_us, end_us: flag.end_us, defect: flag.verdict.decision === 'confirmed', by: 'Ada' }] : [])),
      by: ['Ada'],
    })
  }
  return rows
}
