import { describe, expect, it, vi } from 'vitest'
import type { Api } from '../api/api'
import type { GateId } from '../api/generated/GateId'
import { Recorded } from '../api/recorded'
import type { Desk } from '../desk/desk.svelte'
import { Notices } from '../desk/notices.svelte'
import { Writes } from '../desk/writes.svelte'
import { Effects } from './effects.svelte'
import { Tuning } from './tuning.svelte'
import type { Effect } from './types'

async function made(gate: GateId, wish = '') {
  const api = new Recorded(new URLSearchParams(wish))
  const desk = { room: 'tuning', notices: new Notices(), try: <T>(call: () => Promise<T>) => call() } as unknown as Desk
  const tuning = new Tuning(api, desk)
  desk.writes = new Writes(desk.notices, () => tuning.read())
  await tuning.show()
  await tuning.pick(gate)
  return { api, desk, tuning }
}

const settled = () => new Promise((done) => setTimeout(done))

describe('what a limit would change', () => {
  it('asks one question at a time, and of those that come meanwhile only the last', async () => {
    const asked: number[] = []
    const answers: ((effect: Effect) => void)[] = []
    const answer = (limit: number): Effect => ({ limit, flagged: 0, was_flagged: 0, new_flags: 0, gone_flags: 0, known_defects_lost: 0, minutes: 0, rows: [] })
    const api = { tuningEffect: (_: GateId, limit: number) => (asked.push(limit), new Promise<Effect>((done) => answers.push(done))) } as unknown as Api
    const effects = new Effects(api)
    for (const limit of [1, 2, 3, 4]) void effects.ask('word_confidence', limit)
    expect(asked).toEqual([1])
    answers[0]?.(answer(1))
    await settled()
    expect([asked, effects.value?.limit, effects.asking]).toEqual([[1, 4], 1, true])
    answers[1]?.(answer(4))
    await settled()
    expect([asked, effects.value?.limit, effects.asking]).toEqual([[1, 4], 4, false])
  })

  it('drops the answer about a gate that was left', async () => {
    let done: (effect: Effect) => void = () => {}
    const effects = new Effects({ tuningEffect: () => new Promise<Effect>((answer) => (done = answer)) } as unknown as Api)
    void effects.ask('word_confidence', 1)
    effects.clear()
    done({ limit: 1, flagged: 0, was_flagged: 0, new_flags: 0, gone_flags: 0, known_defects_lost: 0, minutes: 0, rows: [] })
    await settled()
    expect([effects.value, effects.asking]).toEqual([null, false])
  })
})

