import { expect, it } from 'vitest'
import type { Changed } from '../api/generated/Changed'
import { Notices } from './notices.svelte'
import { Writes } from './writes.svelte'

const changed = (seq: number): Changed => ({ seq, media: 'm', stale: ['flags'], touched: null, undo: `change ${seq}`, redo: null })

it('writes in order, and reads again before it says that it saved', async () => {
  const seen: string[] = []
  const writes = new Writes(new Notices(), async ({ seq }) => void seen.push(`read ${seq}`))
  const slow = writes.write(async () => {
    await new Promise((done) => setTimeout(done, 5))
    seen.push('write 1')
    return changed(1)
  })
  const quick = writes.write(async () => {
    seen.push('write 2')
    return changed(2)
  })
  expect(writes.state).toBe('saving')
  expect(await Promise.all([slow, quick])).toEqual([true, true])
  expect(seen).toEqual(['write 1', 'read 1', 'write 2', 'read 2'])
  expect([writes.state, writes.undo]).toEqual(['saved', 'change 2'])
})

it('tells why a write failed, and goes on', async () => {
  const notices = new Notices()
  const writes = new Writes(notices, async () => {})
  expect(await writes.write(() => Promise.reject({ message: 'The disk is full. Make room and try again.' }))).toBe(false)
  expect([writes.state, writes.reason]).toEqual(['failed', 'The disk is full. Make room and try again.'])
  expect(notices.shown.map(({ kind, text }) => [kind, text])).toEqual([['failure', 'The disk is full. Make room and try again.']])
  expect(await writes.write(async () => changed(3))).toBe(true)
  expect([writes.state, writes.reason]).toEqual(['saved', null])
})
