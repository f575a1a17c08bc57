import { onDesk, playable, withPicture, type Action } from '../../actions/action'
import type { Desk } from '../../desk/desk.svelte'
import type { Loop } from '../player.svelte'

/** The annotation, else the flag that is selected, as a stretch of time to hear again and again. */
function selectedSpan({ review }: Desk): Loop | null {
  const span = review.annotating.selected ?? review.flag
  return span && span.end_us > span.start_us ? { start_us: span.start_us, end_us: span.end_us } : null
}

/** Playing, and moving through time. */
export const PICTURE: Action[] = [
  { id: 'play', label: 'Play or pause', keys: ['Space', 'k', 'Ctrl+Space'], context: 'review', keepsFocus: true, when: playable, run: (desk) => desk.review.player.toggle() },
  {
    id: 'faster',
    label: 'Play, then faster',
    keys: ['l'],
    context: 'review',
    keepsFocus: true,
    when: playable,
    run: ({ review: { player } }) => (player.playing ? player.shuttle(1) : player.play()),
  },
  {
    id: 'slower',
    label: 'Slower; back 2 s when paused',
    keys: ['j'],
    context: 'review',
    keepsFocus: true,
    repeats: true,
    when: onDesk,
    run: ({ review }) => (review.player.playing ? review.player.shuttle(-1) : review.skip(-2)),
  },
  { id: 'rate.reset', label: 'Play at 1×', keys: ['Shift+k'], context: 'review', keepsFocus: true, when: playable, run: (desk) => desk.review.player.setRate(1) },
  {
    id: 'loop',
    label: 'Loop what is selected, or stop looping',
    keys: ['Shift+l'],
    context: 'review',
    keepsFocus: true,
    when: (desk) => playable(desk) && (desk.review.player.loop !== null || selectedSpan(desk) !== null),
    run: (desk) => (desk.review.player.loop = desk.review.player.loop === null ? selectedSpan(desk) : null),
  },
  { id: 'second.back', label: 'Back 1 s', keys: ['Shift+ArrowLeft'], context: 'review', repeats: true, keepsFocus: true, when: onDesk, run: (desk) => desk.review.skip(-1) },
  { id: 'second.forward', label: 'Forward 1 s', keys: ['Shift+ArrowRight'], context: 'review', repeats: true, keepsFocus: true, when: onDesk, run: (desk) => desk.review.skip(1) },
  { id: 'frame.back', label: 'Previous frame', keys: [','], context: 'review', repeats: true, when: withPicture, run: (desk) => desk.review.step(-1) },
  { id: 'frame.forward', label: 'Next frame', keys: ['.'], context: 'review', repeats: true, when: withPicture, run: (desk) => desk.review.step(1) },
]
