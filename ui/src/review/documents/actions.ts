import type { Action } from '../../actions/action'
import type { Desk } from '../../desk/desk.svelte'
import { toggle } from '../../side/side'

const onDesk = (desk: Desk) => desk.room === 'review' && desk.review.media !== null
const chosen = (desk: Desk) => onDesk(desk) && desk.side === 'documents' && desk.review.documents.row !== null

/** The documents of the media on the desk. */
export const DOCUMENTS: Action[] = [
  { id: 'documents', label: 'Documents of the media', keys: ['Ctrl+Shift+d'], context: 'global', when: onDesk, run: (desk) => toggle(desk, 'documents') },
  { id: 'documents.attach', label: 'Attach documents', keys: ['Ctrl+Alt+d'], context: 'global', when: onDesk, run: (desk) => void desk.attachDocuments() },
  { id: 'documents.detach', label: 'Detach the document that is open', keys: [], context: 'global', when: chosen, run: (desk) => desk.detachDocument() },
]
