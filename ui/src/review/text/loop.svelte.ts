import type { Player } from '../player.svelte'

/** How far behind its end the playhead still counts as having run out of a loop, and not as sent elsewhere. */
const SLACK_US = 700_000

/** A stretch that is played again and again, until the playhead is sent elsewhere. */
export class Loop {
  span = $state.raw<{ start_us: number; end_us: number } | null>(null)

  /** Begins a loop, or ends the one there is. */
  toggle(span: { start_us: number; end_us: number } | null, player: Player): void {
    this.span = this.span ? null : span
    if (!this.span) return
    if (player.playhead_us < this.span.start_us || player.playhead_us >= this.span.end_us) player.seek(this.span.start_us)
    player.play()
  }

  /** To be told of every move of the playhead. */
  moved(player: Player): void {
    const { span } = this
    if (!span) return
    const at_us = player.playhead_us
    if (at_us < span.start_us - SLACK_US || at_us > span.end_us + SLACK_US) this.span = null
    else if (at_us >= span.end_us && player.playing) player.seek(span.start_us)
  }
}
