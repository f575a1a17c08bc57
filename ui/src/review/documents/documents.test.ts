import { describe, expect, it } from 'vitest'
import { Recorded } from '../../api/recorded'
import { Documents, marked } from './documents.svelte'

async function start() {
  const api = new Recorded(new URLSearchParams())
  const documents = new Documents(api)
  const { media } = await api.library()
  const id = media[0]?.id ?? ''
  await documents.read(id)
  return { api, documents, id, other: media[1]?.id ?? '' }
}

describe('documents of a media', () => {
  it('are read from the first page of the first on', async () => {
    const { documents } = await start()
    expect([documents.row?.id, documents.page, documents.pages.length]).toEqual(['d1', 1, 2])
    for (const [by, page] of [[1, 2], [1, 2], [-1, 1], [-1, 1]] as const) {
      documents.turn(by)
      expect(documents.page).toBe(page)
    }
    await documents.move(1)
    await documents.move(1)
    expect([documents.row?.id, documents.page, documents.pages.length]).toEqual(['d2', 1, 1])
  })

  it('open at the page of a hit with its words marked', async () => {
    const { documents } = await start()
    await documents.choose('d1', 2, ['bar'])
    expect([documents.page, documents.text.filter(({ found }) => found).map(({ text }) => text)]).toEqual([2, ['bar']])
  })

  it('that are detached are no longer read, and those of another media are others', async () => {
    const { api, documents, id, other } = await start()
    await api.apply(id, { op: 'detach_document', id: 'd1' })
    await documents.read(id)
    expect([documents.rows.length, documents.row?.id, documents.pages.length]).toEqual([1, 'd2', 1])
    await api.undo()
    await documents.read(id)
    expect([documents.rows.length, documents.row?.id]).toEqual([2, 'd2'])
    await documents.read(other)
    expect([documents.rows.length, documents.row, documents.pages.length]).toEqual([0, null, 0])
  })
})

it('marks words where they begin a word', () => {
  const found = (text: string, words: string[]) => marked(text, words).map((piece) => (piece.found ? `[${piece.text}]` : piece.text)).join('')
  for (const [text, words, said] of [
    ['An old gauge', ['Gauge'], 'An old [gauge]'],
    ['bar debar Bars', ['bar'], '[bar] debar [Bar]s'],
    ['1.8 (bar)', ['1.8', '(bar'], '[1.8] [(bar])'],
    ['an älter', ['lter'], 'an älter'],
    ['nothing', [], 'nothing'],
    ['', ['a'], ''],
  ] as const) {
    expect(found(text, [...words]), text).toBe(said)
  }
})
