import type { JobEvent } from '../api/api'

/** The jobs that this window was told of, the newest first. */
export class Jobs {
  all = $state<JobEvent[]>([])
  running = $derived(this.all.filter((job) => job.state === 'running'))
  failed = $derived(this.all.filter((job) => job.state === 'failed'))
  #finished: (job: JobEvent) => void

  constructor(finished: (job: JobEvent) => void) {
    this.#finished = finished
  }

  seen(event: JobEvent): void {
    const i = this.all.findIndex((job) => job.id === event.id)
    const was = this.all[i]
    // Events of one job may overtake each other on the way here; what has ended does not run again.
    if (was && was.state !== 'running' && event.state === 'running') return
    if (was) this.all[i] = event
    // What was done before it could be seen, such as measuring after an edit, is no news.
    else if (event.state !== 'done') this.all.unshift(event)
    // A job that failed or was cancelled may have done a part.
    if (event.state !== 'running' && (was?.state ?? 'running') === 'running') this.#finished(event)
  }

  dismiss(id: number): void {
    this.all = this.all.filter((job) => job.id !== id || job.state === 'running')
  }

  clearEnded(): void {
    this.all = this.all.filter((job) => job.state === 'running')
  }
}

/** How far a job is, 0..1; null where its length is not known. */
export function share(job: JobEvent): number | null {
  return job.total === null || job.total <= 0 ? null : Math.min(1, job.done / job.total)
}
