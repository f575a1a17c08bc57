import { onDesk, type Action } from '../actions/action'

/** The way through what is open in the whole project. */
export const QUEUE: Action[] = [
  { id: 'queue.best', label: 'Take the best item of the queue', keys: ['t'], context: 'review', run: (desk) => void desk.queue.best() },
  { id: 'queue.show', label: 'Go by the queue, or by the flags of the media', keys: ['Shift+t'], context: 'review', run: (desk) => desk.queue.show(!desk.queue.shown) },
  { id: 'media.finish', label: 'Finish the media and go on', keys: ['Ctrl+Enter'], context: 'review', when: onDesk, run: (desk) => void desk.queue.finish() },
  {
    id: 'media.reopen',
    label: 'Reopen the finished media',
    keys: [],
    context: 'review',
    when: (desk) => onDesk(desk) && desk.queue.progress?.finished !== null,
    run: (desk) => void desk.review.apply({ op: 'finish', finished: false }),
  },
]
