import { expect, it } from 'vitest'
import { shapeOf, Speakers } from './speakers'

it('shows labels with one name as one speaker', () => {
  const speakers = new Speakers([
    { label: 'spk_0', name: 'Ada' },
    { label: 'spk_1', name: 'spk_1' },
    { label: 'spk_2', name: 'Ada' },
  ])
  expect(speakers.all.map(({ number, name, labels }) => [number, name, labels])).toEqual([
    [1, 'Ada', ['spk_0', 'spk_2']],
    [2, 'spk_1', ['spk_1']],
  ])
  expect([0, 1, 2, 3, null].map((index) => speakers.of(index)?.name)).toEqual(['Ada', 'spk_1', 'Ada', undefined, undefined])
  expect([speakers.numbered(2)?.name, speakers.numbered(3), speakers.unused()]).toEqual(['spk_1', null, 'spk_3'])
  expect(new Set(Array.from({ length: 9 }, (_, i) => shapeOf({ number: i + 1, name: '', labels: [] }))).size).toBe(9)
})
