import { onDesk, playable, withPicture, type Action } from '../../actions/action'

/** Playing, and moving through time. */
export const PICTURE: Action[] = [
  { id: 'play', label: 'Play or pause', keys: ['Space', 'k'], context: 'review', when: playable, run: (desk) => desk.review.player.toggle() },
  {
    id: 'faster',
    label: 'Play, then faster',
    keys: ['l'],
    context: 'review',
    when: playable,
    run: ({ review: { player } }) => (player.playing ? player.shuttle(1) : player.play()),
  },
  {
    id: 'slower',
    label: 'Slower; back 2 s when paused',
    keys: ['j'],
    context: 'review',
    repeats: true,
    when: onDesk,
    run: ({ review }) => (review.player.playing ? review.player.shuttle(-1) : review.skip(-2)),
  },
  { id: 'rate.reset', label: 'Play at 1×', keys: ['Shift+k'], context: 'review', when: playable, run: (desk) => desk.review.player.setRate(1) },
  { id: 'second.back', label: 'Back 1 s', keys: ['Shift+ArrowLeft'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.skip(-1) },
  { id: 'second.forward', label: 'Forward 1 s', keys: ['Shift+ArrowRight'], context: 'review', repeats: true, when: onDesk, run: (desk) => desk.review.skip(1) },
  { id: 'frame.back', label: 'Previous frame', keys: [','], context: 'review', repeats: true, when: withPicture, run: (desk) => desk.review.step(-1) },
  { id: 'frame.forward', label: 'Next frame', keys: ['.'], context: 'review', repeats: true, when: withPicture, run: (desk) => desk.review.step(1) },
]
