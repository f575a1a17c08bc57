import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Recorded } from '../../api/recorded'
import { Notices } from '../../desk/notices.svelte'
import { Writes } from '../../desk/writes.svelte'
import { Review } from '../review.svelte'
import { usualSpan } from './annotating.svelte'
import { HANDLES } from './regions'
import { rangeOf, wordsOf } from './links'

const LEAST = { width: 0.01, height: 0.01 }

describe('Annotating', () => {
  let api: Recorded
  let review: Review
  let applied: string[]
  beforeEach(async () => {
    api = new Recorded(new URLSearchParams())
    applied = []
    const apply = api.apply.bind(api)
    api.apply = (media, op) => {
      applied.push(op.op)
      return apply(media, op)
    }
    const notices = new Notices()
    const writes = new Writes(notices, (changed) => review.refresh(changed.stale))
    review = new Review(api, writes, notices)
    await review.open('gauge')
  })
  afterEach(() => review.close())

  const region = () => review.annotating.selected?.region

  it('writes a drag once, at its end', async () => {
    const { annotating } = review
    annotating.select('n1')
    const from = annotating.selected?.region
    if (!from) throw new Error('no n1')
    for (const x of [0.01, 0.05, 0.1]) annotating.drag(from, { x, y: 0 })
    expect([region()?.x, applied]).toEqual([0.22, []])
    await annotating.commit()
    expect([region()?.x, applied, annotating.edited.has('n1')]).toEqual([0.22, ['set_annotation'], true])
    expect(annotating.imported?.region?.x).toBe(0.12)
    annotating.restore()
    await expect.poll(() => region()?.x).toBe(0.12)
  })

  it('writes nothing where nothing moved or the drag is taken back', async () => {
    const { annotating } = review
    annotating.select('n1')
    const from = annotating.selected?.region
    if (!from) throw new Error('no n1')
    annotating.drag(from, { x: 0.1, y: 0 })
    annotating.cancel()
    await annotating.commit()
    annotating.drag(from, { x: 0, y: 0 })
    await annotating.commit()
    expect([region(), applied]).toEqual([from, []])
  })

  it('stays where it was put while it is being written', () => {
    const { annotating } = review
    annotating.select('n1')
    const from = annotating.selected?.region
    const corner = HANDLES.find(({ id }) => id === 'se')
    if (!from || !corner) throw new Error('no n1')
    annotating.pull(from, corner, { x: 0.1, y: 0.1 }, LEAST)
    void annotating.commit()
    expect(region()?.w).toBeCloseTo(0.3)
  })

  it('adds a box for the shot that is on, and takes it away again', async () => {
    const { annotating, player } = review
    player.seek(12_000_000)
    annotating.draw('annotation')
    annotating.draw('annotation')
    const added = annotating.selected
    expect([added?.start_us, added?.end_us, annotating.drawing]).toEqual([9_409_400, 17_317_300, null])
    await expect.poll(() => annotating.added.has(added?.id ?? '')).toBe(true)
    annotating.remove()
    await expect.poll(() => applied).toEqual(['set_annotation', 'remove_annotation'])
    expect(annotating.all.some(({ id }) => id === added?.id)).toBe(false)
  })

  it('keeps a region without an annotation until something else is chosen', () => {
    const { annotating } = review
    annotating.draw('region')
    annotating.finishBetween({ x: 0.1, y: 0.1 }, { x: 0.3, y: 0.4 }, LEAST)
    expect([annotating.region, applied]).toEqual([{ x: 0.1, y: 0.1, w: 0.2, h: 0.3 }, []])
    annotating.drag({ x: 0.1, y: 0.1, w: 0.2, h: 0.3 }, { x: 0.5, y: 0 })
    expect([annotating.region?.x, applied]).toEqual([0.6, []])
    annotating.select('n1')
    expect(annotating.region?.x).toBe(0.12)
    review.unselect()
    expect(annotating.region).toBeNull()
  })

  it('moves an end to the playhead, and the whole where it would turn over', async () => {
    const { annotating, player } = review
    annotating.select('n2')
    player.seek(3_000_000)
    annotating.retime('start')
    await expect.poll(() => annotating.selected?.start_us).toBe(3_000_000)
    expect(annotating.selected?.end_us).toBe(8_000_000)
    player.seek(10_000_000)
    annotating.retime('start')
    expect([annotating.selected?.start_us, annotating.selected?.end_us]).toEqual([10_000_000, 15_000_000])
  })

  it('links with words, tells them both ways, and lets go of them', async () => {
    const { annotating } = review
    annotating.select('n1')
    annotating.link(rangeOf(review.list, 4, 4))
    annotating.link(rangeOf(review.list, 2, 2))
    expect(annotating.linked).toEqual([2, 5])
    expect(wordsOf(review.list, [2, 5]).split(' ')).toHaveLength(3)
    for (const [word, goes] of [[1, false], [2, true], [4, true], [5, false]] as const) {
      review.select({ word })
      expect(annotating.ofWord.has('n1')).toBe(goes)
    }
    annotating.unlink()
    expect(annotating.linked).toBeNull()
    await expect.poll(() => applied).toHaveLength(3)
  })

  it('narrows the list by label and text, and moves through what is left', () => {
    const { annotating } = review
    annotating.label = 'text'
    expect(annotating.listed.map(({ id }) => id)).toEqual(['n2', 'n7'])
    annotating.text = ' 40 L'
    expect(annotating.listed.map(({ id }) => id)).toEqual(['n7'])
    annotating.move(1)
    expect([annotating.selected?.id, review.player.playhead_us]).toEqual(['n7', 29_000_000])
    annotating.move(1)
    expect(annotating.selected?.id).toBe('n7')
  })
})

describe('usualSpan', () => {
  it.each([
    ['the shot that is on', 5, [0, 4, 9], { start_us: 4, end_us: 9 }],
    ['the last shot', 9, [0, 4, 9], { start_us: 9, end_us: 9_000_000 }],
    ['two seconds where no cut is known', 5, [0], { start_us: 5, end_us: 2_000_005 }],
    ['what is left at the end', 8_999_999, [], { start_us: 8_999_999, end_us: 9_000_000 }],
  ])('is %s', (_, at_us, shots, expected) => expect(usualSpan(at_us, 9_000_000, shots)).toEqual(expected))
})
