import type { Changed } from '../generated/Changed'
import type { HistoryFilter } from '../generated/HistoryFilter'
import type { HistoryGroup } from '../generated/HistoryGroup'
import type { HistoryPlace } from '../generated/HistoryPlace'
import type { HistoryRow } from '../generated/HistoryRow'
import type { HistoryView } from '../generated/HistoryView'
import type { RestorePreview } from '../generated/RestorePreview'
import type { ReviewOp } from '../generated/ReviewOp'
import type { ProjectOp } from '../../tuning/types'

/** A change to a media, or to the project. */
export type Entry = { media: string; op: ReviewOp } | { media: null; op: ProjectOp }

/** What was done, with the changes in force before and after. */
interface Step {
  clause: string
  did: string
  before: Entry[]
  after: Entry[]
  row: HistoryRow
}

const DID: Record<Entry['op']['op'], [HistoryGroup, string, string]> = {
  accept_map: ['alignment', 'accept the map', 'accepted the map'],
  accept_piece: ['alignment', 'accept the piece', 'accepted a piece of the map'],
  reject_map: ['alignment', 'reject the map', 'rejected the map'],
  set_anchor: ['alignment', 'set an anchor', 'set an anchor'],
  remove_anchor: ['alignment', 'remove an anchor', 'removed an anchor'],
  retime_word: ['words', 'retime a word', 'moved a word'],
  reset_word_time: ['words', 'reset the time of a word', 'gave a word back to the map'],
  edit_word: ['words', 'edit a word', 'wrote a word'],
  decide: ['flags', 'decide on a flag', 'decided on a flag'],
  write_words: ['words', 'write the words', 'wrote words'],
  assign_speaker: ['speakers', 'reassign the speaker', 'reassigned words'],
  name_speaker: ['speakers', 'rename the speaker', 'named a speaker'],
  set_annotation: ['annotations', 'change the annotation', 'changed an annotation'],
  remove_annotation: ['annotations', 'remove the annotation', 'removed an annotation'],
  add_defect: ['flags', 'add the defect', 'marked a defect'],
  remove_defect: ['flags', 'remove the defect', 'removed a defect'],
  set_profile: ['alignment', 'prepare the sound', 'set how the sound is prepared'],
  detach_document: ['files', 'detach the document', 'detached a document'],
  finish: ['flags', 'finish the media', 'called the review done'],
  start_probing: ['project', 'start checking blind', 'started checking blind'],
  stop_probing: ['project', 'stop checking blind', 'stopped checking blind'],
  set_limit: ['project', 'set the limit', 'set a limit'],
  activate_proposal: ['project', 'activate the proposed limits', 'activated proposed limits'],
  activate_version: ['project', 'activate the version of the limits', 'activated a version of the limits'],
  skip_phrase: ['project', 'leave out the phrase', 'left a phrase out of the vocabulary'],
}

/** What an operation says beyond its kind. */
function detail(op: ReviewOp): string {
  switch (op.op) {
    case 'edit_word':
      return op.text ? `wrote “${op.text}”` : 'removed a word'
    case 'write_words': {
      const text = op.words.map((word) => word.text).filter(Boolean).join(' ')
      return text ? `wrote “${text}”` : 'removed words'
    }
    case 'assign_speaker':
      return `reassigned ${op.words.length} words to ${op.speaker}`
    case 'decide':
      return op.decision ? `called a flag ${op.decision.replace('_', ' ')}` : 'withdrew a verdict'
    default:
      return DID[op.op][2]
  }
}

function placeOf(op: ReviewOp): HistoryPlace | null {
  const nowhere: HistoryPlace = { at_us: null, word: null, flag: null, annotation: null }
  if ('flag' in op) return { ...nowhere, flag: op.flag }
  if ('word' in op) return { ...nowhere, word: op.word }
  if (op.op === 'write_words') return { ...nowhere, word: op.words[0]?.word ?? null }
  if (op.op === 'assign_speaker') return { ...nowhere, word: op.words[0] ?? null }
  if ('annotation' in op) return { ...nowhere, annotation: op.annotation.id, at_us: op.annotation.start_us }
  return null
}

/** The log of the recording: every step with what is in force behind it, so that any of them can be gone back to. */
export class Log {
  entries: Entry[] = []
  seq = 1
  #steps: Step[] = []
  #undo: Step[] = []
  #redo: Step[] = []
  #names: (media: string) => string

  constructor(names: (media: string) => string) {
    this.#names = names
  }

