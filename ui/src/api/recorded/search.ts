import { between } from '../../review/ids'
import { linesOf, type Word } from '../../review/words'
import type { Hit } from '../generated/Hit'
import type { Query } from '../generated/Query'
import type { Replacement } from '../generated/Replacement'
import type { WordWrite } from '../generated/WordWrite'
import type { Stand } from './desk'

interface Found {
  /** The words that the hit touches. */
  words: Word[]
  /** The word behind them. */
  next: Word | null
  line: string
  from: number
  to: number
  with: string
}

function expression({ text, match_case, whole_word, regex }: Query): RegExp {
  const plain = text.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, ' ')
  const pattern = regex ? text : plain
  const bounded = whole_word ? `(?<![\\p{L}\\p{N}_])(?:${pattern})(?![\\p{L}\\p{N}_])` : pattern
  try {
    return new RegExp(bounded, match_case ? 'gu' : 'giu')
  } catch {
    throw new Error(`“${text}” is no regular expression. Correct it, or search for it as plain text`)
  }
}

function inCaseOf(old: string, text: string): string {
  if (old.length > 1 && old === old.toUpperCase() && old !== old.toLowerCase()) return text.toUpperCase()
  const first = old.charAt(0)
  return first !== first.toLowerCase() ? text.charAt(0).toUpperCase() + text.slice(1) : text
}

/** The hits in a media, near enough to design by. */
function found(stand: Stand, query: Query, by: Replacement | null): Found[] {
  if (query.text.trim() === '') return []
  const pattern = expression(query)
  return linesOf(stand.words).flatMap(({ first, end }) => {
    const words = stand.words.slice(first, end).filter(({ text }) => text !== '')
    const tokens = words.map(({ text, punctuation }) => text + punctuation)
    const line = tokens.join(' ')
    let at = 0
    const starts = tokens.map((token) => (at += token.length + 1) - token.length - 1)
    return [...line.matchAll(pattern)].flatMap((match) => {
      const [from, to] = [match.index, match.index + match[0].length]
      if (to === from) return []
      const touched = words.filter((_, i) => (starts[i] ?? 0) < to && (starts[i] ?? 0) + (tokens[i] ?? '').length > from)
      const last = touched[touched.length - 1]
      if (!last) return []
      const text = query.regex ? match[0].replace(new RegExp(pattern.source, pattern.flags.replace('g', '')), by?.with ?? '') : (by?.with ?? '')
      const next = stand.words[stand.words.indexOf(last) + 1] ?? null
      return [{ words: touched, next, line, from, to, with: by?.keep_case ? inCaseOf(match[0], text) : text }]
    })
  })
}

/** The hits in a media as they are shown. */
export function hitsOf(stand: Stand, query: Query, by: Replacement | null): Hit[] {
  return found(stand, query, by).flatMap((hit, number) => {
    const [first, last] = [hit.words[0], hit.words[hit.words.length - 1]]
    if (!first || !last) return []
    const { id: media, name } = stand.take
    const shown = { before: hit.line.slice(0, hit.from), hit: hit.line.slice(hit.from, hit.to), after: hit.line.slice(hit.to) }
    return [{ media, name, number, words: [first.id, last.id + 1] as [number, number], at_us: first.start_us, with: by ? hit.with : null, ...shown }]
  })
}

/** The words to write so that all hits but those left out become what they shall. */
export function written(stand: Stand, query: Query, by: Replacement, left_out: Set<number>): WordWrite[] {
  const texts = new Map<number, string>()
  return found(stand, query, by).flatMap((hit, number) => {
    if (left_out.has(number)) return []
    const last = hit.words[hit.words.length - 1]
    const token = (word: Word) => texts.get(word.id) ?? word.text + word.punctuation
    const line = hit.words.map(token).join(' ')
    const old = hit.line.slice(hit.from, hit.to)
    const tokens = line.replace(old, () => hit.with).split(' ').filter(Boolean)
    const spare = tokens.slice(hit.words.length)
    const ids = last && spare.length > 0 ? between(last.id, hit.next?.id ?? null, spare.length) : null
    hit.words.forEach((word, i) => texts.set(word.id, tokens[i] ?? ''))
    const kept = hit.words.map((word, i) => ({ word: word.id, text: tokens[i] ?? '', line: word.line }))
    return [...kept, ...(ids ?? []).map((word, i) => ({ word, text: spare[i] ?? '', line: false }))]
  })
}
