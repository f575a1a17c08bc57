import { onDesk, type Action } from '../actions/action'
import type { ExportKind } from '../api/api'
import type { Desk } from '../desk/desk.svelte'

const missing = ({ library, review }: Desk) => library.all.some((row) => row.id === review.media && row.state === 'missing')

const EXPORTS: { kind: ExportKind; label: string }[] = [
  { kind: 'transcribe', label: 'Export Transcribe JSON' },
  { kind: 'srt', label: 'Export SRT' },
  { kind: 'vtt', label: 'Export WebVTT' },
  { kind: 'annotations', label: 'Export annotations' },
]

/** The media on the desk as a whole. */
export const MEDIA: Action[] = [
  { id: 'media.next', label: 'Next media to review', keys: [], context: 'review', run: (desk) => void desk.openNext() },
  { id: 'transcribe', label: 'Write down what is said', keys: ['Ctrl+Shift+t'], context: 'review', when: ({ review }) => review.unheard, run: (desk) => desk.transcribe() },
  { id: 'read_text', label: 'Read the text on screen', keys: ['Ctrl+Shift+r'], context: 'review', when: ({ review }) => (review.info?.picture ?? null) !== null, run: (desk) => desk.readText() },
  { id: 'align', label: 'Look for drift again', keys: [], context: 'review', when: onDesk, run: (desk) => desk.align() },
  { id: 'relocate', label: 'Find the file', keys: [], context: 'review', when: missing, run: (desk) => void desk.relocate() },
  { id: 'export', label: 'Export', keys: ['Ctrl+e'], context: 'review', when: onDesk, run: (desk) => (desk.overlay = desk.overlay === 'export' ? null : 'export') },
  ...EXPORTS.map(({ kind, label }): Action => ({ id: `export.${kind}`, label, keys: [], context: 'review', when: onDesk, run: (desk) => void desk.export(kind) })),
]
