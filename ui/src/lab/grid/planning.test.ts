import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../api/api'
import type { RunEstimate } from '../../api/generated/RunEstimate'
import type { RunPlan } from '../../api/generated/RunPlan'
import type { Host } from './grid.svelte'
import { keyOf, Planning } from './planning.svelte'

const version = (id: string, label: string, task: 'describe' | 'answer', promoted = false) => ({ id, label, name: task, version: 1, task, model: null, examples: 0, note: '', by: '', at_us: 0, promoted })
const VIEW = {
  versions: [version('v2', 'describe@2', 'describe'), version('v1', 'describe@1', 'describe', true), version('a1', 'answer@1', 'answer')],
  sets: [{ id: 's1', set: { name: 'Set', clips: [], labels: [], chosen: '', note: '' }, clips: 30, media: 6, holdout: 6, truths: 9, truth: 1, outdated: false, by: '', at_us: 0 }],
  runs: [],
  models: [{ id: 'm1', name: 'One', temperature: true }, { id: 'm2', name: 'Two', temperature: false }],
}
const ESTIMATE: RunEstimate = { tries: 60, calls: 120, kept: 30, input_tokens: 1, output_tokens: 1, at_most: 500, left: 400, smallest: 0.07, power: '', failures: [] }

function made() {
  const reckoned: RunPlan[] = []
  let answer: (estimate: RunEstimate | null) => void = () => {}
  const estimateRun = (plan: RunPlan) => (reckoned.push(plan), new Promise<RunEstimate | null>((go) => (answer = go)))
  const startRun = vi.fn(async () => 'r9')
  const lab = { view: VIEW, run: null, set: 's1', refresh: vi.fn(async () => {}), choose: vi.fn() }
  const planning = new Planning({ estimateRun, startRun } as unknown as Api, { lab, notices: { say: vi.fn() } } as unknown as Host)
  const reply = async (estimate: RunEstimate | null = ESTIMATE) => (answer(estimate), await vi.advanceTimersByTimeAsync(1))
  return { planning, reckoned, reply, startRun, lab }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('begins with the version in use and its task, and reckons by itself', async () => {
  const { planning, reckoned, reply } = made()
  planning.open()
  expect([planning.set, planning.task, [...planning.versions], [...planning.models], planning.missing]).toEqual(['s1', 'describe', ['v1'], ['m1'], null])
  await vi.advanceTimersByTimeAsync(500)
  expect(reckoned.map(({ name, variants }) => [name, variants])).toEqual([['describe@1', [{ version: 'v1', model: 'm1', temperature: null }]]])
  await reply()
  expect([planning.isEstimated, planning.ready, planning.beyond]).toEqual([true, true, true])
})

describe('variants', () => {
  it('are each version with each model and temperature, those without a temperature once', () => {
    const { planning } = made()
    planning.open()
    planning.toggle('versions', 'v2')
    planning.toggle('models', 'm2')
    planning.temperatures = '0, 0.7, 0.7'
    expect(planning.variants.map(keyOf)).toEqual(['v2 m1 0', 'v2 m1 0.7', 'v2 m2 ', 'v1 m1 0', 'v1 m1 0.7', 'v1 m2 '])
    planning.toggle('leftOut', 'v2 m1 0.7')
    expect(planning.variants).toHaveLength(5)
  })
  it.each([
    ['0, 1.5', '1.5 is no temperature'],
    ['0, .2', '.2 is no temperature'],
    ['0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8', 'These are 9 variants'],
  ])('of temperatures %s are told as wrong', (temperatures, why) => {
    const { planning } = made()
    planning.open()
    planning.temperatures = temperatures
    expect(planning.missing).toContain(why)
  })
})

it('begins with what was written last, beside the version in use', () => {
  const { planning, lab } = made()
  lab.view = { ...VIEW, versions: [...VIEW.versions, { ...version('a2', 'answer@2', 'answer'), at_us: 5 }, { ...version('a3', 'answer@3', 'answer', true), at_us: 4 }] }
  planning.open()
  expect([planning.task, [...planning.versions]]).toEqual(['answer', ['a3', 'a2']])
})

it('asks for the question of a task that answers one, and sends it with that task alone', () => {
  const { planning } = made()
  planning.open()
  planning.question = 'Where is the pump?'
  expect(planning.plan().question).toBe('')
  planning.choose('answer')
  expect([planning.plan().question, planning.missing, [...planning.versions]]).toEqual(['Where is the pump?', null, ['a1']])
  planning.question = ' '
  expect(planning.missing).toContain('question')
})

it('reckons one plan at a time, and after it the one that it became', async () => {
  const { planning, reckoned, reply } = made()
  planning.open()
  await vi.advanceTimersByTimeAsync(500)
  for (const repeats of [2, 3, 4]) {
    planning.repeats = repeats
    planning.changed()
    await vi.advanceTimersByTimeAsync(500)
  }
  expect([reckoned.length, planning.ready]).toEqual([1, false])
  await reply()
  expect([reckoned.map(({ repeats }) => repeats), planning.isEstimated]).toEqual([[1, 4], false])
  await reply()
  expect(planning.isEstimated).toBe(true)
})

it('starts nothing that was not reckoned, and each run once', async () => {
  const { planning, reply, startRun, lab } = made()
  planning.open()
  expect(await planning.start()).toBe(false)
  await vi.advanceTimersByTimeAsync(500)
  await reply()
  planning.repeats = 2
  expect([planning.ready, await planning.start()]).toEqual([false, false])
  planning.repeats = 1
  expect((await Promise.all([planning.start(), planning.start()])).filter(Boolean)).toHaveLength(1)
  expect([startRun.mock.calls.length, lab.choose.mock.calls, planning.before.get('r9')]).toEqual([1, [['r9']], 500])
})
