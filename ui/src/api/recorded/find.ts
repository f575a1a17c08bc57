import { linesOf } from '../../review/words'
import type { Finding } from '../generated/Finding'
import type { FoundHit } from '../generated/FoundHit'
import type { FoundKind } from '../generated/FoundKind'
import type { FoundView } from '../generated/FoundView'
import type { NearHit } from '../generated/NearHit'
import type { NearLike } from '../generated/NearLike'
import type { PieceKind } from '../generated/PieceKind'
import type { Stand } from './desk'

const KINDS: FoundKind[] = ['word', 'text', 'annotation', 'flag', 'document']

/** What can be found in a media, near enough to design by. */
function rows({ take, words, annotations, flags, documents }: Stand): (Omit<FoundHit, 'text'> & { text: string })[] {
  const of = { media: take.id, name: take.name, who: '' }
  const lines = linesOf(words).flatMap(({ first, end }) => {
    const here = words.slice(first, end).filter(({ text }) => text !== '')
    const [head, last] = [here[0], here[here.length - 1]]
    if (!head || !last) return []
    const text = here.map((word) => word.text + word.punctuation).join(' ')
    return [{ ...of, kind: 'word' as FoundKind, start_us: head.start_us, end_us: last.end_us, at: `${head.id}`, label: '', text }]
  })
  const marks = annotations.map(({ id, label, text, start_us, end_us }) => ({ ...of, kind: (label === 'text' ? 'text' : 'annotation') as FoundKind, start_us, end_us, at: id, label, text }))
  const raised = flags.map(({ id, label, why, start_us, end_us }) => ({ ...of, kind: 'flag' as FoundKind, start_us, end_us, at: id, label, text: why }))
  const pages = documents.flatMap(({ id, name, pages }) => pages.map((text, n) => ({ ...of, kind: 'document' as FoundKind, start_us: 0, end_us: 0, at: `${id}/${n + 1}`, label: name, text })))
  return [...lines, ...marks, ...raised, ...pages]
}

/** Hits of words that all have to be there. */
export function found(stands: Stand[], { typed, kinds, from, count }: Finding): FoundView {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return { counts: [], total: 0, media: 0, hits: [], left: 0 }
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word))
  const all = stands.flatMap((stand) => rows(stand)).filter(({ text, label }) => has(`${text} ${label}`))
  const shown = all.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'i')
  const pieces = (text: string) => text.split(pattern).map((text, i) => ({ text, found: i % 2 === 1 })).filter(({ text }) => text !== '')
  return {
    counts: KINDS.map((kind) => ({ kind, count: all.filter((row) => row.kind === kind).length, more: false })),
    total: shown.length,
    media: new Set(shown.map(({ media }) => media)).size,
    hits: shown.slice(from, from + count).map((row) => ({ ...row, text: pieces(row.text) })),
    left: 0,
  }
}

/** What stands in for meaning: how many letters are shared. */
export function near(stands: Stand[], like: NearLike): NearHit[] {
  const asked = typeof like === 'object' && 'text' in like ? like.text.toLowerCase() : 'picture'
  const letters = new Set(asked)
  const hits = stands.flatMap((stand) => rows(stand)).filter(({ kind }) => kind === 'word' || kind === 'annotation')
  return hits
    .map(({ media, name, kind, start_us, end_us, at, text }) => {
      const shared = [...letters].filter((letter) => text.toLowerCase().includes(letter)).length
      return { media, name, kind: (kind === 'word' ? 'words' : 'annotation') as PieceKind, start_us, end_us, at, text, cosine_milli: Math.round((900 * shared) / Math.max(1, letters.size)) }
    })
    .sort((a, b) => b.cosine_milli - a.cosine_milli)
    .slice(0, 200)
}
