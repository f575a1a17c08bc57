import { expect, it } from 'vitest'
import { Player } from '../player.svelte'
import { Loop } from './loop.svelte'

function made() {
  const player = new Player()
  player.load(60_000_000, null)
  const loop = new Loop()
  const at = (at_us: number) => {
    player.seek(at_us)
    loop.moved(player)
    return player.playhead_us
  }
  return { player, loop, at }
}

it('plays a stretch again at its end, while it plays', () => {
  const { player, loop, at } = made()
  loop.toggle({ start_us: 2_000_000, end_us: 4_000_000 }, player)
  expect(player.playhead_us).toBe(2_000_000)
  player.playing = true
  expect([at(3_999_999), at(4_010_000)]).toEqual([3_999_999, 2_000_000])
  player.playing = false
  expect(at(4_010_000)).toBe(4_010_000)
})

it('ends when it is asked to, or when the playhead is sent elsewhere', () => {
  const { player, loop, at } = made()
  loop.toggle({ start_us: 2_000_000, end_us: 4_000_000 }, player)
  player.playing = true
  expect([at(9_000_000), loop.span]).toEqual([9_000_000, null])
  loop.toggle({ start_us: 2_000_000, end_us: 4_000_000 }, player)
  loop.toggle(null, player)
  expect(loop.span).toBeNull()
})
