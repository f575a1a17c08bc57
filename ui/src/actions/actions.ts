import { ASKING } from '../asking/actions'
import { DESK } from '../desk/actions'
import { FIND } from '../find/actions'
import { ARCHIVE } from '../jobs/archive/actions'
import { JOBS } from '../jobs/actions'
import { LAB } from '../lab/actions'
import { GRID } from '../lab/grid/actions'
import { LIBRARY } from '../library/actions'
import { MERGE } from '../merge/actions'
import { QUEUE } from '../queue/actions'
import { MEDIA } from '../review/actions'
import { DOCUMENTS } from '../review/documents/actions'
import { FLAGS } from '../review/flags/actions'
import { PICTURE } from '../review/picture/actions'
import { ANNOTATIONS } from '../review/picture/annotation_actions'
import { TIMELINE } from '../review/timeline/actions'
import { TRANSCRIPT } from '../review/transcript/actions'
import { SEARCH } from '../search/actions'
import { SIDE } from '../side/side'
import { TUNING } from '../tuning/actions'
import type { Action } from './action'

export { isAvailable, type Action } from './action'

/** Everything that can be done. Menus, buttons, the palette, the cheat sheet and the keys all read this one table. */
export const ACTIONS: readonly Action[] = [
  ...FLAGS, ...QUEUE, ...PICTURE, ...ANNOTATIONS, ...TRANSCRIPT, ...TIMELINE, ...MEDIA, ...DOCUMENTS, ...LIBRARY, ...SEARCH, ...FIND, ...SIDE, ...MERGE, ...TUNING, ...LAB, ...GRID, ...ASKING, ...JOBS, ...ARCHIVE, ...DESK,
]

const BY_ID = new Map(ACTIONS.map((action) => [action.id, action]))

export function action(id: string): Action {
  const found = BY_ID.get(id)
  if (!found) throw new Error(`There is no action ${id}.`)
  return found
}
