import type { Desk } from '../desk/desk.svelte'

/** Something of a media that can be gone to: as much as is known of it. */
export interface Place {
  at_us: number | null
  word: number | null
  flag: string | null
  annotation: string | null
}

/** Puts the media on the desk and selects what is meant; what is gone by now is as good as its moment. */
export async function goTo(desk: Desk, media: string, place: Place | null): Promise<void> {
  await desk.openMedia(media)
  const { review } = desk
  if (review.media !== media || !place) return
  if (place.flag !== null && review.flagList.some(({ id }) => id === place.flag)) return review.selectFlag(place.flag)
  if (place.annotation !== null) review.select({ annotation: place.annotation })
  if (place.word !== null && place.annotation === null && review.wordOf(place.word)) review.selectWord(place.word)
  else if (place.at_us !== null) review.player.seek(place.at_us)
}
