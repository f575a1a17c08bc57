import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Rendered } from '../api/generated/Rendered'
import { Recorded } from '../api/recorded'
import { Desk } from '../desk/desk.svelte'
import { REST_MS } from './edit/editor.svelte'
import { standingAt, shownOf } from './edit/marks'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {} }))
  localStorage.clear()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** The window in the lab, over the recorded media. */
async function room(wish = '') {
  const api = new Recorded(new URLSearchParams(wish))
  const desk = new Desk(api)
  await desk.start()
  desk.enter('lab')
  await vi.advanceTimersByTimeAsync(REST_MS)
  return { api, desk, lab: desk.lab, editor: desk.lab.editor }
}

it('opens on the newest version and the clip that is at hand in Review', async () => {
  const { lab, editor } = await room()
  expect([editor.key, editor.changed, editor.trial.stretch?.media]).toEqual(['v-describe@3', false, 'gauge'])
  expect([lab.run, lab.set, lab.part, lab.view.models.length]).toEqual(['r1', 'set-1', 'write', 2])
  expect([editor.rendered?.windows.length, editor.late]).toEqual([1, false])
})

it('has no clip where no media is at hand', async () => {
  const { editor } = await room('empty')
  expect([editor.key, editor.trial.stretch, editor.rendered, editor.ready]).toEqual(['v-describe@1', null, null, false])
})

it('renders once nothing is typed for a moment, and drops answers that come too late', async () => {
  const { api, editor } = await room()
  const asked: { text: string; answer: (rendered: Rendered | null) => void }[] = []
  api.renderPrompt = (draft) => new Promise((answer) => asked.push({ text: draft.prompt.window, answer }))
  const rendered = (tokens: number): Rendered => ({ problems: [], windows: [], examples: 0, input_tokens: tokens, at_most: null })
  for (const text of ['a', 'ab', 'abc']) {
    editor.setText('window', text)
    await vi.advanceTimersByTimeAsync(REST_MS - 1)
  }
  expect([asked.length, editor.late]).toEqual([0, true])
  await vi.advanceTimersByTimeAsync(1)
  editor.setText('window', 'abcd')
  await vi.advanceTimersByTimeAsync(REST_MS)
  expect(asked.map(({ text }) => text)).toEqual(['abc', 'abcd'])
  asked[1]?.answer(rendered(2))
  await vi.advanceTimersByTimeAsync(0)
  asked[0]?.answer(rendered(1))
  await vi.advanceTimersByTimeAsync(0)
  expect([editor.rendered?.input_tokens, editor.late]).toEqual([2, false])
  // Null says that a newer question ended this one.
  editor.setText('window', 'abcde')
  await vi.advanceTimersByTimeAsync(REST_MS)
  asked[2]?.answer(null)
  await vi.advanceTimersByTimeAsync(0)
  expect([editor.rendered?.input_tokens, editor.late]).toEqual([2, true])
})

it('hands no broken schema over, and keeps the request of before to be seen', async () => {
  const { api, lab, editor } = await room()
  const render = vi.spyOn(api, 'renderPrompt')
  editor.setText('schema', '{')
  await vi.advanceTimersByTimeAsync(REST_MS)
  expect([render.mock.calls.length, editor.late, editor.ready, lab.keepable, editor.rendered?.windows.length]).toEqual([0, true, false, false, 1])
  editor.nextProblem()
  expect([editor.field, editor.goal?.line]).toEqual(['schema', 1])
  editor.setText('schema', '{}')
  editor.setText('window', 'one\n{{ nothing }}')
  await vi.advanceTimersByTimeAsync(REST_MS)
  expect(editor.problems.map(({ part, line }) => [part, line])).toEqual([['window', 2]])
  expect([editor.rendered?.windows.length, editor.late, editor.ready, lab.keepable]).toEqual([1, true, false, true])
})

it('brings drafts back after a restart, and forgets them once they say nothing new', async () => {
  const first = await room()
  const before = first.editor.draft?.prompt.system ?? ''
  first.editor.setText('system', 'Say nothing.')
  first.editor.startFrom()
  first.editor.set({ note: 'a try' })
  const { lab, editor } = await room()
  expect(lab.rows.filter(({ draft }) => draft).map(({ key, label }) => [key, label])).toEqual([['new 1', 'describe-new@1'], ['v-describe@3', 'describe@3']])
  expect([editor.key, editor.draft?.note, editor.version, editor.changed]).toEqual(['new 1', 'a try', null, true])
  await lab.open('v-describe@3')
  expect([editor.draft?.prompt.system, editor.changed]).toEqual(['Say nothing.', true])
  editor.setText('system', before)
  expect([editor.changed, lab.rows.some(({ key, draft }) => draft && key === 'v-describe@3')]).toEqual([false, false])
  await lab.open('new 1')
  await lab.discard()
  expect([lab.rows.some(({ draft }) => draft), editor.key]).toEqual([false, 'v-describe@3'])
})

it('takes nothing for a draft that is none, and says where there is no room for one', async () => {
  localStorage.setItem('plumbline.lab.drafts', JSON.stringify({ '/recorded/Sample.plumbline': { old: { base: null, version: { text: 'x' } } } }))
  const { lab, editor } = await room()
  expect(lab.rows.some(({ draft }) => draft)).toBe(false)
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  editor.setText('system', 'x')
  expect([editor.drafts.unkept, editor.changed]).toEqual([true, true])
  vi.restoreAllMocks()
})

