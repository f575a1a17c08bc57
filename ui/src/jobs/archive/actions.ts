import type { Action } from '../../actions/action'
import { hasResults } from './archives.svelte'

/** Archives on AWS: run, look, stop, bring, forget. */
export const ARCHIVE: Action[] = [
  { id: 'archive.run', label: 'Run on AWS', keys: ['Ctrl+Shift+g'], context: 'global', run: (desk) => (desk.overlay = 'archive.run') },
  { id: 'archive.next', label: 'Next execution', keys: ['e'], context: 'jobs', when: ({ archives }) => archives.runs.length > 1, run: ({ archives }) => archives.next() },
  { id: 'archive.bring', label: 'Bring results of the execution', keys: ['b'], context: 'jobs', when: ({ archives }) => hasResults(archives.run), run: (desk) => (desk.overlay = 'archive.bring') },
  { id: 'archive.stop', label: 'Stop the execution', keys: ['Shift+x'], context: 'jobs', when: ({ archives }) => archives.run?.state === 'running', run: (desk) => (desk.overlay = 'archive.stop') },
  { id: 'archive.forget', label: 'Take the execution off the list', keys: ['Delete'], context: 'jobs', when: ({ archives }) => archives.run !== null && archives.run.state !== 'running', run: (desk) => (desk.overlay = 'archive.forget') },
]
