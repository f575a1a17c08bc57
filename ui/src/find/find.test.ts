import { describe, expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import { Notices } from '../desk/notices.svelte'
import { Writes } from '../desk/writes.svelte'
import { Review } from '../review/review.svelte'
import { Find, type Around } from './find.svelte'

function room() {
  const api = new Recorded(new URLSearchParams())
  const notices = new Notices()
  const review = new Review(api, new Writes(notices, async () => {}), notices)
  const openMedia = (media: string) => (review.media === media ? Promise.resolve() : review.open(media))
  const around: Around = { review, openMedia, side: null }
  return { api, review, around, find: new Find(api, around) }
}

/** Lets answers come in. */
const rest = async () => {
  for (let i = 0; i < 30; i++) await Promise.resolve()
}

describe('finding anything', () => {
  it('opens a hit at its moment', async () => {
    const { find, review } = room()
    find.ask('the')
    await rest()
    expect(find.total).toBeGreaterThan(3)
    find.at = 2
    const hit = find.hit(2)
    await find.go()
    expect(review.media).toBe(hit?.media)
    expect(review.player.playhead_us).toBe(hit?.start_us)
  })

  it('opens a page of a document beside its media', async () => {
    const { find, review, around } = room()
    find.ask('inlet bar')
    await rest()
    expect(find.hit(0)?.kind).toBe('document')
    await find.go()
    const { documents } = review
    expect([around.side, documents.row?.id, documents.page, documents.looked.length > 0]).toEqual(['documents', 'd1', 2, true])
  })

  it('shows only the kinds that are wanted, and counts them all', async () => {
    const { find } = room()
    find.ask('the')
    await rest()
    const [total, words] = [find.total, find.countOf('word')?.count]
    find.toggle('word')
    await rest()
    expect(find.total).toBe(words)
    expect(find.counts.reduce((sum, { count }) => sum + count, 0)).toBe(total)
    find.toggle('word')
    await rest()
    expect(find.total).toBe(total)
  })

  it('drops the answer to an older question', async () => {
    const { find, api } = room()
    const answers: (() => void)[] = []
    const plain = api.find.bind(api)
    api.find = async (finding) => {
      await new Promise<void>((answer) => answers.push(answer))
      return plain(finding)
    }
    find.ask('the')
    find.ask('nowhere to be found')
    answers[1]?.()
    await rest()
    answers[0]?.()
    await rest()
    expect(find.total).toBe(0)
  })
})
