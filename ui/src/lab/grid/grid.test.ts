import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Recorded } from '../../api/recorded'
import type { Changed } from '../../api/generated/Changed'
import { Grid, type Host } from './grid.svelte'

const VIEW = {
  versions: [{ id: 'v1', label: 'describe@1', name: 'describe', version: 1, task: 'describe' as const, model: null, examples: 0, note: '', by: '', at_us: 0, promoted: true }],
  sets: [{ id: 's1', set: { name: 'Set', clips: [], labels: [], chosen: '', note: '' }, clips: 30, media: 6, holdout: 6, truths: 9, truth: 1, outdated: false, by: '', at_us: 0 }],
  runs: [{ id: 'r1', name: 'Run', set: 's1', variants: [], repeats: 2, tries: 10, of: 20, by: '', at_us: 0 }],
  models: [{ id: 'm1', name: 'One', temperature: true }, { id: 'm2', name: 'Two', temperature: false }],
}

/** A grid over recorded answers, with all that it asked. */
function made() {
  const asked: string[] = []
  const api = new Proxy(new Recorded(new URLSearchParams()), {
    get(target, name: keyof Recorded) {
      const call: unknown = Reflect.get(target, name)
      if (typeof call !== 'function') return call
      return (...args: unknown[]) => (asked.push(`${name} ${JSON.stringify(args).slice(1, -1)}`), Reflect.apply(call, target, args) as unknown)
    },
  })
  const write = async (call: () => Promise<Changed>) => (await call(), true)
  const lab = { view: VIEW, run: 'r1' as string | null, set: 's1', part: 'compare' as const, refresh: vi.fn(async () => {}), choose: vi.fn((run: string) => void (lab.run = run)) }
  const host = { room: 'lab', overlay: null, lab, try: async <T>(call: () => Promise<T>) => call(), writes: { write }, notices: { news: vi.fn(), say: vi.fn() } } as unknown as Host
  const grid = new Grid(api, host)
  const told = (name: string) => asked.filter((one) => one.startsWith(`${name} `))
  return { grid, host, lab, told }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('opens on the worst clip, puts it on the picture and loops in it', async () => {
  const { grid } = made()
  await grid.show('r1')
  const [first] = grid.rows
  expect([grid.clip, [...grid.shown], grid.media?.id]).toEqual([first?.clip, [0, 1, 2, 3], first?.media])
  expect(grid.player.loop).toEqual({ start_us: first?.start_us, end_us: first?.end_us })
  expect(grid.player.playhead_us).toBe(((first?.start_us ?? 0) + (first?.end_us ?? 0)) / 2)
  expect(grid.voices.map(({ look }) => look.number)).toEqual(['T', '1', '2', '3', '4'])
})

it('reads a clip once the selection rests, and not what it passed', async () => {
  const { grid, told } = made()
  await grid.show('r1')
  for (let i = 0; i < 5; i++) grid.move(1, 0)
  expect(told('labClip')).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(told('labClip')).toEqual([`labClip "r1",${grid.rows[0]?.clip},0`, `labClip "r1",${grid.rows[5]?.clip},0`])
  expect(grid.player.loop?.start_us).toBe(grid.rows[5]?.start_us)
  grid.move(0, 9)
  grid.move(-Infinity, 0)
  expect([grid.at, grid.column]).toEqual([0, 3])
})

it('holds all against another baseline and keeps the selection', async () => {
  const { grid, told } = made()
  await grid.show('r1')
  grid.move(3, 2)
  const { clip } = grid
  await grid.hold(2)
  expect([grid.view.value?.baseline, grid.clip, grid.cell?.difference, grid.head?.difference]).toEqual([2, clip, null, null])
  await grid.hold(2)
  expect(told('grid')).toHaveLength(2)
})

it('shows and hides variants on the picture', async () => {
  const { grid } = made()
  await grid.show('r1')
  grid.toggle(1)
  grid.toggle(7)
  expect([...grid.shown]).toEqual([0, 2, 3])
  grid.select(grid.clip ?? 0, 2)
  grid.toggleOnly()
  expect([...grid.shown]).toEqual([2])
  grid.toggleOnly()
  expect([...grid.shown]).toEqual([0, 1, 2, 3])
})

it('keeps what is selected and shown where the run is read again, and begins anew with another', async () => {
  const { grid, told } = made()
  await grid.show('r1')
  grid.move(4, 2)
  grid.toggle(1)
  await grid.hold(3)
  const { clip } = grid
  await grid.show('r1')
  expect([grid.clip, grid.column, grid.baseline, [...grid.shown]]).toEqual([clip, 2, 3, [0, 2, 3]])
  await grid.show('r2')
  expect([grid.at, grid.column, grid.baseline, [...grid.shown]]).toEqual([0, 0, 0, [0, 1, 2, 3]])
  expect(told('grid')).toEqual(['grid "r1",0', 'grid "r1",3', 'grid "r1",3', 'grid "r2",0'])
  await grid.show(null)
  expect([grid.view.value, grid.media, grid.row]).toEqual([null, null, null])
})

it('asks for the questions of the cell that is selected while they are shown', async () => {
  const { grid, host, told } = made()
  await grid.show('r1')
  host.overlay = 'lab.raw'
  await grid.openRaw()
  grid.move(0, 1)
  await vi.advanceTimersByTimeAsync(200)
  expect(told('rawCalls')).toEqual([0, 1].map((variant) => `rawCalls "r1",${grid.clip},${variant},0`))
  grid.raw.move(9)
  expect([grid.raw.call, grid.raw.one?.request.includes('SYSTEM')]).toEqual([1, true])
})

it('votes blind, pair by pair, and tells nothing that names a side', async () => {
  const { grid, told } = made()
  await grid.show('r1')
  await grid.begin()
  expect(grid.blind.on).toBe(false)
  grid.select(grid.clip ?? 0, 1)
  await grid.begin()
  const first = grid.blind.pair?.clip
  expect(grid.blind.voices.map(({ name, look, marks }) => [name, look.number, marks.every(({ standing }) => standing === 'unjudged')])).toEqual([['Side A', 'A', true]])
  const look = grid.blind.voices[0]?.look
  grid.blind.turn()
  expect(grid.blind.voices[0]).toMatchObject({ name: 'Side B', look: { hue: look?.hue, dash: look?.dash } })
  // A key that is pressed twice is one vote.
  await Promise.all([grid.vote('a'), grid.vote('a')])
  expect(told('vote')).toEqual([`vote "r1",0,1,${first},"a"`])
  expect([grid.blind.pair?.clip !== first, grid.blind.side, grid.blind.pair?.voted]).toEqual([true, 'a', 1])
  grid.changed()
  await vi.advanceTimersByTimeAsync(10)
  expect([told('blindPair').length, grid.blind.pair?.voted]).toEqual([3, 1])
  for (let left = 40; left > 0 && grid.blind.pair; left--) await grid.vote('tie')
  expect([grid.blind.done, grid.blind.on]).toEqual([true, true])
  await grid.turn('decision')
  expect(told('compare')).toEqual([])
  await grid.endBlind()
  const { votes } = grid.decision.view.value ?? {}
  expect((votes?.[0] ?? 0) + (votes?.[1] ?? 0)).toBe(1)
  expect(votes?.[2]).toBe(23)
})

it('promotes at once where the numbers carry it, else with a reason alone', async () => {
  const { grid, host, told } = made()
  await grid.show('r1')
  await grid.turn('decision')
  expect(told('compare')).toEqual([])
  grid.select(grid.clip ?? 0, 3)
  await vi.advanceTimersByTimeAsync(10)
  expect(grid.decision.view.value?.promote).toBe(true)
  await grid.decision.begin()
  expect([told('promote'), host.overlay]).toEqual([['promote "r1",0,3,""'], null])
  grid.select(grid.clip ?? 0, 2)
  await vi.advanceTimersByTimeAsync(10)
  await grid.decision.begin()
  expect([host.overlay, await grid.decision.promote(), told('promote').length]).toEqual(['lab.promote', false, 1])
  grid.decision.reason = ' It reads small text. '
  expect([await grid.decision.promote(), told('promote')[1]]).toEqual([true, 'promote "r1",0,2,"It reads small text."'])
})
