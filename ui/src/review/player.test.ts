import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { insideFrame, Player } from './player.svelte'

/** What the player needs of a <video>, with seeks that end when the test says so. */
function fakeVideo(): { video: HTMLVideoElement; sought: number[]; seeked: () => void } {
  const video = document.createElement('video')
  const sought: number[] = []
  Object.defineProperties(video, {
    readyState: { value: 4 },
    currentTime: { set: (s: number) => void sought.push(Math.round(s * 1e6)), get: () => (sought.at(-1) ?? 0) / 1e6 },
    pause: { value: () => {} },
    play: { value: vi.fn() },
  })
  return { video, sought, seeked: () => void video.dispatchEvent(new Event('seeked')) }
}

describe('Player', () => {
  let player: Player
  beforeEach(() => {
    vi.useFakeTimers()
    player = new Player()
    player.load(10_000_000, null)
  })
  afterEach(() => void vi.useRealTimers())

  it('makes one seek at a time, and of those that wait only the last', () => {
    const { video, sought, seeked } = fakeVideo()
    player.attach(video)
    for (const at_us of [1_000_000, 2_000_000, 3_000_000]) player.seek(at_us)
    expect([sought, player.playhead_us]).toEqual([[1_000_000], 3_000_000])
    seeked()
    expect(sought).toEqual([1_000_000, 3_000_000])
    seeked()
    player.seek(4_000_000)
    expect(sought.at(-1)).toBe(4_000_000)
  })

  it('lets the video follow a dragged playhead once it rests', () => {
    const { video, sought, seeked } = fakeVideo()
    player.attach(video)
    for (const at_us of [1_000_000, 2_000_000, 3_000_000]) player.scrub(at_us)
    expect([sought, player.playhead_us, player.scrubbing]).toEqual([[], 3_000_000, true])
    vi.advanceTimersByTime(200)
    expect([sought, player.scrubbing]).toEqual([[3_000_000], false])
    seeked()
    player.scrub(4_000_000)
    player.seek(5_000_000)
    vi.advanceTimersByTime(200)
    expect(sought).toEqual([3_000_000, 5_000_000])
  })

  it('goes on after a seek that is never answered', () => {
    const { video, sought } = fakeVideo()
    player.attach(video)
    player.seek(1_000_000)
    player.seek(2_000_000)
    vi.advanceTimersByTime(5000)
    expect(sought).toEqual([1_000_000, 2_000_000])
  })

  it('plays once a seek that is under way has ended, unless it was called off', () => {
    const { video, seeked } = fakeVideo()
    player.attach(video)
    player.seek(1_000_000)
    player.toggle()
    player.seek(2_000_000)
    expect(video.play).not.toHaveBeenCalled()
    seeked()
    expect(video.play).not.toHaveBeenCalled()
    seeked()
    expect(video.play).toHaveBeenCalledOnce()
    player.seek(3_000_000)
    player.toggle()
    player.toggle()
    seeked()
    expect(video.play).toHaveBeenCalledOnce()
  })

  it('keeps the playhead inside the media, with or without a video', () => {
    player.seek(-5)
    expect(player.playhead_us).toBe(0)
    player.seek(99_000_000)
    expect(player.playhead_us).toBe(10_000_000)
  })

  it('steps to the moment of the next frame, once for every time it is asked', async () => {
    const times_us = [0, 40_000, 100_000, 120_000]
    player.load(10_000_000, null, async () => ({ times_us, number: 0, from_start: true, to_end: true }))
    await Promise.all([player.step(1), player.step(1)])
    expect(player.playhead_us).toBe(100_000)
    await player.step(1)
    await player.step(1)
    expect(player.playhead_us).toBe(120_000)
    for (const at_us of [100_000, 40_000, 0, 0]) {
      await player.step(-1)
      expect(player.playhead_us).toBe(at_us)
    }
  })

  it('sends the decoder into the frame that is meant', async () => {
    const { video, sought } = fakeVideo()
    player.load(10_000_000, [25, 1], async () => ({ times_us: [0, 40_000, 44_000, 100_000], number: 0, from_start: true, to_end: true }))
    await player.frames.at(0)
    player.attach(video)
    for (const [at_us, inside_us] of [[40_000, 42_000], [44_000, 47_000], [99_999, 97_000], [70_000, 70_000], [100_000, 103_000]] as const) {
      player.seek(at_us)
      expect([player.playhead_us, sought.at(-1)]).toEqual([at_us, inside_us])
      video.dispatchEvent(new Event('seeked'))
    }
  })

  it('plays a loop from its start, whenever it is left behind', () => {
    const { video, sought, seeked } = fakeVideo()
    player.attach(video)
    player.loop = { start_us: 2_000_000, end_us: 3_000_000 }
    player.seek(5_000_000)
    seeked()
    player.play()
    expect(sought.at(-1)).toBe(2_000_000)
    seeked()
    player.resumeFrom(2_500_000)
    expect(sought.at(-1)).toBe(2_500_000)
    expect(player.loop).not.toBeNull()
    player.load(1, null)
    expect(player.loop).toBeNull()
  })
})

