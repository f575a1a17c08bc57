import { expect, it, vi } from 'vitest'
import type { JobEvent } from '../api/api'
import type { MediaStages } from '../api/generated/MediaStages'
import { Recorded } from '../api/recorded'
import { merged } from './rows'
import { Stages } from './stages.svelte'

function made(query = '') {
  const api = new Recorded(new URLSearchParams(query))
  const asked: (number | null)[] = []
  const answer = api.jobs.bind(api)
  const stages = new Stages(Object.assign(api, { jobs: (since: number | null) => (asked.push(since), answer(since)) }), () => true, () => expect.fail())
  return { stages, asked }
}

const event = (part: Partial<JobEvent>): JobEvent => ({ id: 7, title: 'a', what: '', done: 1, total: 4, state: 'running', error: null, notes: [], media: [], changed: null, ...part })

it('shows the rows of a look, and keeps the selection among them', async () => {
  const { stages } = made('?rows=20000')
  await stages.show()
  expect([stages.all.length, stages.counts.get('failed'), stages.row?.state]).toEqual([20_000, 2857, 'failed'])
  stages.look = 'stopped'
  await stages.move(1)
  expect([stages.rows.every(({ state }) => state === 'stopped'), stages.row?.state]).toEqual([true, 'stopped'])
})

it('looks again once for many events, and then only at what moved', async () => {
  vi.useFakeTimers()
  const { stages, asked } = made()
  await stages.show()
  for (let i = 0; i < 100; i++) stages.seen(event({ what: 'look: decoding the pictures', done: 2 }))
  expect(stages.doing.get('look')).toEqual({ job: 7, what: 'decoding the pictures', share: 0.5 })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked).toEqual([null, 1])
  stages.seen(event({ state: 'done' }))
  expect(stages.doing.size).toBe(0)
  vi.useRealTimers()
})

it('puts what moved in its place, and what is new behind', () => {
  const row = (media: string, state: MediaStages['state']): MediaStages => ({ media, name: media, stages: [], state, cost: 0 })
  const rows = merged([row('a', 'done'), row('b', 'running')], [row('c', 'waiting'), row('b', 'failed')])
  expect(rows.map(({ media, state }) => `${media} ${state}`)).toEqual(['a done', 'b failed', 'c waiting'])
})

it('reads the ledger page by page', async () => {
  const { stages } = made()
  const { calls } = stages
  await calls.read()
  expect([calls.rows.length, calls.sums?.more]).toEqual([200, true])
  await calls.older()
  await calls.older()
  await calls.older()
  expect([calls.rows.length, calls.sums?.more, new Set(calls.rows.map(({ id }) => id)).size]).toEqual([430, false, 430])
})
