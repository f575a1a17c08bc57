import type { LabApi } from '../../api/lab'
import type { RawCall } from '../../api/generated/RawCall'
import { Reading } from '../../desk/reading.svelte'

/** One clip under one variant, once. */
export interface Try {
  clip: number
  variant: number
  repeat: number
}

/** The questions and answers of a try, as they went out and came in. */
export class Raw {
  calls = new Reading<RawCall[]>()
  call = $state(0)
  one = $derived(this.calls.value?.[this.call] ?? null)
  #api: LabApi

  constructor(api: LabApi) {
    this.#api = api
  }

  async read(run: string, { clip, variant, repeat }: Try): Promise<void> {
    this.calls.clear()
    this.call = 0
    await this.calls.read(() => this.#api.rawCalls(run, clip, variant, repeat))
  }

  move(by: number): void {
    const last = (this.calls.value?.length ?? 1) - 1
    this.call = Math.max(0, Math.min(last, this.call + by))
  }
}
