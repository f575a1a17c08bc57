// Made-up executions over archives.
import type { ArchivePlaces } from '../generated/ArchivePlaces'
import type { ArchiveRun } from '../generated/ArchiveRun'

const HOUR_US = 3_600_000_000
const LAST_US = 1_795_000_000_000_000
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:talks'

const execution = (n: number) => `${MACHINE.replace('stateMachine', 'execution')}:plumbline-${n}`
const run = (n: number, folder: string, part: Partial<ArchiveRun>): ArchiveRun => ({
  execution: execution(n),
  places: { media: `s3://my-talks/${folder}/`, results: `s3://my-results/${folder}/`, machine: MACHINE },
  began_us: LAST_US - (3 - n) * 20 * HOUR_US,
  state: 'done',
  said: null,
  items: 1240,
  whole: 1240,
  trouble: null,
  ...part,
})

/** Executions as a service would tell them, which go on by some items each time that they are asked for. */
export class RecordedArchive {
  #runs: ArchiveRun[]

  constructor(empty: boolean) {
    const said = 'Plumbline.Incomplete: 31 of 380 items are missing. Bring what is whole; lost/ in the archive says why the others are not. Mend that, and run it again: what is done stays'
    this.#runs = empty ? [] : [run(3, '2026', { state: 'running', whole: 412 }), run(2, '2025', { state: 'failed', items: 380, whole: 349, said }), run(1, 'lectures', {})]
  }

  runs(ask: boolean): ArchiveRun[] {
    if (ask) this.#runs = this.#runs.map((one) => (one.state === 'running' ? { ...one, whole: Math.min(one.items, (one.whole ?? 0) + 3) } : one))
    return this.#runs
  }

  start(places: ArchivePlaces): ArchiveRun {
    if (!places.machine.startsWith('arn:')) throw new Error(`${places.machine}: it is no state machine. Write its ARN, such as ${MACHINE}; the outputs of the stack name it`)
    const started: ArchiveRun = { ...run(this.#runs.length + 1, '', { state: 'running', items: 24, whole: 0 }), places }
    this.#runs = [started, ...this.#runs]
    return started
  }

  stop(execution: string): void {
    this.#runs = this.#runs.map((one) => (one.execution === execution ? { ...one, state: 'stopped' } : one))
  }

  forget(execution: string): void {
    this.#runs = this.#runs.filter((one) => one.execution !== execution)
  }
}
