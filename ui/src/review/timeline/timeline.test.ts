import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { FlagView } from '../../api/generated/FlagView'
import type { Word } from '../words'
import { Gestures, type GestureHost } from './gestures'
import { flagClusters, LANE_PX, layoutRows, wordTable } from './layout'
import { sayDrag, sayHit } from './readout'
import { TimelineState } from './timeline.svelte'

const DURATION = 100_000_000

function state(): TimelineState {
  const s = new TimelineState()
  s.setSize(DURATION, 1_000)
  return s
}

describe('view', () => {
  it('shows all at first, stays whole in a pane of another size, and keeps a zoom', () => {
    const s = state()
    expect(s.fits).toBe(true)
    s.setSize(DURATION, 500)
    expect(s.us_per_px).toBe(200_000)
    s.zoom(0.1, 0)
    s.setSize(DURATION, 800)
    expect(s.us_per_px).toBe(20_000)
  })
})

describe('following', () => {
  let s: TimelineState
  beforeEach(() => {
    s = state()
    s.movePlayhead(5_000_000)
    s.zoom(0.1, 0)
  })

  it('turns the page when playback leaves the view', () => {
    s.movePlayhead(9_990_000)
    expect(s.from_us).toBe(0)
    s.movePlayhead(10_030_000)
    expect(s.from_us).toBe(10_030_000 - 0.08 * 10_000_000)
  })
  it('never moves while a drag is on', () => {
    s.movePlayhead(9_990_000)
    s.drag = { kind: 'scrub', at_us: null }
    s.movePlayhead(10_030_000)
    s.movePlayhead(60_000_000)
    s.reveal(80_000_000)
    expect(s.from_us).toBe(0)
  })
  it('waits where the reviewer looked elsewhere, until the playhead is met again', () => {
    s.pan(3_000)
    const from_us = s.from_us
    expect(s.away).toBe(true)
    s.movePlayhead(5_030_000)
    expect(s.from_us).toBe(from_us)
    s.pan(-3_000)
    expect(s.away).toBe(false)
  })
  it('is off where it was switched off, but a jump is still shown', () => {
    s.setFollow(false)
    s.movePlayhead(9_990_000)
    s.movePlayhead(10_030_000)
    expect(s.from_us).toBe(0)
    s.movePlayhead(60_000_000)
    expect(s.from_us).toBe(55_000_000)
    s.movePlayhead(20_000_000)
    expect(s.from_us).toBe(15_000_000)
  })
  it('comes back to the playhead when switched on', () => {
    s.pan(3_000)
    s.setFollow(true)
    expect(s.away).toBe(false)
    expect(s.from_us).toBeLessThanOrEqual(5_000_000)
  })
  it('keeps the playhead in place when zooming by key', () => {
    s.zoomByKey(0.5)
    expect((5_000_000 - s.from_us) / s.us_per_px).toBeCloseTo(500)
  })
})

