import { describe, expect, it } from 'vitest'
import type { MediaRow } from '../api/generated/MediaRow'
import { filtered, sorted } from './rows'

function row(id: string, change: Partial<MediaRow> = {}): MediaRow {
  return {
    id, name: id, path: `folder/${id}`, state: 'reviewed', duration_us: 0, has_video: true, words: 0, verdict: null, worst_drift_us: null, plumb_us: [],
    open_flags: [], decided_flags: 0, confidence: null, annotations: 0, defects: 0, finished: null, ...change,
  }
}

const rows = [row('clip 10', { worst_drift_us: -900 }), row('clip 9', { worst_drift_us: 100, state: 'proposed' }), row('clip 1', { state: 'flagged' })]
const ids = (rows: MediaRow[]) => rows.map(({ id }) => id)

describe('sorted', () => {
  it.each([
    ['name', false, ['clip 1', 'clip 9', 'clip 10']],
    ['drift', true, ['clip 10', 'clip 9', 'clip 1']],
    ['drift', false, ['clip 9', 'clip 10', 'clip 1']],
    ['state', false, ['clip 9', 'clip 1', 'clip 10']],
  ] as const)('by %s, descending %s', (column, descending, order) => expect(ids(sorted(rows, { column, descending }))).toEqual(order))
})

describe('filtered', () => {
  it('takes any of the states, and text of name or path', () => {
    expect(ids(filtered(rows, new Set(), ''))).toHaveLength(3)
    expect(ids(filtered(rows, new Set(['proposed', 'flagged'] as const), ''))).toEqual(['clip 9', 'clip 1'])
    expect(ids(filtered(rows, new Set(), ' CLIP 1 '))).toEqual(['clip 10', 'clip 1'])
    expect(ids(filtered(rows, new Set(), 'folder/clip 9'))).toEqual(['clip 9'])
  })
})
