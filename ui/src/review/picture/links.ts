import { within } from '../ids'

/** What a link needs to know of a word. */
interface Word {
  id: number
  text: string
}

/** So many words of a link are spelled out. */
const SPELLED = 8

/** The words from the first to the last of these, half open: the end is the word that comes after, however many are added in between. */
export function rangeOf(list: readonly Word[], first: number, last: number): [number, number] {
  const after = list.findIndex((word) => word.id === last) + 1
  return [first, list[after]?.id ?? last + 1]
}

/** The text of a half-open range of words. */
export function wordsOf(list: readonly Word[], range: readonly [number, number]): string {
  const words = list.filter((word) => within(range, word.id) && word.text !== '').map((word) => word.text)
  return words.length > SPELLED ? `${words.slice(0, SPELLED).join(' ')} …` : words.join(' ')
}
