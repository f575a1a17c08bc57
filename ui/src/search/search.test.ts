import { describe, expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import { Notices } from '../desk/notices.svelte'
import { Writes } from '../desk/writes.svelte'
import { Review } from '../review/review.svelte'
import { Search } from './search.svelte'

/** A search over the recorded media, and the texts of all of them. */
function room() {
  const api = new Recorded(new URLSearchParams())
  const notices = new Notices()
  const changed = { seen: () => {} }
  const writes = new Writes(notices, async () => changed.seen())
  const review = new Review(api, writes, notices)
  const openMedia = (media: string) => (review.media === media ? Promise.resolve() : review.open(media))
  const search = new Search(api, { review, writes, notices, openMedia })
  changed.seen = () => search.again()
  const texts = async () => {
    const { media } = await api.library()
    const views = await Promise.all(media.map(({ id }) => api.words(id)))
    return views.map(({ texts, punctuation }) => texts.map((text, i) => text + (punctuation[i] ?? '')).filter(Boolean).join(' '))
  }
  return { api, search, review, writes, texts }
}

/** Lets answers come in. */
const rest = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('searching', () => {
  it('opens a hit at its moment, round the end', async () => {
    const { search, review } = room()
    search.open('project')
    search.ask({ text: 'the' })
    await rest()
    expect(search.total).toBeGreaterThan(3)
    await search.move(-1)
    expect(search.at).toBe(search.total - 1)
    const hit = search.chosen()
    expect(review.media).toBe(hit?.media)
    expect(review.selection.word).toBe(hit?.words[0])
    expect(review.player.playhead_us).toBe(hit?.at_us)
    expect(review.found.length).toBeGreaterThan(0)
  })

  it('drops the answer to an older query, and says why one is none', async () => {
    const { search } = room()
    search.open('project')
    search.ask({ text: 'the' })
    search.ask({ text: 'nowhere to be found' })
    await rest()
    expect(search.total).toBe(0)
    search.ask({ text: '(the', regex: true })
    await rest()
    expect(search.error).toContain('no regular expression')
  })

  it('replaces all but what is left out, and takes it back at once', async () => {
    const { api, search, writes, texts } = room()
    const before = await texts()
    search.replacing = true
    search.open('project')
    search.ask({ text: 'the', whole_word: true }, { with: 'a whole' })
    await rest()
    const { total } = search
    search.leaveOut(1)
    await search.replace()
    await rest()
    expect(search.total).toBe(1)
    expect(writes.undo).toBe('replace the text')
    expect((await texts()).join(' ').split('a whole').length - 1).toBe(total - 1)
    await writes.write(() => api.undo())
    expect(await texts()).toEqual(before)
  })
})
