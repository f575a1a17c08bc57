import { expect, it } from 'vitest'
import { decode } from '../review/words'
import { Recorded } from './recorded'
import { through } from './recorded/desk'

const made = () => new Recorded(new URLSearchParams())

it('moves words when the map is accepted, and back when that is undone', async () => {
  const api = made()
  const before = decode(await api.words('gauge'))
  const late = before[before.length - 1]
  const changed = await api.apply('gauge', { op: 'accept_map' })
  expect(changed.undo).toBe('accept the map')
  const after = decode(await api.words('gauge'))[late?.id ?? 0]
  expect(after?.start_us).toBe(late?.proposed?.start_us)
  expect(after?.start_us).not.toBe(late?.start_us)
  expect((await api.library()).media[0]?.state).toBe('flagged')
  expect((await api.flags('gauge')).flags.find((flag) => flag.id === 'f-drift')?.passed_since).toBe(true)

  const undone = await api.undo()
  expect([undone.undo, undone.redo]).toEqual([null, 'accept the map'])
  expect(decode(await api.words('gauge'))).toEqual(before)
  await api.redo()
  expect(decode(await api.words('gauge'))[late?.id ?? 0]?.start_us).toBe(after?.start_us)
})

it('moves the words of one piece, and closes the proposal with the last', async () => {
  const api = made()
  const starts = async () => decode(await api.words('gauge')).map((word) => word.start_us)
  const before = decode(await api.words('gauge'))
  await api.apply('gauge', { op: 'accept_piece', piece: 1 })
  const { proposal } = await api.alignment('gauge')
  expect([proposal?.state, proposal?.pieces.map((piece) => piece.accepted)]).toEqual(['open', [false, true]])
  const split = proposal?.pieces[1]?.span.start_us ?? 0
  expect(await starts()).toEqual(before.map((word) => (word.original.start_us < split ? word.start_us : word.proposed?.start_us)))
  await api.apply('gauge', { op: 'accept_piece', piece: 0 })
  expect((await api.alignment('gauge')).proposal?.state).toBe('accepted')
  expect(await starts()).toEqual(before.map((word) => word.proposed?.start_us))
})

it('forgets what was undone once something else is done', async () => {
  const api = made()
  await api.apply('gauge', { op: 'edit_word', word: 1, text: 'a' })
  await api.undo()
  const changed = await api.apply('gauge', { op: 'decide', flag: 'f-drift', decision: 'unsure', note: null })
  expect(changed.redo).toBeNull()
  expect(decode(await api.words('gauge'))[1]?.imported).toBeNull()
  expect((await api.flags('gauge')).flags.find((flag) => flag.id === 'f-drift')?.verdict?.decision).toBe('unsure')
})

it('bends the words round an anchor', async () => {
  const api = made()
  await api.apply('gauge', { op: 'set_anchor', id: null, transcript_us: 5_000_000, media_us: 6_000_000 })
  const [anchor] = (await api.alignment('gauge')).anchors
  expect(anchor?.media_us).toBe(6_000_000)
  const words = decode(await api.words('gauge'))
  expect(words.every((word) => word.start_us === word.original.start_us + 1_000_000)).toBe(true)
  await api.apply('gauge', { op: 'remove_anchor', id: anchor?.id ?? '' })
  expect((await api.alignment('gauge')).anchors).toEqual([])
})

it('knows when frames are shown', async () => {
  const api = made()
  const first = await api.frameTimes('gauge', 0)
  expect([first.times_us.slice(0, 2), first.number, first.from_start, first.to_end]).toEqual([[0, 33_367], 0, true, false])
  const last = await api.frameTimes('gauge', 47_999_000)
  expect([last.from_start, last.to_end]).toEqual([false, true])
})

it('maps moments through knots, flat and steep', () => {
  const map = [{ transcript_us: 0, media_us: 100 }, { transcript_us: 100, media_us: 200 }, { transcript_us: 100, media_us: 500 }]
  expect([-10, 0, 50, 100, 150].map((at) => through(map, at))).toEqual([90, 100, 150, 500, 550])
  expect(through([], 42)).toBe(42)
})

it('takes a run of writes back as one step', async () => {
  const api = made()
  const write = (text: string, run: string) => api.apply('gauge', { op: 'write_words', words: [{ word: 1, text, line: false }], run })
  for (const [text, run] of [['a', 'r1'], ['b', 'r2'], ['be', 'r2']] as const) await write(text, run)
  const text = async () => (await api.words('gauge')).texts[1]
  await api.undo()
  expect(await text()).toBe('a')
  await api.redo()
  expect(await text()).toBe('be')
  await api.undo()
  await api.undo()
  expect(await text()).toBe('the')
})
