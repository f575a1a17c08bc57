export interface TimeSpan {
  start_us: number
  end_us: number
}

/** A stretch that the reviewer marked by its in and its out point: to loop, to hear again, to say something about. */
export class Marks {
  in_us = $state<number | null>(null)
  out_us = $state<number | null>(null)

  /** Once both points are set. */
  span = $derived<TimeSpan | null>(this.in_us === null || this.out_us === null ? null : { start_us: this.in_us, end_us: this.out_us })

  /** A point set beyond the other begins a new stretch. */
  markIn(at_us: number): void {
    this.in_us = at_us
    if (this.out_us !== null && this.out_us <= at_us) this.out_us = null
  }

  markOut(at_us: number): void {
    this.out_us = at_us
    if (this.in_us !== null && this.in_us >= at_us) this.in_us = null
  }

  clear(): void {
    this.in_us = null
    this.out_us = null
  }
}
