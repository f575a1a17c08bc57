import type { Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'
import type { Below } from './edit/editor.svelte'
import type { Listed } from './lab.svelte'

const writing = ({ lab }: Desk) => lab.part === 'write' && lab.list !== 'sets' && lab.editor.draft !== null
const playable = (desk: Desk) => writing(desk) && Boolean(desk.lab.editor.trial.info?.url)

/** Acts on what is written while it is written: the caret stays where it is. */
const write = (action: Omit<Action, 'context' | 'keepsFocus'>): Action => ({ context: 'lab', keepsFocus: true, ...action, when: (desk) => writing(desk) && (action.when?.(desk) ?? true) })

const lists: Action[] = (
  [
    ['versions', 'Show prompts', 'Alt+p'],
    ['sets', 'Show clip sets', 'Alt+s'],
    ['runs', 'Show runs', 'Alt+r'],
  ] as const satisfies [Listed, string, string][]
).map(([list, label, key]) => ({ id: `lab.${list}`, label, keys: [key], context: 'lab', run: ({ lab }) => lab.turn(list) }))

const below: Action[] = (
  [
    ['request', 'Show the request', 'Alt+1'],
    ['answer', 'Show the answer', 'Alt+2'],
    ['problems', 'Show the problems of the prompt', 'Alt+3'],
    ['difference', 'Show the difference to a version', 'Ctrl+d'],
  ] as const satisfies [Below, string, string][]
).map(([id, label, key]) => write({ id: `prompt.${id}`, label, keys: [key], run: ({ lab }) => lab.editor.turn(id) }))

const prompt: Action[] = [
  write({ id: 'prompt.try', label: 'Run this clip', keys: ['Ctrl+Enter'], when: ({ lab }) => lab.editor.ready, run: (desk) => void desk.try(() => desk.lab.editor.try()) }),
  write({ id: 'prompt.new', label: 'New prompt from this one', keys: ['Ctrl+Shift+s'], run: ({ lab }) => lab.editor.startFrom() }),
  write({ id: 'prompt.discard', label: 'Discard what was changed in the prompt', keys: [], when: ({ lab }) => lab.editor.changed, run: (desk) => void desk.try(() => desk.lab.discard()) }),
  write({ id: 'prompt.export', label: 'Export the version to a file', keys: ['Ctrl+e'], when: ({ lab }) => lab.editor.version !== null && !lab.editor.changed, run: (desk) => void desk.try(() => desk.lab.exportPrompt()) }),
  { id: 'prompt.import', label: 'Import a prompt from a file', keys: ['Ctrl+Shift+e'], context: 'lab', run: (desk) => void desk.try(() => desk.lab.importPrompt()) },
  write({ id: 'prompt.field.next', label: 'Next field of the prompt', keys: ['Ctrl+PageDown'], repeats: true, run: ({ lab }) => lab.editor.moveField(1) }),
  write({ id: 'prompt.field.previous', label: 'Previous field of the prompt', keys: ['Ctrl+PageUp'], repeats: true, run: ({ lab }) => lab.editor.moveField(-1) }),
  write({ id: 'prompt.problem.next', label: 'Next problem of the prompt', keys: ['F8'], repeats: true, when: ({ lab }) => lab.editor.problems.length > 0, run: ({ lab }) => lab.editor.nextProblem() }),
  write({ id: 'prompt.difference.beside', label: 'Difference side by side, or line by line', keys: ['Ctrl+Alt+b'], when: ({ lab }) => lab.editor.below === 'difference', run: ({ lab }) => (lab.editor.difference.beside = !lab.editor.difference.beside) }),
]

const clip: Action[] = [
  write({ id: 'prompt.clip.next', label: 'Next clip of the set', keys: ['Alt+PageDown'], repeats: true, when: ({ lab }) => lab.editor.trial.clips > 0, run: ({ lab }) => lab.editor.trial.move(1) }),
  write({ id: 'prompt.clip.previous', label: 'Previous clip of the set', keys: ['Alt+PageUp'], repeats: true, when: ({ lab }) => lab.editor.trial.clips > 0, run: ({ lab }) => lab.editor.trial.move(-1) }),
  write({ id: 'prompt.clip.review', label: 'Take the clip that is at hand in Review', keys: ['Ctrl+Shift+r'], when: ({ review }) => review.media !== null, run: ({ lab }) => lab.editor.trial.takeFromReview() }),
  write({ id: 'prompt.play', label: 'Play or pause the clip of the prompt', keys: ['Ctrl+Space'], when: playable, run: ({ lab }) => lab.editor.trial.player.toggle() }),
]

/** Prompts, the clips they are tried on, and what came of it. */
export const LAB: Action[] = [
  ...lists,
  { id: 'lab.next', label: 'Next of the list in the lab', keys: ['Alt+ArrowDown'], context: 'lab', repeats: true, run: ({ lab }) => lab.move(1) },
  { id: 'lab.previous', label: 'Previous of the list in the lab', keys: ['Alt+ArrowUp'], context: 'lab', repeats: true, run: ({ lab }) => lab.move(-1) },
  { id: 'lab.keep', label: 'Keep as a version or as a clip set', keys: ['Ctrl+s'], context: 'lab', keepsFocus: true, when: ({ lab }) => lab.keepable, run: (desk) => void desk.try(() => desk.lab.keep()) },
  ...prompt,
  ...below,
  ...clip,
  { id: 'lab.set.new', label: 'New clip set', keys: ['Ctrl+Alt+s'], context: 'lab', run: (desk) => void desk.try(() => desk.lab.startSet()) },
  { id: 'lab.set.draw', label: 'Draw the clips', keys: ['Ctrl+Alt+r'], context: 'lab', keepsFocus: true, when: ({ lab }) => lab.list === 'sets' && lab.sets.making && !lab.sets.busy, run: (desk) => void desk.try(() => desk.lab.sets.look()) },
]
