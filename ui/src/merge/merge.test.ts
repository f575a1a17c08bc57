import { expect, it, vi } from 'vitest'
import { Recorded } from '../api/recorded'
import { Desk } from '../desk/desk.svelte'

it('merges, goes from conflict to conflict, and takes a side', async () => {
  // What a browser has and the test's page lacks.
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {} }))
  const desk = new Desk(new Recorded(new URLSearchParams()))
  await desk.start()
  await desk.merge.merge('/recorded/copy.plumbline')
  expect(desk.notices.shown.map(({ text }) => text)).toEqual(['12 events came: 12 Bo. 2 conflicts wait for a decision.'])
  expect([desk.merge.open, desk.merge.selected, desk.merge.agreement?.flags]).toEqual([true, 'text', 24])

  await desk.merge.move(1)
  expect([desk.merge.selected, desk.review.selection.flag]).toEqual(['flag', desk.merge.conflict?.flag])
  await desk.merge.move(1)
  expect([desk.merge.selected, desk.review.selection.word]).toEqual(['text', 4])

  await desk.merge.pick(0)
  expect(desk.merge.conflicts.map(({ id }) => id)).toEqual(['flag'])
  expect(desk.merge.selected).toBe('flag')
  await desk.merge.pick(3)
  expect(desk.merge.conflicts).toHaveLength(1)
  await desk.merge.pick(1)
  expect([desk.merge.conflicts.length, desk.merge.selected]).toEqual([0, null])
})
