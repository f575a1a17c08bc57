import { describe, expect, it } from 'vitest'
import type { Changed } from '../api/generated/Changed'
import type { HistoryRow } from '../api/generated/HistoryRow'
import { Recorded } from '../api/recorded'
import { Notices } from '../desk/notices.svelte'
import { Writes } from '../desk/writes.svelte'
import { decode } from '../review/words'
import { History } from './history.svelte'
import { foretold, listed, sentenceOf, when } from './told'

function made(): { api: Recorded; history: History; changes: Changed[] } {
  const api = new Recorded(new URLSearchParams())
  const changes: Changed[] = []
  const writes = new Writes(new Notices(), async (changed) => void changes.push(changed))
  return { api, history: new History(api, writes), changes }
}

const edit = (word: number, text: string) => ({ op: 'edit_word', word, text }) as const

describe('the history panel', () => {
  it('shows what was done to a media, the newest first, or to all', async () => {
    const { api, history } = made()
    await api.apply('gauge', edit(1, 'one'))
    await api.apply('handover', edit(2, 'two'))
    await history.show('gauge')
    expect(history.rows.map(({ did }) => did)).toEqual(['wrote “one”'])
    await history.show(null)
    expect(history.rows.map(({ did }) => did)).toEqual(['wrote “two”', 'wrote “one”'])
    expect([history.row?.did, history.undo]).toEqual(['wrote “two”', history.rows[0]?.seq])
    await history.choose({ group: 'flags' })
    expect([history.rows, history.row]).toEqual([[], null])
  })

  it('reads page after page without a gap', async () => {
    const { api, history } = made()
    for (let i = 0; i < 250; i++) await api.apply('gauge', edit(1, `w${i}`))
    await history.show('gauge')
    expect([history.rows.length, history.hasMore]).toEqual([100, true])
    await history.more()
    await history.more()
    expect([history.rows.length, history.hasMore]).toEqual([250, false])
    expect(history.rows.map(({ did }) => did)).toEqual(Array.from({ length: 250 }, (_, i) => `wrote “w${249 - i}”`))
    history.move(-Infinity)
    history.move(Infinity)
    expect(history.row?.did).toBe('wrote “w0”')
    await api.apply('gauge', edit(1, 'new'))
    await history.reread()
    expect([history.rows.length, history.row?.did]).toEqual([251, 'wrote “w0”'])
  })

  it('says what restoring would change before it does, and does it once', async () => {
    const { api, history, changes } = made()
    const text = async () => decode(await api.words('gauge'))[1]?.text
    for (const word of ['one', 'two', 'three']) await api.apply('gauge', edit(1, word))
    await history.show('gauge')
    expect(await history.restore()).toBe(false)
    history.move(2)
    await history.ask()
    expect(history.preview?.changes).toEqual(['2 words'])
    history.move(-1)
    expect(history.preview).toBeNull()
    history.move(1)
    await history.ask()
    expect(await history.restore()).toBe(true)
    expect([await text(), changes.at(-1)?.undo]).toEqual(['one', 'restore how things stood'])
    await api.undo()
    expect(await text()).toBe('three')
    await history.reread()
    expect(history.rows.map(({ undone }) => undone)).toEqual([false, true, false, false, false])
  })

  it('keeps a run of typing as one row', async () => {
    const { api, history } = made()
    for (const text of ['g', 'ga', 'gau']) await api.apply('gauge', { op: 'write_words', words: [{ word: 1, text, line: false }], run: 'a' })
    await history.show('gauge')
    expect(history.rows.map(({ did, events }) => [did, events])).toEqual([['wrote “gau”', 3]])
    await api.undo()
    expect(decode(await api.words('gauge'))[1]?.imported).toBeNull()
  })
})

describe('what was done, in words', () => {
  const noon = new Date(2026, 4, 6, 12, 30).getTime()
  const row: HistoryRow = {
    seq: 4, first: 4, events: 1, at_us: noon * 1000, who: 'Ada', group: 'words', media: 'm', media_name: 'm.mp4', did: 'wrote “gauge” for “gage”', undone: false,
    place: { at_us: 12_300_000, word: 7, flag: null, annotation: null },
  }

  it('is a sentence with its place', () => {
    expect(sentenceOf(row)).toBe('Ada wrote “gauge” for “gage” at 0:00:12.300')
    expect(sentenceOf({ ...row, who: '', did: 'measured', place: null })).toBe('Plumbline measured')
  })

  it('names the day where it is another', () => {
    expect(when(row.at_us, noon + 1000)).toBe('12:30')
    expect(when(row.at_us, noon + 86_400_000)).toBe('6 May 2026, 12:30')
  })

  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
  ])('lists %o', (parts, text) => expect(listed(parts)).toBe(text))

  it('foretells what restoring does', () => {
    const preview = { seq: 9, words: 2, verdicts: 1, annotations: 0, changes: ['2 words', '1 verdict'] }
    expect(foretold(preview, row, noon)).toContain('2 words and 1 verdict would change')
    expect(foretold({ ...preview, changes: [] }, row, noon)).toContain('Nothing')
  })
})
