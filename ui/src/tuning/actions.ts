import type { Action } from '../actions/action'
import type { Desk } from '../desk/desk.svelte'
import type { Tab } from './tuning.svelte'

const drawn = ({ tuning }: Desk) => tuning.drawn
const checked = ({ tuning }: Desk) => tuning.row !== null && tuning.row.probing !== null
const unchecked = ({ tuning }: Desk) => tuning.row !== null && tuning.row.probing === null
const startable = (desk: Desk) => unchecked(desk) && desk.tuning.checking.wrong === null
const proposable = ({ tuning }: Desk) => tuning.known !== null && tuning.row?.probing !== null && tuning.row?.state !== 'voided'
const certified = ({ tuning }: Desk) => tuning.known?.guarantee?.certified ?? null
const older = ({ tuning }: Desk) => tuning.tab === 'versions' && tuning.seen_version !== null && !tuning.seen_version.active

/** Takes the focus to a part of the room. */
function focus(part: string): void {
  const found = document.querySelector<HTMLElement>(`[data-tuning='${part}']`)
  found?.focus()
  if (found instanceof HTMLInputElement) found.select()
}

function turn(desk: Desk, tab: Tab): void {
  desk.tuning.turn(tab)
}

const preprocessing = ({ tuning }: Desk) => tuning.tab === 'preprocessing'
const withPhrase = (desk: Desk) => preprocessing(desk) && desk.tuning.preprocessing.phrase !== null
const withExample = (desk: Desk) => preprocessing(desk) && desk.tuning.preprocessing.example !== null
const exportable = (desk: Desk) => withPhrase(desk) && !desk.tuning.preprocessing.tooLarge

const limit: Action[] = [
  { id: 'tuning.limit', label: 'Go to the limit', keys: ['l'], context: 'tuning', when: drawn, run: () => focus('limit') },
  { id: 'tuning.type', label: 'Type a limit', keys: ['e'], context: 'tuning', when: ({ tuning }) => tuning.row !== null, run: () => focus('type') },
  { id: 'tuning.lower', label: 'Lower the limit by a step', keys: ['['], context: 'tuning', repeats: true, when: drawn, run: ({ tuning }) => tuning.step(-1) },
  { id: 'tuning.raise', label: 'Raise the limit by a step', keys: [']'], context: 'tuning', repeats: true, when: drawn, run: ({ tuning }) => tuning.step(1) },
  { id: 'tuning.lower_far', label: 'Lower the limit by ten steps', keys: ['{'], context: 'tuning', repeats: true, when: drawn, run: ({ tuning }) => tuning.step(-10) },
  { id: 'tuning.raise_far', label: 'Raise the limit by ten steps', keys: ['}'], context: 'tuning', repeats: true, when: drawn, run: ({ tuning }) => tuning.step(10) },
  { id: 'tuning.reset', label: 'Back to the limit in force', keys: ['r'], context: 'tuning', when: ({ tuning }) => tuning.moved, run: ({ tuning }) => tuning.reset() },
  { id: 'tuning.certified', label: 'Try the certified limit', keys: ['c'], context: 'tuning', when: (desk) => certified(desk) !== null, run: (desk) => desk.tuning.set(certified(desk)) },
  { id: 'tuning.next', label: 'Try the next step of the certificate', keys: ['n'], context: 'tuning', when: ({ tuning }) => (tuning.known?.guarantee?.next_limit ?? null) !== null, run: ({ tuning }) => tuning.set(tuning.known?.guarantee?.next_limit ?? null) },
  { id: 'tuning.cheapest', label: 'Try the limit that costs least', keys: ['b'], context: 'tuning', when: ({ tuning }) => tuning.cheapest !== null, run: ({ tuning }) => tuning.set(tuning.cheapest?.limit ?? null) },
  { id: 'tuning.off', label: 'Try the gate turned off', keys: [], context: 'tuning', when: ({ tuning }) => tuning.row !== null && tuning.limit !== null, run: ({ tuning }) => tuning.set(null) },
  { id: 'tuning.apply', label: 'Put the limit in force', keys: ['Ctrl+Enter'], context: 'tuning', when: ({ tuning }) => tuning.moved, run: ({ tuning }) => void tuning.apply() },
]

const checking: Action[] = [
  { id: 'tuning.start', label: 'Start checking blind', keys: [], context: 'tuning', when: startable, run: ({ tuning }) => void tuning.start() },
  { id: 'tuning.stop', label: 'Stop checking blind', keys: [], context: 'tuning', when: checked, run: ({ tuning }) => void tuning.stop() },
  { id: 'tuning.propose', label: 'Propose a limit for the gate', keys: ['p'], context: 'tuning', when: proposable, run: ({ tuning }) => void tuning.propose(false) },
  { id: 'tuning.propose_all', label: 'Propose limits for all gates that are checked', keys: ['Shift+p'], context: 'tuning', when: ({ tuning }) => tuning.gates.some(({ probing }) => probing !== null), run: ({ tuning }) => void tuning.propose(true) },
  { id: 'tuning.activate', label: 'Activate the proposed limits', keys: ['Ctrl+Shift+Enter'], context: 'tuning', when: ({ tuning }) => tuning.checking.proposal !== null, run: ({ tuning }) => void tuning.activate() },
  { id: 'tuning.drop', label: 'Drop the proposed limits', keys: [], context: 'tuning', when: ({ tuning }) => tuning.checking.proposal !== null, run: ({ tuning }) => tuning.checking.drop() },
]

