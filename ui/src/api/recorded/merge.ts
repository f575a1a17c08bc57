import type { AgreementView } from '../generated/AgreementView'
import type { ConflictView } from '../generated/ConflictView'
import type { Take } from './desk'

const AT_US = 1_760_000_000_000_000

/** What two reviewers of the recording differ on. */
export function conflictsOf(takes: readonly Take[]): ConflictView[] {
  const take = takes[0]
  if (!take) return []
  const media = { id: take.id, name: take.name }
  const word = take.spoken[4]
  const flag = take.flags[0]
  const sides = (one: string, other: string) => [
    { event: 'one', by: 'Ada', at_us: AT_US, values: [one] },
    { event: 'other', by: 'Bo', at_us: AT_US + 3_600_000_000, values: [other] },
  ]
  const plain = { media, word: null, flag: null, annotation: null }
  return [
    ...(word ? [{ ...plain, id: 'text', at_us: word.start_us, word: 4, about: [`Text of “${word.text}”`], sides: sides('girder', 'guarder') }] : []),
    ...(flag ? [{ ...plain, id: 'flag', at_us: flag.start_us, flag: flag.id, about: ['Flag'], sides: sides('confirmed', 'false alarm') }] : []),
  ]
}

/** How far they agree. */
export const agreement: AgreementView = {
  alpha: 0.691,
  flags: 24,
  pairs: 24,
  agreeing: 20,
  people: [{ one: 'Ada', other: 'Bo', flags: 24, agreeing: 20, alpha: 0.691 }],
  differing: [],
}
