import { expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import type { JobEvent } from '../api/api'
import type { Desk } from '../desk/desk.svelte'
import { Notices } from '../desk/notices.svelte'
import { Writes } from '../desk/writes.svelte'
import { lineOf, points, Profiles, same } from './profiles.svelte'

async function made() {
  const api = new Recorded(new URLSearchParams())
  const desk = { notices: new Notices(), try: <T>(call: () => Promise<T>) => call() } as unknown as Desk
  const profiles = new Profiles(api, desk)
  desk.writes = new Writes(desk.notices, async () => profiles.changed())
  profiles.show()
  await profiles.read()
  return { api, profiles }
}

it('lists media with flags on their sound, and moves along them', async () => {
  const { profiles } = await made()
  expect(profiles.rows.length).toBeGreaterThan(1)
  expect(profiles.row).toBe(profiles.rows[0])
  profiles.move(1)
  expect(profiles.row).toBe(profiles.rows[1])
  profiles.move(99)
  expect(profiles.row).toBe(profiles.rows.at(-1))
})

it('measures, uses what is best, and takes it back', async () => {
  const { api, profiles } = await made()
  const ended: JobEvent[] = []
  api.onJob((job) => ended.push(job))
  expect(profiles.row?.trial).toBeNull()
  await profiles.measure()
  expect(ended.at(-1)?.state).toBe('done')
  await profiles.read()
  const best = profiles.better
  expect(best).not.toBeNull()
  await profiles.use(best)
  await profiles.read()
  expect([profiles.prepared, profiles.better]).toEqual([true, null])
  expect(profiles.row?.shown).toBe('high-pass 120 Hz, denoised')
  await profiles.use(null)
  await profiles.read()
  expect([profiles.prepared, profiles.row?.shown]).toEqual([false, 'as it is'])
  await api.undo()
  await profiles.read()
  expect(profiles.prepared).toBe(true)
})

it('says plainly that nothing raised it', async () => {
  const { profiles } = await made()
  profiles.move(1)
  await profiles.measure()
  await profiles.read()
  expect([profiles.row?.trial?.best, profiles.better]).toEqual([null, null])
  expect(profiles.row?.trial?.says).toMatch(/^Nothing raised it/)
})

it('lays gains on one line that holds all of them and none', () => {
  for (const bounds of [[], [{ lower: 0.01, upper: 0.02 }], [{ lower: -0.3, upper: -0.1 }, { lower: 0.1, upper: 0.4 }]]) {
    const at = lineOf(bounds)
    for (const gain of [0, ...bounds.flatMap(({ lower, upper }) => [lower, upper])]) {
      expect(at(gain)).toBeGreaterThan(0)
      expect(at(gain)).toBeLessThan(1)
    }
  }
})

it.each([
  [0.0123, '+1.23'],
  [-0.5, '−50.00'],
  [0.00001, '0.00'],
])('writes %f as %s', (gain, text) => expect(points(gain)).toBe(text))

it('takes a step that is not named for one that is not taken', () => {
  expect(same({ denoise: true }, { denoise: true, high_pass_hz: undefined })).toBe(true)
  expect(same({ denoise: true, high_pass_hz: 120 }, { denoise: true })).toBe(false)
})