it('keeps a draft as the next version of its name', async () => {
  const { desk, lab, editor } = await room()
  expect(lab.keepable).toBe(false)
  editor.setText('system', 'Say little.')
  // Pressed twice, it is one version.
  await Promise.all([desk.lab.keep(), desk.lab.keep()])
  expect([editor.key, editor.changed, lab.view.versions.find(({ id }) => id === editor.key)?.label]).toEqual(['v-describe@4', false, 'describe@4'])
  expect((await desk.lab.importPrompt(), editor.key)).toBe('v-imported@1')
})

it('runs a clip, shows what was found of it, and pays for it once', async () => {
  const { editor } = await room()
  await editor.try()
  const last = editor.trial.last
  expect(last?.of).toBe(editor.draft)
  expect(last && standingAt(shownOf(last.said), 5_000_000).some(({ voice }) => voice.id === 'found')).toBe(true)
  expect(last?.said.paid).toBeGreaterThan(0)
  await vi.advanceTimersByTimeAsync(REST_MS)
  expect(editor.rendered?.windows.every(({ kept }) => kept)).toBe(true)
  expect(editor.trial.reach({ end_us: 9_000_000 })).toBe(true)
  expect(editor.trial.last).toBeNull()
  expect(editor.trial.reach({ end_us: 0 })).toBe(false)
})

it('goes through the clips of a set, none of which is held out', async () => {
  const { lab, editor } = await room()
  const clips = lab.setRow?.set.clips ?? []
  expect(clips.every(({ holdout }) => !holdout) && clips.length < (lab.setRow?.clips ?? 0)).toBe(true)
  const seen: number[] = []
  for (const by of [1, 1, 1, -1] as const) {
    editor.trial.move(by)
    seen.push(editor.trial.place)
  }
  expect(seen).toEqual([0, 1, 2, 1])
  for (let i = 0; i < 30; i++) editor.trial.move(1)
  expect(editor.trial.place).toBe(clips.length - 1)
})

it('holds the draft against any version', async () => {
  const { editor } = await room()
  editor.turn('difference')
  await vi.advanceTimersByTimeAsync(REST_MS)
  expect([editor.difference.against, editor.difference.parts]).toEqual(['v-describe@3', []])
  editor.setText('system', 'Another.')
  await vi.advanceTimersByTimeAsync(REST_MS)
  expect(editor.difference.parts?.map(({ part }) => part)).toEqual(['system'])
  editor.difference.hold('v-describe@1')
  await vi.advanceTimersByTimeAsync(REST_MS)
  expect(editor.difference.parts?.map(({ part }) => part)).toEqual(['note', 'model', 'system', 'window', 'parameters', 'examples'])
})

it('adds, orders and removes examples, each once', async () => {
  const { editor } = await room()
  const { examples } = editor
  await examples.read()
  const [second] = examples.offered
  examples.add(second)
  examples.add(second)
  expect(examples.chosen.length).toBe(2)
  examples.move(1, -1)
  expect([examples.chosen[0] === second, examples.offered.includes(second as never)]).toEqual([true, false])
  examples.remove(1)
  expect(examples.chosen).toEqual([second])
})

it('makes a clip set of what is ticked, and shows none of what is held out', async () => {
  const { lab } = await room()
  await lab.startSet()
  const { sets } = lab
  expect([lab.list, sets.making, sets.wrong]).toEqual(['sets', true, 'It has no name yet.'])
  sets.name = 'few'
  sets.change({ label: 'text' })
  expect(sets.wrong).toMatch(/draw/)
  sets.change({ label: null, length_us: 8_000_000 })
  await sets.look()
  const all = sets.taken.length
  sets.tick(sets.rows[0])
  sets.count('text', true)
  expect([sets.taken.length, lab.keepable]).toEqual([all - 1, true])
  await lab.keep()
  const row = lab.setRow
  expect([row?.set.name, row?.clips, row?.set.labels, sets.making]).toEqual(['few', all - 1, ['text'], false])
  expect(row?.set.clips.length).toBe((row?.clips ?? 0) - (row?.holdout ?? 0))
  expect(row?.set.chosen).toBe(`Stretches of 8 s of all media, where people reviewed: ${all} of ${all} drawn with the seed 1, 1 left out by hand.`)
  await lab.startSet()
  sets.name = 'one media'
  sets.change({ media: ['gauge'] })
  await sets.look()
  expect(sets.wrong).toMatch(/Whole media are held out/)
  sets.holdout = 0
  expect(sets.wrong).toBeNull()
})

it('looks at runs and back', async () => {
  const { lab } = await room()
  lab.turn('runs')
  expect([lab.part, lab.list]).toEqual(['compare', 'runs'])
  lab.choose('r1')
  expect([lab.run, lab.set]).toEqual(['r1', 'set-1'])
  lab.turn('versions')
  lab.move(1)
  await vi.advanceTimersByTimeAsync(0)
  expect([lab.part, lab.editor.key]).toEqual(['write', 'v-describe@2'])
})
