import type { Api } from '../api/api'
import type { Profile } from '../api/generated/Profile'
import type { ProfilesView } from '../api/generated/ProfilesView'
import type { Desk } from '../desk/desk.svelte'
import { Reading } from '../desk/reading.svelte'

/** How the sound of media is prepared for the aligner: which media is looked at, what was measured of it, and what is used. */
export class Profiles {
  view = new Reading<ProfilesView>()
  /** The list is on the screen. */
  seen = $state(false)
  media = $state<string | null>(null)
  #stale = true
  #api: Api
  #desk: Desk

  rows = $derived(this.view.value?.media ?? [])
  row = $derived(this.rows.find(({ media }) => media === this.media) ?? null)
  /** The profile to go to: the best one, where it is not used already. */
  better = $derived(this.row?.trial?.best && !same(this.row.trial.best, this.row.profile) ? this.row.trial.best : null)
  prepared = $derived(this.row !== null && !same(this.row.profile, AS_IT_IS))

  constructor(api: Api, desk: Desk) {
    this.#api = api
    this.#desk = desk
  }

  /** Reads the list where it comes on the screen, unless nothing was written since; gives what takes it off. */
  show(): () => void {
    this.seen = true
    if (this.#stale) void this.#desk.try(() => this.read())
    return () => (this.seen = false)
  }

  changed(): void {
    this.#stale = true
    if (this.seen) void this.#desk.try(() => this.read())
  }

  clear(): void {
    this.#stale = true
    this.media = null
    this.view.clear()
  }

  async read(): Promise<void> {
    this.#stale = false
    if (!(await this.view.read(() => this.#api.profiles()))) return
    if (!this.row) this.media = this.rows[0]?.media ?? null
  }

  move(by: number): void {
    const at = this.rows.findIndex(({ media }) => media === this.media)
    const to = Math.max(0, Math.min(this.rows.length - 1, at < 0 ? 0 : at + by))
    this.media = this.rows[to]?.media ?? null
  }

  /** Tries the profiles that are worth it for the media; a job. */
  async measure(): Promise<void> {
    const { row } = this
    if (!row) return
    await this.#desk.try(() => this.#api.tryProfiles(row.media))
    this.#desk.notices.say(`Measuring profiles for ${row.name}.`)
  }

  /** Has the media heard through a profile from now on; null leaves its sound as it is. */
  async use(profile: Profile | null): Promise<void> {
    const { row } = this
    if (!row) return
    const written = await this.#desk.writes.write(() => this.#api.apply(row.media, { op: 'set_profile', profile }))
    if (written) this.#desk.notices.say(profile ? `${row.name} is aligned anew through the profile.` : `${row.name} is aligned anew to its sound as it is.`)
  }
}

const AS_IT_IS: Profile = { denoise: false }

export function same(a: Profile, b: Profile): boolean {
  return a.denoise === b.denoise && (a.high_pass_hz ?? null) === (b.high_pass_hz ?? null) && (a.loudness_lufs ?? null) === (b.loudness_lufs ?? null)
}

/** Where gains lie on one line, each 0..1: the line reaches over all bounds and over no gain at all, with a little room. */
export function lineOf(bounds: readonly { lower: number; upper: number }[]): (gain: number) => number {
  const from = Math.min(0, ...bounds.map(({ lower }) => lower))
  const to = Math.max(0, ...bounds.map(({ upper }) => upper))
  const room = Math.max((to - from) * 0.06, 1e-6)
  return (gain) => (gain - from + room) / (to - from + 2 * room)
}

/** A difference of shares in percentage points, with its sign: `+1.2`. */
export function points(gain: number): string {
  const shown = (Math.abs(gain) * 100).toFixed(2)
  return `${Number(shown) === 0 ? '' : gain < 0 ? '−' : '+'}${shown}`
}
