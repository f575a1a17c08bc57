import type { AnalyticsView } from '../generated/AnalyticsView'
import type { Bar } from '../generated/Bar'
import type { Figure } from '../generated/Figure'
import type { FigureId } from '../generated/FigureId'
import type { Moment } from '../generated/Moment'
import type { MomentsView } from '../generated/MomentsView'
import type { Word } from '../../review/words'
import type { Stand } from './desk'

/** A bar with the moments behind it. */
interface Column {
  label: string
  value: number
  says: string
  moments: Moment[]
}

const PAUSE_US = 1_000_000

/** Figures near enough to those of the Rust side to design by. */
const FIGURES: { id: FigureId; title: string; note: string; of: (stands: Stand[]) => Column[] }[] = [
  { id: 'talk_by_speaker', title: 'Talk time by speaker', note: 'Words and the pauses between them that are shorter than a second.', of: (stands) => talk(stands, (us) => us / 1e6, (us) => `${Math.round(us / 1e6)} s`) },
  { id: 'pace_by_speaker', title: 'Pace by speaker', note: 'Words a minute of talk time. Who talks for less than three seconds has no bar.', of: (stands) => talk(stands, (us, words) => (words * 6e7) / us, (us, words) => `${Math.round((words * 6e7) / us)} words/min`) },
  { id: 'phrases', title: 'Key phrases', note: 'Words as they are said, without the stop list of en. Bars count how often (tf-idf).', of: phrases },
  { id: 'labels', title: 'Annotations by label', note: 'How many annotations have each label.', of: (stands) => counted(stands.flatMap((stand) => stand.annotations.map((a): [string, Moment] => [a.label, moment(stand, a, a.text, { annotation: a.id })]))) },
  { id: 'flags_by_gate', title: 'Flags by gate', note: 'All flags, decided or not. A flag counts for whoever says its first word, or talks over it.', of: (stands) => counted(stands.flatMap((stand) => stand.flags.map((f): [string, Moment] => [f.label, moment(stand, f, f.why, { flag: f.id, word: f.words?.[0] ?? null })]))) },
]

export function analytics(stands: Stand[], media: string | null, seq: number): AnalyticsView {
  const figures = FIGURES.map(({ id, title, note, of }): Figure => {
    const bars = of(stands).map(bar)
    return { id, title, note, most: Math.max(0, ...bars.map(({ value }) => value)), groups: bars.length > 0 ? [{ name: '', bars }] : [] }
  })
  const turns = stands.flatMap((stand) => turnsOf(stand))
  return {
    seq,
    media,
    words: stands.flatMap((stand) => stand.words).filter(({ text }) => text).length,
    talk_us: turns.reduce((sum, turn) => sum + turn.end_us - turn.start_us, 0),
    figures: figures.filter(({ groups }) => groups.length > 0),
  }
}

export function moments(stands: Stand[], figure: FigureId, key: string, first: number, limit: number, seq: number): MomentsView {
  const column = FIGURES.find(({ id }) => id === figure)?.of(stands).find(({ label }) => label === key)
  if (!column) throw new Error('What this bar was about is gone: something changed since it was drawn. Look at the figures again')
  return { seq, total: column.moments.length, first, moments: column.moments.slice(first, first + limit) }
}

function bar({ label, value, says, moments }: Column): Bar {
  return { key: label, label, value, says, moments: moments.length }
}

function moment({ take }: Stand, span: { start_us: number; end_us: number }, text: string, more: Partial<Moment>): Moment {
  const { start_us, end_us } = span
  return { media: take.id, media_name: take.name, start_us, end_us, speaker: '', text, word: null, flag: null, annotation: null, ...more }
}

function speakerOf({ take, names }: Stand, word: Word): string {
  const label = word.speaker === null ? undefined : take.speakers[word.speaker]
  return label === undefined ? 'no speaker named' : (names[label] ?? label)
}

function turnsOf(stand: Stand): (Moment & { words: number })[] {
  const turns: (Moment & { words: number })[] = []
  for (const word of stand.words.filter(({ text }) => text)) {
    const speaker = speakerOf(stand, word)
    const last = turns.at(-1)
    if (last?.speaker === speaker && word.start_us - last.end_us < PAUSE_US) {
      last.end_us = Math.max(last.end_us, word.end_us)
      last.words++
      last.text += ` ${word.text}${word.punctuation}`
    } else {
      turns.push({ ...moment(stand, word, word.text + word.punctuation, { word: word.id, speaker }), words: 1 })
    }
  }
  return turns
}

function grouped<T>(all: T[], name: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(name(one), [...(groups.get(name(one)) ?? []), one])
  return groups
}

function talk(stands: Stand[], value: (us: number, words: number) => number, says: (us: number, words: number) => string): Column[] {
  const turns = stands.flatMap(turnsOf)
  const columns = [...grouped(turns, (turn) => turn.speaker)].map(([label, own]) => {
    const us = own.reduce((sum, turn) => sum + turn.end_us - turn.start_us, 0)
    const words = own.reduce((sum, turn) => sum + turn.words, 0)
    return { label, value: value(us, words), says: says(us, words), moments: own }
  })
  return columns.sort((a, b) => b.value - a.value)
}

function counted(named: [string, Moment][]): Column[] {
  const groups = [...grouped(named, ([label]) => label)]
  const columns = groups.map(([label, own]) => ({ label, value: own.length, says: String(own.length), moments: own.map(([, moment]) => moment) }))
  return columns.sort((a, b) => b.value - a.value)
}

function phrases(stands: Stand[]): Column[] {
  const said = stands.flatMap((stand) =>
    stand.words
      .filter(({ text }) => text.length > 4)
      .map((word): [string, Moment] => [word.text.toLowerCase(), moment(stand, word, word.text, { word: word.id, speaker: speakerOf(stand, word) })]),
  )
  const columns = counted(said).filter(({ value }) => value > 1)
  return columns.slice(0, 12).map((column) => ({ ...column, says: `${column.value} times` }))
}