describe('the room', () => {
  it('tries a limit, with numbers at once and items behind them', async () => {
    const { tuning, api } = await made('word_confidence')
    const asked = vi.spyOn(api, 'tuningEffect')
    const before = tuning.numbers
    tuning.step(10)
    expect(asked).toHaveBeenCalledTimes(1)
    expect(tuning.numbers?.flagged).toBeGreaterThan(before?.flagged ?? Infinity)
    await settled()
    expect(tuning.effects.value?.flagged).toBe(tuning.numbers?.flagged)
    expect(tuning.effects.value?.rows.every(({ becomes }) => becomes === 'flagged')).toBe(true)
    tuning.reset()
    expect([tuning.moved, tuning.limit]).toEqual([false, 50])
  })

  it('names known defects that would slip first', async () => {
    const { tuning } = await made('residual_offset')
    tuning.set(tuning.known?.curve.limit.at(-1) ?? null)
    await settled()
    const { rows = [], known_defects_lost = 0 } = tuning.effects.value ?? {}
    expect(known_defects_lost).toBeGreaterThan(0)
    const lost = Math.min(rows.length, known_defects_lost)
    expect(rows.slice(0, lost).every(({ decision, becomes }) => decision === 'confirmed' && becomes === 'passes')).toBe(true)
  })

  it('puts a limit in force as a version, which undo takes back', async () => {
    const { api, tuning } = await made('word_confidence')
    const versions = tuning.versions.length
    tuning.set(45)
    tuning.note = 'quieter'
    await tuning.apply()
    expect([tuning.row?.limit, tuning.moved, tuning.note, tuning.versions.length]).toEqual([45, false, '', versions + 1])
    expect(tuning.versions[0]).toMatchObject({ active: true, note: 'quieter', changes: [{ gate: 'word_confidence', from: 50, to: 45 }] })
    expect((await api.undo()).redo).toBe('set the limit')
    await tuning.read()
    expect([tuning.row?.limit, tuning.limit, tuning.versions.length]).toEqual([50, 50, versions])
  })

  it('keeps what is being tried while something else is written', async () => {
    const { tuning } = await made('word_confidence')
    tuning.set(45)
    await tuning.read()
    expect([tuning.limit, tuning.moved]).toEqual([45, true])
  })

  it('turns a gate off, and on from the side where nothing is flagged', async () => {
    const { tuning } = await made('word_confidence')
    tuning.set(null)
    await tuning.apply()
    expect([tuning.row?.state, tuning.effects.value, tuning.numbers]).toEqual(['off', null, null])
    tuning.step(1)
    expect(tuning.numbers?.flagged).toBe(0)
  })

  it('starts and stops checking with what was entered', async () => {
    const { tuning } = await made('speech_without_words')
    tuning.checking.pi_percent = 2
    await tuning.start()
    expect([tuning.row?.probing, tuning.checking.wrong]).toEqual([null, expect.stringContaining('100 %')])
    tuning.checking.cap = 50
    await tuning.start()
    expect(tuning.row?.probing).toMatchObject({ pi: 0.02, cap: 50, alpha: 0.05, delta: 0.05 })
    await tuning.stop()
    expect(tuning.row?.probing).toBeNull()
  })

  it('proposes a certified limit and activates it in one step', async () => {
    const { api, tuning } = await made('residual_offset')
    const certified = tuning.known?.guarantee?.certified
    expect(certified).toBeGreaterThan(150)
    await tuning.propose(false)
    const { proposal } = tuning.checking
    expect(proposal?.gates).toMatchObject([{ gate: 'residual_offset', from: 150, to: certified }])
    expect(proposal?.after.flagged).toBeLessThan(proposal?.before.flagged ?? 0)
    await tuning.activate()
    expect([tuning.row?.limit, tuning.checking.proposal]).toEqual([certified, null])
    await api.undo()
    await tuning.read()
    expect(tuning.row?.limit).toBe(150)
  })

  it('forgets a proposal once other shares or another gate are chosen', async () => {
    const { tuning } = await made('residual_offset')
    await tuning.propose(true)
    expect(tuning.checking.gates).toEqual(['residual_offset', 'words_without_speech', 'word_confidence'])
    tuning.checking.choose({ alpha: 0.1 })
    expect(tuning.checking.proposal).toBeNull()
    const late = tuning.propose(false)
    await tuning.pick('word_confidence')
    await late
    expect([tuning.checking.proposal, tuning.checking.busy]).toEqual([null, false])
  })

  it('compares versions and goes back to one', async () => {
    const { tuning } = await made('word_confidence')
    tuning.moveVersion(Infinity)
    tuning.moveVersion(Infinity)
    expect(tuning.version).toBe(1)
    tuning.compare()
    tuning.moveVersion(-Infinity)
    expect(tuning.differing.find(({ gate }) => gate === 'word_confidence')).toEqual({ gate: 'word_confidence', from: 60, to: 50 })
    tuning.moveVersion(Infinity)
    await tuning.activateVersion()
    expect([tuning.view.value?.active, tuning.row?.limit]).toEqual([1, 60])
  })

  it('stands empty without media', async () => {
    const { tuning } = await made('word_confidence', 'empty')
    expect([tuning.row?.state, tuning.drawn, tuning.numbers, tuning.cheapest]).toEqual(['no_units', false, null, null])
    tuning.step(1)
    expect(tuning.limit).toBe(50)
  })
})
