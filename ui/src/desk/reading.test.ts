import { describe, expect, it } from 'vitest'
import { Reading } from './reading.svelte'

/** An answer that is given when the test says so. */
function later(): { ask: () => Promise<{ seq: number }>; answer: (seq: number) => void; fail: () => void } {
  let resolve: (value: { seq: number }) => void = () => {}
  let reject: (reason: Error) => void = () => {}
  const promise = new Promise<{ seq: number }>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { ask: () => promise, answer: (seq) => resolve({ seq }), fail: () => reject(new Error('gone')) }
}

describe('Reading', () => {
  it('drops the answer to an older question, whichever comes first', async () => {
    const reading = new Reading<{ seq: number }>()
    const [old, young] = [later(), later()]
    const first = reading.read(old.ask)
    const second = reading.read(young.ask)
    young.answer(2)
    expect(await second).toBe(true)
    old.answer(1)
    expect(await first).toBe(false)
    expect(reading.value?.seq).toBe(2)
  })

  it('tells of a failure only to who still waits', async () => {
    const reading = new Reading<{ seq: number }>()
    const [old, young] = [later(), later()]
    const first = reading.read(old.ask)
    const second = reading.read(young.ask)
    old.fail()
    expect(await first).toBe(false)
    young.fail()
    await expect(second).rejects.toThrow('gone')
  })

  it('drops what was on its way when it is cleared', async () => {
    const reading = new Reading<{ seq: number }>()
    const asked = later()
    const read = reading.read(asked.ask)
    reading.clear()
    asked.answer(1)
    expect(await read).toBe(false)
    expect(reading.value).toBeNull()
  })
})
