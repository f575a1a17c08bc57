import type { Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'
import { LOOKS } from './marks'

const move = (desk: Desk, by: number) => void desk.try(() => desk.stages.move(by))
const unfinished = (desk: Desk) => desk.stages.all.filter(({ state }) => state === 'failed' || state === 'stopped').map(({ media }) => media)
const wrong = ({ stages }: Desk) => (stages.detail.value?.stages ?? []).filter(({ state, error }) => state === 'failed' && error !== null)

const looks = LOOKS.map(
  ({ id, label }, i): Action => ({ id: `jobs.look.${id}`, label: `Show media: ${label}`, keys: [String(i + 1)], context: 'jobs', run: ({ stages }) => (stages.look = id) }),
)

function copy(desk: Desk): void {
  const text = wrong(desk).map(({ name, error }) => `${name}: ${error ?? ''}`).join('\n')
  void desk.try(async () => {
    await navigator.clipboard.writeText(text)
    desk.notices.news('What went wrong is copied.')
  })
}

export const JOBS: Action[] = [
  { id: 'jobs.previous', label: 'Media above', keys: ['ArrowUp'], context: 'jobs', repeats: true, run: (desk) => move(desk, -1) },
  { id: 'jobs.next', label: 'Media below', keys: ['ArrowDown'], context: 'jobs', repeats: true, run: (desk) => move(desk, 1) },
  { id: 'jobs.page-up', label: 'Media further above', keys: ['PageUp'], context: 'jobs', repeats: true, run: (desk) => move(desk, -20) },
  { id: 'jobs.page-down', label: 'Media further below', keys: ['PageDown'], context: 'jobs', repeats: true, run: (desk) => move(desk, 20) },
  { id: 'jobs.first', label: 'First media', keys: ['Home'], context: 'jobs', run: (desk) => move(desk, -Infinity) },
  { id: 'jobs.last', label: 'Last media', keys: ['End'], context: 'jobs', run: (desk) => move(desk, Infinity) },
  {
    id: 'jobs.open',
    label: 'Review this media',
    keys: ['Enter'],
    context: 'jobs',
    when: ({ stages }) => stages.selected !== null,
    run: (desk) => desk.stages.selected !== null && void desk.openMedia(desk.stages.selected),
  },
  { id: 'jobs.resume', label: 'Go on where it failed or stopped', keys: ['r'], context: 'jobs', when: ({ stages }) => stages.resumes, run: (desk) => desk.resume() },
  {
    id: 'jobs.resume-all',
    label: 'Go on with all that failed or stopped',
    keys: ['Shift+r'],
    context: 'jobs',
    when: (desk) => unfinished(desk).length > 0,
    run: (desk) => void desk.try(() => desk.stages.resume(unfinished(desk))),
  },
  {
    id: 'jobs.cancel',
    label: 'Cancel the work on this media',
    keys: ['x'],
    context: 'jobs',
    when: ({ stages }) => stages.job !== null,
    run: (desk) => desk.stages.job !== null && desk.cancelJob(desk.stages.job),
  },
  { id: 'jobs.copy', label: 'Copy what went wrong', keys: ['c'], context: 'jobs', when: (desk) => wrong(desk).length > 0, run: copy },
  { id: 'jobs.clear', label: 'Clear jobs that have ended', keys: [], context: 'jobs', run: ({ jobs }) => jobs.clearEnded() },
  ...looks,
]