/** A <video> that plays to wherever the test says, a screen's frame at a time. */
function playingVideo(): { video: HTMLVideoElement; to: (at_us: number) => void; pauses: () => number } {
  const video = document.createElement('video')
  let [at_s, pauses] = [0, 0]
  Object.defineProperties(video, {
    readyState: { value: 4 },
    currentTime: { set: (s: number) => (at_s = s), get: () => at_s },
    play: { value: () => void video.dispatchEvent(new Event('play')) },
    pause: { value: () => (pauses++, video.dispatchEvent(new Event('pause'))) },
  })
  const to = (at_us: number) => {
    at_s = at_us / 1e6
    vi.advanceTimersToNextFrame()
  }
  return { video, to, pauses: () => pauses }
}

describe('playing', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function begun(frame_rate: [number, number] | null) {
    const player = new Player()
    player.load(10_000_000, frame_rate)
    const fake = playingVideo()
    player.attach(fake.video)
    return { player, ...fake }
  }

  it('tells the playhead once a picture, and exactly where it rests', () => {
    const { player, to } = begun([25, 1])
    player.play()
    const told = [41_000, 57_000, 79_000, 81_000].map((at_us) => (to(at_us), player.playhead_us))
    expect(told).toEqual([41_000, 41_000, 41_000, 81_000])
    to(97_000)
    player.pause()
    expect(player.playhead_us).toBe(97_000)
  })

  it('starts a video anew that plays and stands', () => {
    const { player, video, to, pauses } = begun(null)
    player.play()
    to(100_000)
    Object.defineProperty(video, 'paused', { value: false })
    const before = pauses()
    vi.advanceTimersByTime(1500)
    expect(pauses()).toBe(before)
    vi.advanceTimersByTime(1000)
    expect([pauses(), player.playing, player.plays]).toEqual([before + 1, true, 1])
    to(200_000)
    expect(player.playhead_us).toBe(200_000)
  })

  it('plays a stretch once; a seek forgets where it would have ended', () => {
    const { player, video, to, pauses } = begun(null)
    const before = pauses()
    player.playSpan(1_000_000, 2_000_000)
    video.dispatchEvent(new Event('seeked'))
    to(1_900_000)
    expect(pauses()).toBe(before)
    to(2_010_000)
    expect([pauses(), player.playing]).toEqual([before + 1, false])
    player.playSpan(1_000_000, 2_000_000)
    player.seek(5_000_000)
    for (let i = 0; i < 2; i++) video.dispatchEvent(new Event('seeked'))
    to(6_000_000)
    expect(player.playing).toBe(true)
  })
})

describe('insideFrame', () => {
  it('leaves moments within a frame alone and moves those on its edge inside', () => {
    expect(insideFrame(20_000, [25, 1])).toBe(20_000)
    expect(insideFrame(40_000, [25, 1])).toBe(43_000)
    expect(insideFrame(39_200, [25, 1])).toBe(43_000)
    expect(insideFrame(40_000, null)).toBe(40_000)
  })
})
