import { expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import { Asking } from './asking.svelte'

const about = { one: { id: 'gauge', name: 'gauge.mp4' }, shown: ['gauge', 'yard'] }

it('takes the model that is preferred where it can do the task, else the first that can', async () => {
  for (const [preferred, taken] of [
    ['', 'amazon.nova-2-lite-v1:0'],
    ['anthropic.claude-sonnet-5-5', 'anthropic.claude-sonnet-5-5'],
    ['words-only', 'amazon.nova-2-lite-v1:0'],
  ] as const) {
    const asking = new Asking(new Recorded(new URLSearchParams()), () => preferred)
    await asking.open(about, false)
    expect(asking.model).toBe(taken)
  }
})

it('has an estimate for the question as it stands alone', async () => {
  const asking = new Asking(new Recorded(new URLSearchParams()), () => '')
  await asking.open(about, false)
  expect(asking.isEstimated(false)).toBe(false)
  await asking.reckon(false)
  expect([asking.isEstimated(false), asking.estimate?.at_most]).toEqual([true, 21_400_000])
  asking.all = true
  expect(asking.isEstimated(false)).toBe(false)
  await asking.reckon(false)
  expect(asking.estimate?.at_most).toBe(42_800_000)
  await asking.choose('answer')
  expect([asking.isEstimated(false), asking.view?.needs_question]).toEqual([false, true])
})

it('tells why a question was not taken', async () => {
  const api = Object.assign(new Recorded(new URLSearchParams()), { ask: () => Promise.reject(new Error('No region is known.')) })
  const asking = new Asking(api, () => '')
  await asking.open(about, false)
  expect([await asking.put(false), asking.wrong]).toEqual([false, 'No region is known.'])
})

it('sends the documents along that are not left out, and reckons anew when that changes', async () => {
  const api = new Recorded(new URLSearchParams())
  const { media } = await api.library()
  const one = { id: media[0]?.id ?? '', name: 'first' }
  const asking = new Asking(api, () => '')
  await asking.open({ one, shown: [one.id] }, false)
  expect([asking.documents.map(({ id }) => id), asking.wish().left_out]).toEqual([['d1', 'd2'], []])
  await asking.reckon(false)
  asking.enclose('d2', false)
  expect([asking.wish().left_out, asking.isEstimated(false)]).toEqual([['d2'], false])
  asking.enclose('d2', true)
  expect(asking.isEstimated(false)).toBe(true)
  asking.enclose('d1', false)
  await asking.open({ one, shown: [one.id] }, false)
  expect(asking.wish().left_out).toEqual([])
})

it('compares with speech where the task tells of it, by the model that was chosen last', async () => {
  const asking = new Asking(new Recorded(new URLSearchParams()), () => '')
  await asking.open(about, false)
  expect([asking.view?.compare_by, asking.wish().compare_by]).toEqual([[], null])
  await asking.choose('summarise')
  const titan = 'amazon.titan-embed-text-v2:0'
  expect(asking.view?.compare_by.map(({ id }) => id)).toContain(titan)
  await asking.reckon(false)
  expect([asking.estimate?.at_most, asking.estimate?.comparing]).toEqual([21_400_000, null])
  asking.compareBy = titan
  expect([asking.wish().compare_by, asking.isEstimated(false)]).toEqual([titan, false])
  await asking.reckon(false)
  expect([asking.estimate?.at_most, asking.estimate?.comparing]).toEqual([24_000_000, 2_600_000])
  await asking.choose('describe')
  expect(asking.wish().compare_by).toBeNull()
  // As the other choices, it stands when the dialog is opened anew.
  await asking.open(about, false)
  await asking.choose('summarise')
  expect(asking.wish().compare_by).toBe(titan)
  asking.compareBy = 'gone'
  expect([asking.comparing, asking.wish().compare_by]).toEqual([null, null])
})
