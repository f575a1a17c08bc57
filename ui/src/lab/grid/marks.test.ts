import { describe, expect, it } from 'vitest'
import type { ClipView } from '../../api/generated/ClipView'
import type { LabMark } from '../../api/generated/LabMark'
import { seeded } from '../../api/recorded/random'
import { lookOf, MOST, TRUTH } from './looks'
import { drawnOf, saidOf, standingAt, standOf, TAG_HEIGHT, voicesOf } from './marks'
import { namesOf } from './names'

const mark = (part: Partial<LabMark>): LabMark => ({ start_us: 0, end_us: 100, region: { x: 0.1, y: 0.1, w: 0.2, h: 0.2 }, label: 'door', text: 'door', confidence: null, standing: 'matched', partner: null, ...part })
const clip: ClipView = {
  media: 'm', start_us: 0, end_us: 100,
  truth: [mark({}), mark({ label: 'sign', start_us: 50 })],
  variants: [[mark({ text: 'a red door' })], [mark({ label: 'dog', standing: 'extra' })], []],
  missed: [[1], [0, 1], [0, 1]],
}

describe('voices', () => {
  const tell = (shown: number[], truth = true) => voicesOf(clip, ['one', 'two', 'three'], new Set(shown), truth)
  it('are the truth and what is shown, by number', () => {
    expect(tell([2, 0]).map(({ name, look }) => `${look.number} ${name}`)).toEqual(['T Truth', '1 one', '3 three'])
    expect(tell([1], false).map(({ key }) => key)).toEqual(['v1'])
  })
  it.each([
    [[0], ['', '✕1']],
    [[0, 1], ['✕2', '✕1✕2']],
    [[], ['', '']],
  ])('say of the truth who of %o missed it', (shown, signs) => expect(standingAt(tell(shown).slice(0, 1), 60).map((one) => standOf(one).sign)).toEqual(signs))
})

it('knows what stands at a moment, half open', () => {
  const at = (at_us: number) => standingAt(voicesOf(clip, [], new Set([0, 1]), true), at_us).map(({ voice, mark }) => `${voice.look.number} ${saidOf(mark)}`)
  expect(at(0)).toEqual(['T door', '1 door: a red door', '2 dog: door'])
  expect(at(50)).toContain('T sign: door')
  expect(at(100)).toEqual([])
})

it('gives every variant a hue with a pattern, a number and a shape of its own, and the truth alone a whole line', () => {
  const looks = Array.from({ length: MOST }, (_, i) => lookOf(i))
  expect(new Set(looks.map(({ hue, dash }) => `${hue} ${dash}`)).size).toBe(MOST)
  expect(new Set(looks.map(({ shape }) => shape)).size).toBe(MOST)
  expect([looks.every(({ dash }) => dash !== ''), TRUTH.dash]).toEqual([true, ''])
})

it('lays no name over another where there is room, and none outside of the picture', () => {
  const picture = { x: 0, y: 0, width: 640, height: 360 }
  for (let seed = 1; seed < 40; seed++) {
    const random = seeded(seed)
    // Half of the times all boxes lie close together.
    const near = seed % 2 === 0 ? 0.2 : 1
    const marks = Array.from({ length: 12 }, () => mark({ region: { x: random() * near, y: random() * near, w: 0.2, h: 0.2 } }))
    const drawn = drawnOf(standingAt([{ key: 'v', name: 'one', look: lookOf(0), marks, missed: [] }], 0), picture)
    expect(drawn).toHaveLength(12)
    for (const [i, one] of drawn.entries()) {
      expect(one.x >= 0 && one.y >= 0 && one.y + TAG_HEIGHT <= picture.height).toBe(true)
      const over = drawn.slice(i + 1).filter((other) => Math.abs(other.y - one.y) < TAG_HEIGHT && Math.abs(other.x - one.x) < one.tag.length * 6)
      expect(over.map(({ tag }) => tag)).toEqual([])
    }
  }
})

it('leaves what has no place in the picture out of it', () => {
  expect(drawnOf(standingAt([{ key: 'v', name: 'one', look: lookOf(0), marks: [mark({ region: null })], missed: [] }], 0), { x: 0, y: 0, width: 10, height: 10 })).toEqual([])
})

it('calls variants by their versions, and by models where these do not tell them apart', () => {
  const models = [{ id: 'n', name: 'Nova', temperature: true }]
  const head = (label: string, model: string, temperature: number | null = null) => ({ label, model, temperature })
  expect(namesOf([head('d@1', 'n'), head('d@2', 'n', 0.7), head('d@2', 'c')], models)).toEqual(['d@1', 'd@2, Nova, temp. 0.7', 'd@2, c'])
})
