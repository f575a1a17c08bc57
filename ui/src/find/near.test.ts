import { expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import { Notices } from '../desk/notices.svelte'
import { Writes } from '../desk/writes.svelte'
import { Review } from '../review/review.svelte'
import { Near } from './near.svelte'

function room() {
  const api = new Recorded(new URLSearchParams())
  const notices = new Notices()
  const review = new Review(api, new Writes(notices, async () => {}), notices)
  const openMedia = (media: string) => review.open(media)
  return { api, review, near: new Near(api, { review, openMedia, side: null }) }
}

it('asks only when it is told to, and opens a hit at its moment', async () => {
  const { near, review } = room()
  await near.open()
  expect(near.view?.vectors).toBeGreaterThan(0)
  near.typed = 'a boat'
  expect([near.hits.length, near.asked]).toEqual([0, false])
  await near.look({ text: 'a boat' })
  expect(near.hits.length).toBeGreaterThan(1)
  expect(near.hits.every((hit, at) => at === 0 || hit.cosine_milli <= (near.hits[at - 1]?.cosine_milli ?? 0))).toBe(true)
  near.at = 1
  await near.go()
  expect([review.media, review.player.playhead_us]).toEqual([near.hits[1]?.media, near.hits[1]?.start_us])
})

it('drops an answer that comes after another question', async () => {
  const { api, near } = room()
  const answers: ((hits: []) => void)[] = []
  api.findNear = () => new Promise((answer) => answers.push(answer))
  const [first, second] = [near.look({ text: 'a' }), near.look({ text: 'b' })]
  answers[1]?.([])
  await second
  expect([near.busy, near.asked]).toEqual([false, true])
  answers[0]?.([])
  await first
  expect(near.busy).toBe(false)
})

it('says what embedding costs before it is begun', async () => {
  const { near } = room()
  await near.open()
  expect(near.estimate).toBe(null)
  await near.reckon()
  expect(near.estimate?.at_most).toBeGreaterThan(0)
  expect(await near.embed()).toBe(true)
})