describe('gestures', () => {
  const words = [{ id: 0, text: 'so', start_us: 10_000_000, end_us: 20_000_000 }] as Word[]
  const flags = [{ id: 'f', gate: 'reading_speed', why: '31 characters a second, limit 25', start_us: 40_000_000, end_us: 40_000_000, verdict: null }] as FlagView[]
  const anchors = [{ id: 'x', transcript_us: 48_000_000, media_us: 50_000_000 }]
  const rows = layoutRows(420, false, 0).rows
  const y = (id: string) => (rows.find((r) => r.id === id)?.y ?? 0) + 8

  function desk(selected_word: number | null) {
    const s = state()
    const clusters = flagClusters(flags, s.us_per_px)
    const told = { onseek: vi.fn(), onscrub: vi.fn(), onselect: vi.fn(), onretime: vi.fn(), onanchor: vi.fn() }
    const host: GestureHost = {
      targets: () => ({
        view: s.view, rows, words: wordTable(words, false), crowded: false, anchors, shots: new Float64Array(0), lanes: [],
        lane_px: LANE_PX, clusters_at: Float64Array.from([40_000_000]), selected_word,
      }),
      duration_us: () => DURATION,
      anchors: () => anchors,
      annotations: () => [],
      flags: () => flags,
      clusters: () => clusters,
      selected_flag: () => null,
      ...told,
    }
    return { s, host, gestures: new Gestures(s, host), ...told }
  }

  it('seek on empty ground and scrub on the waveform', () => {
    const { gestures, onseek, onscrub, s } = desk(null)
    gestures.down(700, y('words'))
    expect(onseek).toHaveBeenLastCalledWith(70_000_000)
    gestures.move(800, y('words'))
    expect(onseek).toHaveBeenCalledTimes(1)
    gestures.up()
    gestures.down(100, y('wave'))
    gestures.move(150, y('words'))
    expect(onscrub).toHaveBeenLastCalledWith(15_000_000)
    expect(onseek).toHaveBeenLastCalledWith(10_000_000)
    expect(gestures.up()).toBeNull()
    expect(onseek).toHaveBeenLastCalledWith(15_000_000)
    expect(s.drag).toBeNull()
  })
  it('select a word at the first press and move it only at the next', () => {
    const first = desk(null)
    first.gestures.down(150, y('words'))
    first.gestures.move(180, y('words'))
    expect(first.onselect).toHaveBeenCalledWith({ word: 0 })
    expect(first.s.drag).toBeNull()

    const { gestures, onretime, s } = desk(0)
    gestures.down(150, y('words'))
    gestures.move(152, y('words'))
    expect(s.drag).toBeNull()
    gestures.move(180, y('words'))
    expect(onretime).not.toHaveBeenCalled()
    expect(s.drag && sayDrag(s.drag)).toBe('start 0:00:13.000, +3.00 s')
    expect(gestures.up()).not.toBeNull()
    expect(onretime).toHaveBeenCalledWith(0, 13_000_000, 23_000_000)
  })
  it('drag one edge', () => {
    const { gestures, onretime } = desk(0)
    gestures.down(199, y('words'))
    gestures.move(219, y('words'))
    gestures.up()
    expect(onretime).toHaveBeenCalledWith(0, 10_000_000, 22_000_000)
  })
  it('tell nothing of a drag that is cancelled or comes back', () => {
    const { gestures, onretime, s } = desk(0)
    gestures.down(150, y('words'))
    gestures.move(180, y('words'))
    expect(gestures.cancel()).toBe(true)
    expect(gestures.up()).toBeNull()
    gestures.down(150, y('words'))
    gestures.move(180, y('words'))
    gestures.move(150, y('words'))
    expect(gestures.up()).toBeNull()
    expect(onretime).not.toHaveBeenCalled()
    expect(s.drag).toBeNull()
    expect(gestures.cancel()).toBe(false)
  })
  it('move an anchor on the media and leave its place in the transcript', () => {
    const { gestures, onanchor, onselect, host, s } = desk(null)
    gestures.down(503, y('plumb'))
    expect(onselect).toHaveBeenCalledWith({ anchor: 'x' })
    gestures.move(523, y('plumb'))
    expect(s.drag && sayDrag(s.drag)).toBe('anchor 0:00:52.000, drift +4.00 s, moved +2.00 s')
    gestures.up()
    expect(onanchor).toHaveBeenCalledWith('x', 48_000_000, 52_000_000)
    expect(sayHit({ kind: 'anchor', anchor: 0 }, host)).toBe('anchor 0:00:50.000, drift +2.00 s')
  })
  it('select a flag, and say why it was raised', () => {
    const { gestures, onselect, host } = desk(null)
    gestures.down(405, y('flags'))
    expect(onselect).toHaveBeenCalledWith({ flag: 'f' })
    expect(sayHit({ kind: 'flags', cluster: 0 }, host)).toBe('31 characters a second, limit 25')
  })
})
