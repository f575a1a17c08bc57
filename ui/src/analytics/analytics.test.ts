import { describe, expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import { Analytics, type Opened } from './analytics.svelte'
import { lengthOf, nameOf } from './bars'

async function made(): Promise<{ api: Recorded; analytics: Analytics; first: (figure: string) => Opened }> {
  const api = new Recorded(new URLSearchParams('times=60'))
  const analytics = new Analytics(api)
  await analytics.show('gauge')
  const first = (id: string) => {
    const figure = analytics.view.value?.figures.find((figure) => figure.id === id)
    const bar = figure?.groups[0]?.bars[0]
    if (!figure || !bar) throw new Error(`no bar in ${id}`)
    return { figure: figure.id, title: figure.title, bar }
  }
  return { api, analytics, first }
}

describe('the analytics panel', () => {
  it('opens the moments behind a bar, page by page', async () => {
    const { analytics, first } = await made()
    const opened = first('phrases')
    expect(opened.bar.moments).toBeGreaterThan(100)
    await analytics.open(opened)
    expect([analytics.moments.length, analytics.moments[99] !== undefined, analytics.moments[100]]).toEqual([opened.bar.moments, true, undefined])
    await analytics.need(90, 101)
    expect(analytics.moments[100]?.start_us).toBeGreaterThan(analytics.moments[99]?.start_us ?? Infinity)
    analytics.move(Infinity)
    expect(analytics.selected).toBe(opened.bar.moments - 1)
  })

  it('keeps the open bar while figures change, and lets go of one that is gone', async () => {
    const { api, analytics, first } = await made()
    await analytics.open(first('labels'))
    const before = analytics.opened?.bar.moments ?? 0
    const label = analytics.opened?.bar.label
    for (const { id } of (await api.annotations('gauge')).annotations.filter((annotation) => annotation.label === label)) {
      await api.apply('gauge', { op: 'remove_annotation', id })
      await analytics.reread()
      expect(analytics.opened?.bar.moments ?? 0).toBeLessThan(before)
    }
    expect([analytics.opened, analytics.moments]).toEqual([null, []])
  })

  it('is about one media or about all', async () => {
    const { analytics } = await made()
    const words = analytics.view.value?.words ?? 0
    await analytics.show(null)
    expect(analytics.view.value?.words).toBeGreaterThan(words)
  })
})

describe('a bar', () => {
  const bar = { key: 'a', label: 'Ada', value: 2, says: '2 s, 40 %', moments: 1 }
  const figure = (most: number) => ({ id: 'talk_by_speaker' as const, title: '', note: '', most, groups: [] })

  it.each([
    [2, 4, 50],
    [4, 4, 100],
    [0.001, 4, 1],
    [0, 4, 0],
    [0, 0, 0],
  ])('of %d against %d is %d % long', (value, most, expected) => expect(lengthOf({ ...bar, value }, figure(most))).toBe(expected))

  it('says what it is of', () => {
    expect(nameOf(bar, '')).toBe('Ada: 2 s, 40 %; 1 moment')
    expect(nameOf({ ...bar, moments: 3 }, 'bridge.mp4')).toBe('bridge.mp4, Ada: 2 s, 40 %; 3 moments')
  })
})
