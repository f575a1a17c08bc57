import type { Action } from '../../actions/action'
import type { Desk } from '../../desk/desk.svelte'
import { MOST } from './looks'
import { SORTS } from './rows'

const comparing = ({ lab }: Desk) => lab.part === 'compare'
const blind = (desk: Desk) => comparing(desk) && desk.grid.blind.on
const seen = (desk: Desk) => comparing(desk) && !desk.grid.blind.on && desk.grid.view.value !== null
const onRow = (desk: Desk) => seen(desk) && desk.grid.row !== null
const drawn = (desk: Desk) => comparing(desk) && desk.grid.media !== null
const playable = (desk: Desk) => drawn(desk) && Boolean(desk.grid.media?.url)
const other = (desk: Desk) => seen(desk) && desk.grid.column !== desk.grid.baseline
const votable = (desk: Desk) => blind(desk) && desk.grid.blind.pair !== null
const decidable = (desk: Desk) => seen(desk) && desk.grid.part === 'decision' && desk.grid.decision.view.value !== null
/** Tries are missing, and no job makes them. */
const stopped = ({ grid: { made }, jobs }: Desk) => made !== null && made.tries < made.of && !jobs.running.some(({ title }) => title.includes(made.name))
const row = (desk: Desk) => seen(desk) && desk.grid.rows.length > 0

const move: Action[] = [
  { id: 'lab.up', label: 'Clip above', keys: ['ArrowUp'], context: 'lab', repeats: true, when: row, run: ({ grid }) => grid.move(-1, 0) },
  { id: 'lab.down', label: 'Clip below', keys: ['ArrowDown'], context: 'lab', repeats: true, when: row, run: ({ grid }) => grid.move(1, 0) },
  { id: 'lab.left', label: 'Variant to the left', keys: ['ArrowLeft'], context: 'lab', repeats: true, when: row, run: ({ grid }) => grid.move(0, -1) },
  { id: 'lab.right', label: 'Variant to the right', keys: ['ArrowRight'], context: 'lab', repeats: true, when: row, run: ({ grid }) => grid.move(0, 1) },
  { id: 'lab.page-up', label: 'Clips further above', keys: ['PageUp'], context: 'lab', repeats: true, when: row, run: ({ grid }) => grid.move(-12, 0) },
  { id: 'lab.page-down', label: 'Clips further below', keys: ['PageDown'], context: 'lab', repeats: true, when: row, run: ({ grid }) => grid.move(12, 0) },
  { id: 'lab.first', label: 'First clip', keys: ['Home'], context: 'lab', when: row, run: ({ grid }) => grid.move(-Infinity, 0) },
  { id: 'lab.last', label: 'Last clip', keys: ['End'], context: 'lab', when: row, run: ({ grid }) => grid.move(Infinity, 0) },
]

const picture: Action[] = [
  { id: 'lab.play_clip', label: 'Play the clip from its start', keys: ['Enter'], context: 'lab', when: playable, run: ({ grid }) => grid.play() },
  { id: 'lab.play', label: 'Play or pause the clip', keys: ['Space', 'k'], context: 'lab', when: playable, run: ({ grid }) => grid.player.toggle() },
  { id: 'lab.frame.back', label: 'Previous frame of the clip', keys: [','], context: 'lab', repeats: true, when: drawn, run: ({ grid }) => void grid.player.step(-1) },
  { id: 'lab.frame.forward', label: 'Next frame of the clip', keys: ['.'], context: 'lab', repeats: true, when: drawn, run: ({ grid }) => void grid.player.step(1) },
  { id: 'lab.truth', label: 'Show or hide the truth on the picture', keys: ['t'], context: 'lab', when: seen, run: ({ grid }) => (grid.truth = !grid.truth) },
  { id: 'lab.only', label: 'Show the selected variant alone, or all', keys: ['0'], context: 'lab', when: seen, run: ({ grid }) => grid.toggleOnly() },
  ...Array.from({ length: MOST }, (_, i): Action => ({
    id: `lab.show.${i + 1}`,
    label: `Show or hide variant ${i + 1} on the picture`,
    keys: [String(i + 1)],
    context: 'lab',
    when: (desk) => seen(desk) && i < desk.grid.heads.length,
    run: ({ grid }) => grid.toggle(i),
  })),
  { id: 'lab.repeat', label: 'Show the next repeat', keys: ['e'], context: 'lab', when: (desk) => seen(desk) && (desk.grid.view.value?.repeats ?? 1) > 1, run: (desk) => void desk.try(() => desk.grid.nextRepeat()) },
  { id: 'lab.review', label: 'Open the media of the clip in review', keys: ['Shift+Enter'], context: 'lab', when: onRow, run: (desk) => void (desk.grid.row && desk.openMedia(desk.grid.row.media)) },
]

