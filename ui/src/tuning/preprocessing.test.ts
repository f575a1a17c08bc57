import { describe, expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import type { Desk } from '../desk/desk.svelte'
import { Notices } from '../desk/notices.svelte'
import { Writes } from '../desk/writes.svelte'
import { changesOf, languageName, whyOf } from './lessons'
import { Preprocessing } from './preprocessing.svelte'

async function made() {
  const api = new Recorded(new URLSearchParams())
  const desk = { notices: new Notices(), try: <T>(call: () => Promise<T>) => call() } as unknown as Desk
  const it = new Preprocessing(api, desk)
  desk.writes = new Writes(desk.notices, () => it.read())
  const write = (word: number, text: string) => api.apply('gauge', { op: 'edit_word', word, text })
  return { api, it, write }
}

describe('what corrections teach', () => {
  it('lists phrases that were corrected often enough', async () => {
    const { it, write } = await made()
    await it.show()
    expect([it.phrases, it.language, it.phrase]).toEqual([[], null, null])
    for (const word of [2, 9]) await write(word, 'Plumbline')
    await write(5, 'bob')
    // Nothing was said to have changed.
    await it.show()
    expect(it.phrases).toEqual([])
    it.changed()
    await it.show()
    expect(it.phrases.map(({ display, count }) => [display, count])).toEqual([['Plumbline', 2]])
    await it.ask(1)
    expect([it.phrases.length, it.language]).toEqual([2, 'en'])
    await it.ask(-3)
    expect(it.least).toBe(1)
  })

  it('leaves a phrase out, and takes it back', async () => {
    const { api, it, write } = await made()
    for (const word of [2, 9]) await write(word, 'Plumbline')
    await it.show()
    const bytes = it.bytes
    await it.skip()
    expect([it.phrase?.skipped, it.bytes < bytes]).toEqual(['Ada', true])
    await it.skip()
    expect([it.phrase?.skipped, it.bytes]).toEqual([null, bytes])
    await api.undo()
    await it.read()
    expect(it.phrase?.skipped).toBe('Ada')
  })

  it('offers stretches whose flags are decided', async () => {
    const { api, it, write } = await made()
    await write(2, 'Plumbline')
    for (const flag of (await api.flags('gauge')).flags) await api.apply('gauge', { op: 'decide', flag: flag.id, decision: 'confirmed', note: null })
    await it.show()
    const view = it.examples.value
    expect([view?.reviewed, it.example?.media.id]).toEqual([1, 'gauge'])
    if (!it.example) throw new Error('no example')
    expect([changesOf(it.example), whyOf(it.example)]).toEqual([expect.stringContaining('→ Plumbline'), expect.stringContaining('1 corrected')])
    it.moveExample(5)
    expect(it.exampleAt).toBe((view?.examples.length ?? 0) - 1)
  })
})

it('names languages', () => {
  expect(['en', 'de', 'no language'].map(languageName)).toEqual(['English', 'German', 'no language'])
})