  get standing(): Pick<Changed, 'seq' | 'undo' | 'redo'> {
    return { seq: this.seq, undo: this.#undo.at(-1)?.clause ?? null, redo: this.#redo.at(-1)?.clause ?? null }
  }

  apply(media: string, op: ReviewOp): void {
    const [group, clause] = DID[op.op]
    const last = this.#undo.at(-1)
    const run = op.op === 'write_words' ? op.run : null
    const after: Entry[] = [...this.entries, { media, op }]
    if (run !== null && last && last === this.#steps.at(-1) && runOf(last) === run) {
      // Typing goes on: the step grows.
      Object.assign(last.row, { seq: ++this.seq, events: last.row.events + 1, did: detail(op) })
      last.after = after
      this.entries = after
      return
    }
    this.#undo.push(this.#did(clause, detail(op), group, media, after, placeOf(op)))
    this.#redo = []
  }

  applyProject(op: ProjectOp): void {
    const [group, clause, did] = DID[op.op]
    this.#undo.push(this.#did(clause, did, group, null, [...this.entries, { media: null, op }], null))
    this.#redo = []
  }

  /** Changes to several media as one step. */
  replace(changes: Entry[]): void {
    if (changes.length === 0) return
    this.#undo.push(this.#did('replace the text', 'replaced text', 'words', null, [...this.entries, ...changes], null))
    this.#redo = []
  }

  undo(): string | null {
    const step = this.#undo.pop()
    if (!step) return null
    this.#did(step.clause, `undid: ${step.did}`, 'undo', step.row.media, step.before, step.row.place)
    step.row.undone = true
    this.#redo.push(step)
    return step.row.media
  }

  redo(): string | null {
    const step = this.#redo.pop()
    if (!step) return null
    this.#did(step.clause, `redid: ${step.did}`, 'undo', step.row.media, step.after, step.row.place)
    step.row.undone = false
    this.#undo.push(step)
    return step.row.media
  }

  restore(seq: number, media: string | null): void {
    const { changes } = this.preview(seq, media)
    if (changes.length === 0) return
    this.#undo.push(this.#did('restore how things stood', `restored how things stood: ${changes.join(', ')}`, 'undo', media, this.#back(seq, media), null))
    this.#redo = []
  }

  preview(seq: number, media: string | null): RestorePreview {
    const back = this.#back(seq, media)
    const differ = [...this.entries.filter((entry) => !back.includes(entry)), ...back.filter((entry) => !this.entries.includes(entry))]
    const of = (groups: HistoryGroup[]) => differ.filter(({ op }) => groups.includes(DID[op.op][0])).length
    const counts: [number, string][] = [
      [of(['words', 'speakers']), 'word'],
      [of(['flags']), 'verdict'],
      [of(['annotations']), 'annotation'],
      [of(['alignment']), 'map'],
    ]
    const changes = counts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}${n === 1 ? '' : 's'}`)
    return { seq: this.seq, words: counts[0]?.[0] ?? 0, verdicts: counts[1]?.[0] ?? 0, annotations: counts[2]?.[0] ?? 0, changes }
  }

  history(filter: HistoryFilter, before: number | null, limit: number): HistoryView {
    const wanted = ({ seq, media, who, group }: HistoryRow) =>
      seq < (before ?? Infinity) && (!filter.media || filter.media === media) && (!filter.who || filter.who === who) && (!filter.group || filter.group === group)
    const found = this.#steps.map(({ row }) => row).reverse().filter(wanted)
    const rows = found.slice(0, limit).map((row) => ({ ...row }))
    const next = found[limit]
    return { seq: this.seq, rows, next: next ? next.seq + 1 : null, people: ['Ada'], undo: this.#undo.at(-1)?.row.seq ?? null }
  }

  #back(seq: number, media: string | null): Entry[] {
    const then = this.#steps.findLast((step) => step.row.seq <= seq)?.after ?? []
    if (media === null) return then
    return [...this.entries.filter((entry) => entry.media !== media), ...then.filter((entry) => entry.media === media)]
  }

  #did(clause: string, did: string, group: HistoryGroup, media: string | null, after: Entry[], place: HistoryPlace | null): Step {
    this.seq++
    const row: HistoryRow = {
      seq: this.seq, first: this.seq, events: 1, at_us: Date.now() * 1000, who: 'Ada', group, media, media_name: media && this.#names(media), did, undone: false, place,
    }
    const step = { clause, did, before: this.entries, after, row }
    this.entries = after
    this.#steps.push(step)
    return step
  }
}

function runOf(step: Step): string | null {
  const op = step.after.at(-1)?.op
  return op?.op === 'write_words' ? op.run : null
}