const table: Action[] = [
  { id: 'lab.baseline', label: 'Hold the others against this variant', keys: ['b'], context: 'lab', when: other, run: (desk) => void desk.try(() => desk.grid.hold(desk.grid.column)) },
  { id: 'lab.raw', label: 'Raw request and answer', keys: ['r'], context: 'lab', when: onRow, run: openRaw },
  { id: 'lab.sort', label: 'Sort the clips another way', keys: ['o'], context: 'lab', when: seen, run: ({ grid }) => grid.nextSort() },
  ...SORTS.map(({ id, label }): Action => ({ id: `lab.sort.${id}`, label: `Sort clips: ${label}`, keys: [], context: 'lab', when: seen, run: ({ grid }) => grid.sortBy(id) })),
  { id: 'lab.numbers', label: 'Fewer or all numbers in the heads', keys: ['h'], context: 'lab', when: seen, run: ({ grid }) => (grid.whole = !grid.whole) },
  { id: 'lab.part.clip', label: 'Show what is said of the clip', keys: ['c'], context: 'lab', when: seen, run: (desk) => void desk.try(() => desk.grid.turn('clip')) },
  { id: 'lab.part.decision', label: 'Show the comparison with the baseline', keys: ['v'], context: 'lab', when: seen, run: (desk) => void desk.try(() => desk.grid.turn('decision')) },
  { id: 'lab.part.choice', label: 'Show quality against cost', keys: ['m'], context: 'lab', when: seen, run: (desk) => void desk.try(() => desk.grid.turn('choice')) },
  { id: 'lab.against', label: 'Quality against cost or against latency', keys: ['Shift+m'], context: 'lab', when: (desk) => seen(desk) && desk.grid.part === 'choice', run: ({ grid }) => (grid.against = grid.against === 'cost' ? 'latency' : 'cost') },
]

const votes: Action[] = [
  { id: 'lab.blind', label: 'Vote blind: this variant against the baseline', keys: ['Shift+b'], context: 'lab', when: other, run: (desk) => void desk.try(() => desk.grid.begin()) },
  { id: 'lab.blind.side', label: 'See the other side', keys: ['x'], context: 'lab', when: votable, run: ({ grid }) => grid.blind.turn() },
  { id: 'lab.vote.a', label: 'Vote: side A is better', keys: ['a'], context: 'lab', when: votable, run: (desk) => void desk.try(() => desk.grid.vote('a')) },
  { id: 'lab.vote.tie', label: 'Vote: neither is better', keys: ['s'], context: 'lab', when: votable, run: (desk) => void desk.try(() => desk.grid.vote('tie')) },
  { id: 'lab.vote.b', label: 'Vote: side B is better', keys: ['d'], context: 'lab', when: votable, run: (desk) => void desk.try(() => desk.grid.vote('b')) },
  { id: 'lab.blind.stop', label: 'Stop voting', keys: ['Escape'], context: 'lab', when: blind, run: (desk) => void desk.try(() => desk.grid.endBlind()) },
]

const runs: Action[] = [
  { id: 'lab.new', label: 'New run', keys: ['n'], context: 'lab', when: (desk) => comparing(desk) && !desk.grid.blind.on, run: openNew },
  { id: 'lab.resume', label: 'Go on with the run', keys: ['g'], context: 'lab', when: (desk) => seen(desk) && stopped(desk), run: goOn },
  { id: 'lab.promote', label: 'Promote this variant', keys: ['Shift+p'], context: 'lab', when: decidable, run: (desk) => void desk.try(() => desk.grid.decision.begin()) },
]

function openRaw(desk: Desk): void {
  desk.overlay = desk.overlay === 'lab.raw' ? null : 'lab.raw'
  if (desk.overlay === 'lab.raw') void desk.try(() => desk.grid.openRaw())
}

function openNew(desk: Desk): void {
  desk.overlay = 'lab.new'
  desk.grid.planning.open()
}

function goOn(desk: Desk): void {
  const { made, heads, planning } = desk.grid
  if (made) void desk.try(() => planning.goOn(made, heads))
}

/** Runs by clip and variant, votes, and what is promoted. */
export const GRID: Action[] = [...move, ...picture, ...table, ...votes, ...runs]
