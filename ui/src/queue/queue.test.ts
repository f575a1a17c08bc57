import { describe, expect, it } from 'vitest'
import type { SavedQueue } from '../api/generated/SavedQueue'
import type { QueueItem } from '../api/generated/QueueItem'
import { Recorded } from '../api/recorded'
import { Notices } from '../desk/notices.svelte'
import { Writes } from '../desk/writes.svelte'
import { Review } from '../review/review.svelte'
import { about, following } from './order'
import { Queue } from './queue.svelte'
import { ALL, isSame, turned, withView } from './views'

function item(id: string): QueueItem {
  return {
    id, media: 'm', name: 'm.mp4', gate: 'word_confidence', defect: null, label: '', why: '', value: 1, unit: '%', reason: '', start_us: 0, end_us: 1,
    decision: null, by: null, note: null,
  }
}

describe('following', () => {
  const items = ['a', 'b', 'c', 'd'].map(item)
  it.each([
    ['a', false, 'b'],
    ['c', false, 'a'],
    ['c', true, 'd'],
    ['d', true, 'a'],
    ['z', false, 'a'],
    [null, true, 'a'],
  ] as const)('from %s, picked %s, comes %s', (from, picked, next) => expect(following(items, from, picked)?.id).toBe(next))

  it('is none where no other is left', () => expect(following([item('a')], 'a', false)).toBeNull())
})

it.each([
  [0, 'under a minute'],
  [44, 'under a minute'],
  [61, 'about 1 min'],
  [1500, 'about 25 min'],
  [5400, 'about 1.5 h'],
  [90_000, 'about 25 h'],
])('says of %i s: %s', (seconds, words) => expect(about(seconds)).toBe(words))

it('turns parts of a filter on and off, and keeps filters under names', () => {
  const far = turned(ALL, { far: 2 })
  expect(far).toEqual({ ...ALL, far: 2 })
  expect(isSame(turned(far, { far: 2 }), ALL)).toBe(true)
  expect(isSame({ ...ALL, gates: ['reading_speed', 'word_confidence'] }, { ...ALL, gates: ['word_confidence', 'reading_speed'] })).toBe(true)
  expect(withView([{ name: 'far', filter: ALL }], { name: 'far', filter: far })).toEqual([{ name: 'far', filter: far }])
})

/** A desk without a window, over the recording. */
function desk() {
  const api = new Recorded(new URLSearchParams())
  const opened: string[] = []
  const asked: string[] = []
  const media = api.media.bind(api)
  api.media = (id) => {
    asked.push(id)
    return media(id)
  }
  const notices = new Notices()
  let changed: ConstructorParameters<typeof Writes>[1] = async () => {}
  const writes = new Writes(notices, (change) => changed(change))
  const review = new Review(api, writes, notices)
  const open = async (id: string, flag: string | null) => {
    opened.push(id)
    await review.open(id, flag)
    await queue.read()
  }
  let kept: SavedQueue[] = []
  const queue = new Queue({ api, review, notices, open, openNext: async () => {}, views: { kept: () => kept, keep: (views) => (kept = views) } })
  changed = async (change) => {
    review.forgetAhead(change.media)
    queue.changed(change)
    await review.refresh(change.stale, change.touched)
  }
  return { api, review, queue, opened, asked, open }
}

/** Waits until all that was promised so far has come about. */
const settled = () => new Promise((done) => setTimeout(done, 0))

describe('Queue', () => {
  it('goes through the whole project, the best first, with one verdict each', async () => {
    const { api, review, queue, open } = desk()
    await open('handover', null)
    const all = (await api.queue({ filter: ALL, desk: null, first: 0, count: 100 })).total
    await queue.best()
    const seen: string[] = []
    for (let i = 0; i < all; i++) {
      expect(review.flag?.id).toBe(queue.items[0]?.id)
      seen.push(review.flag?.id ?? '')
      await queue.decide('unsure')
      await settled()
    }
    expect(new Set(seen).size).toBe(all)
    expect([queue.total, queue.progress?.project.open]).toEqual([0, 0])
  })

  it('reads the next media while the last item of this one is looked at, and asks no second time when it is opened', async () => {
    const { review, queue, opened, asked, open } = desk()
    await open('gauge', null)
    while (review.media === 'gauge') {
      if (review.openFlags.length === 1) {
        await settled()
        expect(asked).toEqual(['gauge', 'handover'])
      }
      if (review.openFlags.length === 0) await queue.finish()
      else await queue.decide('false_alarm')
      await settled()
    }
    expect([opened, asked]).toEqual([['gauge', 'handover'], ['gauge', 'handover']])
    expect(review.list.length).toBeGreaterThan(5)
  })

  it('hides at once what was decided, and shows it again when that fails', async () => {
    const { api, review, queue, open } = desk()
    await open('gauge', null)
    await queue.best()
    const [first] = queue.items
    const apply = api.apply.bind(api)
    api.apply = () => Promise.reject(new Error('The disk is full.'))
    const deciding = queue.decide('confirmed')
    expect(queue.items.map(({ id }) => id)).not.toContain(first?.id)
    await deciding
    expect(queue.items.map(({ id }) => id)).toContain(first?.id)
    api.apply = apply
    expect(review.flagList.find(({ id }) => id === first?.id)?.verdict ?? null).toBeNull()
  })

  it('goes on in order of time where the flags are shown', async () => {
    const { review, queue, open } = desk()
    await open('gauge', null)
    const times: number[] = []
    while (review.flag && review.openFlags.length > 1) {
      times.push(review.flag.start_us)
      await queue.decide('unsure')
    }
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })
})

describe('notes', () => {
  it('go with the verdict and stay when it becomes another', async () => {
    const { review, queue, open } = desk()
    await open('gauge', null)
    const id = review.flag?.id ?? ''
    const noted = () => review.flagList.find((flag) => flag.id === id)?.verdict?.note
    review.keepNote(id, ' hear it again ')
    await queue.decide('confirmed')
    expect(noted()).toBe('hear it again')
    review.selectFlag(id)
    await queue.decide('unsure')
    expect(noted()).toBe('hear it again')
    review.keepNote(id, '')
    await settled()
    expect([noted(), review.flagList.find((flag) => flag.id === id)?.verdict?.decision]).toEqual([null, 'unsure'])
  })
})

it('reads what is looked at far down a long queue, and gives up where that fails', async () => {
  const { api, queue } = desk()
  const asked: number[] = []
  api.queue = async ({ first, count }) => {
    asked.push(first)
    if (asked.length > 3) throw new Error('The disk is gone.')
    const items = Array.from({ length: count }, (_, i) => item(`${first + i}`))
    const left = { decided: 0, open: 100_000, seconds: 0 }
    return { seq: 1, total: 100_000, first, items, gates: [], people: [], next: null, progress: { project: left, media: null, finished: null, per_minute: null } }
  }
  await queue.read()
  queue.look(0, 30)
  expect([queue.total, queue.items.length, asked]).toEqual([100_000, 200, [0]])
  queue.look(50_000, 50_030)
  // Looked at while an answer is on its way: read behind it.
  queue.look(70_000, 70_030)
  await settled()
  await settled()
  expect(asked).toEqual([0, 49_950, 69_950])
  expect(queue.first).toBe(69_950)
  queue.look(10, 40)
  await settled()
  await settled()
  expect(asked).toHaveLength(4)
})
