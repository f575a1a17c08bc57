import { expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import { Library } from './library.svelte'

it('reads once more for all that is asked while it reads', async () => {
  let reads = 0
  const api = new Recorded(new URLSearchParams())
  const answer = api.library.bind(api)
  const library = new Library(Object.assign(api, { library: () => (reads++, answer()) }))
  await Promise.all(Array.from({ length: 100 }, () => library.read()))
  expect(reads).toBe(2)
  const first = library.read()
  await Promise.resolve()
  for (let i = 0; i < 100; i++) void library.read()
  await first
  expect([reads, library.all.length > 0]).toEqual([4, true])
})

it('shows a view as it was saved', () => {
  const library = new Library(new Recorded(new URLSearchParams()))
  library.sortBy('drift')
  library.toggle('flagged')
  library.text = ' site '
  const view = library.asView('mine')
  library.unfilter()
  library.sortBy('name')
  library.show(JSON.parse(JSON.stringify(view)))
  expect(library.asView('mine')).toEqual(view)
  library.show({ ...view, column: 'of a later version', descending: false })
  expect(library.sort).toEqual({ column: 'drift', descending: true })
})
