import { EditorView } from '@codemirror/view'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Recorded } from '../../api/recorded'
import type { Changed } from '../../api/generated/Changed'
import { Notices } from '../../desk/notices.svelte'
import { Writes } from '../../desk/writes.svelte'
import { Review } from '../review.svelte'

beforeEach(() => {
  vi.useFakeTimers()
  // There is no layout here, and the editor asks for it.
  Range.prototype.getClientRects = () => [] as unknown as DOMRectList
  Range.prototype.getBoundingClientRect = () => new DOMRect()
})
afterEach(() => vi.useRealTimers())

/** A desk over recorded answers, whose writes can be made to fail and its reads to wait. */
async function made() {
  const api = new Recorded(new URLSearchParams())
  const notices = new Notices()
  const says = { fails: false, wrote: [] as string[] }
  const apply = api.apply.bind(api)
  api.apply = async (media, op) => {
    if (says.fails) throw new Error('The disk is full.')
    if (op.op === 'write_words') says.wrote.push(op.words.map(({ word, text }) => `${word}=${text}`).join(' '))
    return apply(media, op)
  }
  const changed = async (changed: Changed) => review.refresh(changed.stale, changed.touched)
  const writes = new Writes(notices, changed)
  const review: Review = new Review(api, writes, notices)
  await review.open('gauge')
  const host = document.createElement('div')
  document.body.replaceChildren(host)
  const leave = review.text.attach(host)
  const view = review.text.view as EditorView
  const type = (insert: string, from = view.state.selection.main.from, to = view.state.selection.main.to) =>
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: 'input.type' })
  const rest = () => vi.advanceTimersByTimeAsync(1100)
  const line = (number: number) => view.state.doc.line(number).text
  return { api, review, text: review.text, view, type, rest, line, says, notices, writes, leave }
}

it('writes at once and reads back at rest', async () => {
  const { api, text, type, rest, line, says, review } = await made()
  const words = vi.spyOn(api, 'words')
  text.edit(1)
  type('a')
  type(' big')
  expect(line(1)).toMatch(/^So a big first/)
  await vi.advanceTimersByTimeAsync(10)
  expect(says.wrote[0]).toBe('1=a')
  expect(words).not.toHaveBeenCalled()
  await rest()
  expect(words).toHaveBeenCalledTimes(1)
  text.take(review.words.value)
  expect([line(1).slice(0, 14), review.list[2]?.added, review.list[1]?.imported]).toEqual(['So a big first', true, 'the'])
})

it('keeps on the screen what could not be written, and tries again', async () => {
  const { text, type, rest, line, says, notices, writes, review } = await made()
  text.edit(1)
  says.fails = true
  type('a')
  await rest()
  expect([[...text.unsaved], writes.state, notices.shown.map((notice) => notice.text)]).toEqual([[1], 'failed', ['The disk is full.']])
  // What is read meanwhile does not take it away.
  await review.refresh(['words'])
  text.take(review.words.value)
  expect(line(1)).toMatch(/^So a first/)
  // Undo would take back another step than the one on the screen.
  expect(await text.settle()).toBe(false)
  says.fails = false
  type('n')
  await rest()
  expect([text.unsaved.size, writes.state, says.wrote]).toEqual([0, 'saved', ['1=a', '1=an']])
})

it('does not take an answer that is older than what was typed', async () => {
  const { text, type, rest, line, review } = await made()
  const old = await review.words.value
  text.edit(1)
  type('a')
  await vi.advanceTimersByTimeAsync(10)
  text.take(old && { ...old, list: [...old.list] })
  expect(line(1)).toMatch(/^So a first/)
  await rest()
  text.take(review.words.value)
  expect(line(1)).toMatch(/^So a first/)
})

it('sends nothing while a sign is composed', async () => {
  const { text, type, says } = await made()
  text.edit(1)
  text.compose(true)
  type('n')
  type('i')
  await vi.advanceTimersByTimeAsync(10)
  expect(says.wrote).toEqual([])
  text.compose(false)
  await vi.advanceTimersByTimeAsync(10)
  expect(says.wrote).toEqual(['1=ni'])
})

it('pauses while a person types, and goes on two seconds back', async () => {
  const { text, type, rest, review } = await made()
  const { player } = review
  const [pause, play] = [vi.spyOn(player, 'pause').mockImplementation(() => (player.playing = false)), vi.spyOn(player, 'play').mockImplementation(() => (player.playing = true))]
  text.edit(1)
  player.seek(5_000_000)
  player.playing = true
  type('a')
  expect([pause.mock.calls.length, player.playing]).toEqual([1, false])
  await rest()
  expect([play.mock.calls.length, player.playhead_us]).toEqual([1, 3_000_000])
  text.habits = () => ({ pause_while_typing: false, typing_rest_ms: 1000 })
  type('n')
  expect(player.playing).toBe(true)
})

it('begins a run where the caret is set elsewhere, and leaves tidy lines', async () => {
  const { api, text, type, rest, line, view } = await made()
  const runs: (string | null)[] = []
  const apply = api.apply.bind(api)
  api.apply = (media, op) => {
    if (op.op === 'write_words') runs.push(op.run)
    return apply(media, op)
  }
  text.edit(1)
  type('a')
  await vi.advanceTimersByTimeAsync(10)
  type('  ')
  type('n')
  await vi.advanceTimersByTimeAsync(10)
  view.dispatch({ selection: { anchor: view.state.doc.line(2).from } })
  type('x')
  await vi.advanceTimersByTimeAsync(10)
  expect([new Set(runs).size, runs.length]).toEqual([2, 3])
  text.listen()
  expect(line(1)).toMatch(/^So a n first/)
  await rest()
  expect([text.mode, line(2).slice(0, 4)]).toEqual(['listen', 'xAnd'])
})

it('keeps what was typed when the room is left and entered again', async () => {
  const { text, type, rest, leave, line, says } = await made()
  text.edit(1)
  says.fails = true
  type('a')
  await rest()
  expect(line(1)).toMatch(/^So a first/)
  leave()
  const host = document.createElement('div')
  document.body.replaceChildren(host)
  text.attach(host)
  expect(text.view?.state.doc.line(1).text).toMatch(/^So a first/)
})
