import { expect, it } from 'vitest'
import { Recorded } from '../api/recorded'
import type { Settings as Kept } from '../api/generated/Settings'
import { Notices } from '../desk/notices.svelte'
import { Settings } from './settings.svelte'

function made(query: string, save: (now: Kept) => Promise<void> = async () => {}) {
  const notices = new Notices()
  const api = Object.assign(new Recorded(new URLSearchParams(query)), { saveSettings: save })
  return { settings: new Settings(api, notices), notices }
}

it('asks who reviews until somebody said it, or the environment does', async () => {
  const { settings } = made('?ask')
  await settings.read()
  expect([settings.asks, settings.reviewer]).toEqual([true, 'reviewer'])
  settings.change({ reviewer: 'Grace' })
  expect([settings.asks, settings.reviewer]).toEqual([false, 'Grace'])
  const named = made('').settings
  await named.read()
  expect([named.asks, named.reviewer]).toEqual([false, 'Ada'])
})

it('saves in the order of the changes, whole, and tells what could not be saved', async () => {
  const saved: string[] = []
  const slow = made('', async ({ theme, typing_rest_ms }) => {
    await new Promise((done) => setTimeout(done, saved.length === 0 ? 5 : 0))
    saved.push(`${theme} ${typing_rest_ms}`)
    if (theme === 'light') throw new Error('The disk is full.')
  })
  for (const part of [{ theme: 'dark' }, { theme: 'light' }, { theme: 'contrast' }, { typing_rest_ms: 500 }] as const) slow.settings.change(part)
  await expect.poll(() => saved).toEqual(['dark 1000', 'light 1000', 'contrast 1000', 'contrast 500'])
  expect(slow.notices.shown.map(({ text }) => text)).toEqual(['The disk is full.'])
})