const tabs: Action[] = [
  { id: 'tuning.guarantee', label: 'Show the guarantee', keys: ['g'], context: 'tuning', run: (desk) => turn(desk, 'guarantee') },
  { id: 'tuning.cost', label: 'Show the cost', keys: ['m'], context: 'tuning', run: (desk) => turn(desk, 'cost') },
  { id: 'tuning.versions', label: 'Show the versions of the limits', keys: ['v'], context: 'tuning', run: (desk) => turn(desk, 'versions') },
  { id: 'tuning.preprocessing', label: 'Show what corrections teach', keys: ['w'], context: 'tuning', run: (desk) => turn(desk, 'preprocessing') },
  { id: 'tuning.compare', label: 'Compare versions with the selected one', keys: ['Shift+v'], context: 'tuning', when: ({ tuning }) => tuning.tab === 'versions' && (tuning.version !== null || tuning.against !== null), run: ({ tuning }) => tuning.compare() },
  { id: 'tuning.activate_version', label: 'Activate the selected version', keys: ['Shift+a'], context: 'tuning', when: older, run: ({ tuning }) => void tuning.activateVersion() },
]

const row = ({ tuning }: Desk) => tuning.profiles.seen && tuning.profiles.row !== null

const sound: Action[] = [
  { id: 'sound.next', label: 'Next media with flags on its sound', keys: [], context: 'tuning', repeats: true, when: row, run: ({ tuning }) => tuning.profiles.move(1) },
  { id: 'sound.previous', label: 'Previous media with flags on its sound', keys: [], context: 'tuning', repeats: true, when: row, run: ({ tuning }) => tuning.profiles.move(-1) },
  { id: 'sound.measure', label: 'Measure profiles of the sound', keys: ['Shift+m'], context: 'tuning', when: row, run: ({ tuning }) => void tuning.profiles.measure() },
  { id: 'sound.use', label: 'Use the best profile of the sound', keys: ['Shift+u'], context: 'tuning', when: (desk) => row(desk) && desk.tuning.profiles.better !== null, run: ({ tuning }) => void tuning.profiles.use(tuning.profiles.better) },
  { id: 'sound.as_it_is', label: 'Leave the sound as it is', keys: [], context: 'tuning', when: (desk) => row(desk) && desk.tuning.profiles.prepared, run: ({ tuning }) => void tuning.profiles.use(null) },
]

const lessons: Action[] = [
  { id: 'tuning.least.down', label: 'Show phrases that were corrected less often', keys: [','], context: 'tuning', repeats: true, when: preprocessing, run: ({ tuning }) => void tuning.preprocessing.ask(tuning.preprocessing.least - 1) },
  { id: 'tuning.least.up', label: 'Show only phrases that were corrected more often', keys: ['.'], context: 'tuning', repeats: true, when: preprocessing, run: ({ tuning }) => void tuning.preprocessing.ask(tuning.preprocessing.least + 1) },
  { id: 'tuning.phrase.skip', label: 'Leave the selected phrase out, or take it back in', keys: ['x'], context: 'tuning', when: withPhrase, run: ({ tuning }) => void tuning.preprocessing.skip() },
  { id: 'tuning.phrase.open', label: 'Play where the selected phrase was corrected', keys: [], context: 'tuning', when: withPhrase, run: (desk) => void desk.try(() => desk.tuning.preprocessing.openPhrase()) },
  { id: 'tuning.example.open', label: 'Play the selected example in review', keys: [], context: 'tuning', when: withExample, run: (desk) => void desk.try(() => desk.tuning.preprocessing.openExample()) },
  { id: 'tuning.vocabulary.export', label: 'Export the vocabulary table', keys: [], context: 'tuning', when: exportable, run: ({ tuning }) => void tuning.preprocessing.exportVocabulary() },
  { id: 'tuning.examples.export', label: 'Export the examples', keys: [], context: 'tuning', when: withExample, run: ({ tuning }) => void tuning.preprocessing.exportExamples() },
]

/** Limits of gates: trying them, checking them, and putting them in force. */
export const TUNING: Action[] = [
  { id: 'tuning.gate.next', label: 'Next gate', keys: ['Alt+ArrowDown'], context: 'tuning', repeats: true, run: ({ tuning }) => tuning.moveGate(1) },
  { id: 'tuning.gate.previous', label: 'Previous gate', keys: ['Alt+ArrowUp'], context: 'tuning', repeats: true, run: ({ tuning }) => tuning.moveGate(-1) },
  ...limit,
  ...checking,
  ...tabs,
  ...sound,
  ...lessons,
  { id: 'tuning.item.next', label: 'Next item that would change', keys: ['j'], context: 'tuning', repeats: true, when: ({ tuning }) => tuning.effects.row !== null, run: ({ tuning }) => tuning.effects.move(1) },
  { id: 'tuning.item.previous', label: 'Previous item that would change', keys: ['k'], context: 'tuning', repeats: true, when: ({ tuning }) => tuning.effects.row !== null, run: ({ tuning }) => tuning.effects.move(-1) },
  { id: 'tuning.open', label: 'Open the item in review', keys: ['o'], context: 'tuning', when: ({ tuning }) => tuning.effects.row !== null, run: (desk) => void desk.try(() => desk.tuning.open()) },
]
