import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ArchiveRun } from '../../api/generated/ArchiveRun'
import { Recorded } from '../../api/recorded'
import { Archives, hasResults } from './archives.svelte'

const places = { media: 's3://talks/2026/', results: 's3://results/talks/', machine: 'arn:aws:states:us-east-1:123456789012:stateMachine:talks' }

function made(query = '') {
  const api = new Recorded(new URLSearchParams(query))
  const asked: boolean[] = []
  const answer = api.archiveRuns.bind(api)
  const room = { shown: true }
  const archives = new Archives(Object.assign(api, { archiveRuns: (ask: boolean) => (asked.push(ask), answer(ask)) }), () => room.shown, () => expect.fail())
  return { api, archives, asked, room }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('shows what is known at once, and asks while one runs and the room is open', async () => {
  const { archives, asked, room } = made()
  await archives.show()
  expect([archives.runs.length, archives.run?.state, asked]).toEqual([3, 'running', [false, true]])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(asked).toEqual([false, true, true])
  room.shown = false
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked.length).toBe(3)
})

it('asks no more once all have ended, and nothing where nothing was started', async () => {
  const { archives, asked } = made()
  await archives.show()
  const [run] = archives.runs
  if (run) await archives.stop(run)
  await vi.advanceTimersByTimeAsync(60_000)
  expect([archives.run?.state, asked]).toEqual(['stopped', [false, true, false, true]])
  const [stopped] = archives.runs
  if (stopped) await archives.forget(stopped)
  expect(archives.runs.map(({ execution }) => execution)).not.toContain(stopped?.execution)
  expect(archives.runs).toHaveLength(2)
  const nothing = made('?empty')
  await nothing.archives.show()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(nothing.asked).toEqual([false])
})

it('drops answers about a project that is not open any more', async () => {
  const { archives } = made()
  const shown = archives.show()
  archives.clear()
  await shown
  expect(archives.runs).toEqual([])
})

it('selects what was just started, and moves round the end', async () => {
  const { archives } = made()
  await archives.show()
  const before = archives.selected
  const started = await archives.start(places)
  expect([started?.run.places, archives.selected === before]).toEqual([places, false])
  await vi.advanceTimersByTimeAsync(0)
  expect(archives.selected).toBe(started?.run.execution)
  for (let i = 0; i < archives.runs.length; i++) archives.next()
  expect(archives.selected).toBe(started?.run.execution)
  archives.next()
  expect(archives.selected).toBe(before)
})

it('rests longer where counting takes long', async () => {
  const { api, archives, asked } = made()
  const quick = api.archiveRuns.bind(api)
  Object.assign(api, { archiveRuns: async (ask: boolean) => (await new Promise((done) => setTimeout(done, 2_000)), quick(ask)) })
  const shown = archives.show()
  await vi.advanceTimersByTimeAsync(4_000)
  await shown
  await vi.advanceTimersByTimeAsync(15_000)
  expect(asked.length).toBe(2)
  await vi.advanceTimersByTimeAsync(8_000)
  expect(asked.length).toBe(3)
})

it('knows what has results', () => {
  const run: ArchiveRun = { execution: 'x', places, began_us: 0, state: 'running', said: null, items: 3, whole: 0, trouble: null }
  expect([hasResults(run), hasResults({ ...run, whole: 1 }), hasResults({ ...run, whole: null }), hasResults(null)]).toEqual([false, true, true, false])
})
