import { expect, it } from 'vitest'
import type { WordWrite } from './edit'
import { Writer } from './writer'

const ADDED = 2 ** 24 + 3

/** A writer whose calls are answered by hand. */
function made() {
  const calls: { run: string; words: string; answer: (done: boolean) => void }[] = []
  const send = (words: WordWrite[], run: string) => new Promise<boolean>((answer) => calls.push({ run, words: words.map(({ word, text }) => `${word}=${text}`).join(' '), answer }))
  const writer = new Writer(send, () => false, () => {})
  const type = (run: string, word: number, text: string) => writer.add(run, [{ word, text, line: false }])
  const answer = async (done: boolean) => {
    calls.at(-1)?.answer(done)
    for (let i = 0; i < 6; i++) await Promise.resolve()
  }
  return { writer, calls, type, answer, said: () => calls.map(({ run, words }) => `${run}: ${words}`) }
}

it('has one call under way and joins what comes meanwhile', async () => {
  const { type, answer, said, writer } = made()
  type('a', 1, 'h')
  type('a', 1, 'he')
  type('a', 2, 'x')
  type('a', 1, 'hel')
  type('b', 3, 'y')
  expect(said()).toEqual(['a: 1=h'])
  await answer(true)
  expect(said()).toEqual(['a: 1=h', 'a: 1=hel 2=x'])
  await answer(true)
  expect(said().at(-1)).toBe('b: 3=y')
  expect(writer.idle).toBe(false)
  await answer(true)
  expect([writer.idle, said().length]).toEqual([true, 3])
})

it('keeps what was not written, and tries again with the next write', async () => {
  const { type, answer, said, writer } = made()
  type('a', 1, 'h')
  type('a', 1, 'he')
  await answer(false)
  expect([writer.failed, writer.idle, [...writer.words()]]).toEqual([true, false, [1]])
  expect(said()).toEqual(['a: 1=h'])
  type('b', 2, 'x')
  expect(said().at(-1)).toBe('a: 1=he')
  await answer(true)
  await answer(true)
  expect([writer.failed, writer.idle, said().at(-1)]).toEqual([false, true, 'b: 2=x'])
})

it('sends nothing while an input method composes, and all of it afterwards', async () => {
  const { type, said, writer } = made()
  writer.hold()
  type('a', 1, 'n')
  type('a', 1, 'ni')
  type('a', 1, '你')
  await Promise.resolve()
  expect(said()).toEqual([])
  writer.release()
  expect(said()).toEqual(['a: 1=你'])
})

it('does not speak of a word that came and went before it was sent', async () => {
  const { type, said, answer, writer } = made()
  type('a', 1, 'h')
  type('a', ADDED, 'x')
  type('a', ADDED, '')
  await answer(true)
  expect([said(), writer.idle]).toEqual([['a: 1=h'], true])
  type('a', ADDED, 'x')
  type('a', ADDED, '')
  await answer(true)
  await answer(true)
  expect(said().slice(1)).toEqual([`a: ${ADDED}=x`, `a: ${ADDED}=`])
})
