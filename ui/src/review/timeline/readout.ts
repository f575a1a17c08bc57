// The sentence about what is under the pointer or being dragged.
import { percent } from '../../shared/time'
import type { GestureHost } from './gestures'
import type { Hit } from './hit'
import { formatDrift, formatLength, formatTime } from './scale'
import type { Drag } from './timeline.svelte'

/** A drag as it stands: the new times and by how much they moved. */
export function sayDrag(drag: Drag): string {
  if (drag.kind === 'scrub') return ''
  if (drag.kind === 'anchor') {
    return `anchor ${formatTime(drag.now_us)}, drift ${formatDrift(drag.now_us - drag.transcript_us)}, moved ${formatDrift(drag.now_us - drag.was_us)}`
  }
  const { grip, now, was } = drag
  if (grip === 'end') return `end ${formatTime(now.end_us)}, ${formatDrift(now.end_us - was.end_us)}`
  return `start ${formatTime(now.start_us)}, ${formatDrift(now.start_us - was.start_us)}`
}

export function sayHit(hit: Hit, host: GestureHost): string {
  switch (hit.kind) {
    case 'word': {
      const words = host.targets().words
      const start_us = words?.start[hit.word] ?? 0
      const heard = words?.heard[hit.word] ?? NaN
      const sure = Number.isNaN(heard) ? '' : `, heard here ${percent(heard)}`
      return `“${words?.text[hit.word] ?? ''}” ${formatTime(start_us)}, ${formatLength((words?.end[hit.word] ?? start_us) - start_us)}${sure}`
    }
    case 'anchor': {
      const anchor = host.anchors()[hit.anchor]
      return anchor ? `anchor ${formatTime(anchor.media_us)}, drift ${formatDrift(anchor.media_us - anchor.transcript_us)}` : ''
    }
    case 'shot':
      return `shot ${formatTime(hit.at_us)}`
    case 'annotation': {
      const found = host.annotations()[hit.annotation]
      return found ? `${found.label}${found.text ? `: ${found.text}` : ''}` : ''
    }
    case 'flags': {
      const cluster = host.clusters()[hit.cluster]
      const flag = cluster && host.flags()[cluster.shown]
      if (!cluster || !flag) return ''
      return cluster.flags.length > 1 ? `${cluster.flags.length} flags, first: ${flag.why}` : flag.why
    }
    default:
      return ''
  }
}
