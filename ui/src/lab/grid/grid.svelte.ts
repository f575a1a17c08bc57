import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { Api, MediaInfo } from '../../api/api'
import type { ClipView } from '../../api/generated/ClipView'
import type { GridView } from '../../api/generated/GridView'
import { Reading } from '../../desk/reading.svelte'
import type { Desk } from '../../desk/desk.svelte'
import { Player } from '../../review/player.svelte'
import { Blind } from './blind.svelte'
import { Decision } from './decision.svelte'
import type { Against } from './front'
import { MOST } from './looks'
import { voicesOf } from './marks'
import { namesOf } from './names'
import { Planning } from './planning.svelte'
import { moved, sorted, SORTS, type Sort } from './rows'
import { Raw } from './raw.svelte'

export type Host = Pick<Desk, 'room' | 'overlay' | 'lab' | 'try' | 'writes' | 'notices'>

/** A stretch of a media that is on the picture. */
export interface Stretch {
  media: string
  start_us: number
  end_us: number
}

/** A selection that is passed on the way is not read: it rests this long before it is. */
const RESTS_MS = 80
/** Variants that are shown over the picture at first: more of them hide it. */
const SHOWN_AT_FIRST = 4

/** A run by clip and variant: what is selected, what is shown over the picture, and the playhead that all variants share. */
export class Grid {
  view = new Reading<GridView>()
  baseline = $state(0)
  sort = $state<Sort>('worst')
  /** Which clip of the set is selected. */
  clip = $state<number | null>(null)
  column = $state(0)
  repeat = $state(0)
  /** Variants that are drawn over the picture. */
  shown = new SvelteSet<number>()
  truth = $state(true)
  reading = $state(false)
  /** Heads show all their numbers. */
  whole = $state(true)
  part = $state<'clip' | 'decision' | 'choice'>('clip')
  against = $state<Against>('cost')
  /** The selected clip under all variants. */
  seen = new Reading<ClipView>()
  media = $state.raw<MediaInfo | null>(null)
  player = new Player()
  planning: Planning
  blind: Blind
  decision: Decision
  raw: Raw

  heads = $derived(this.view.value?.variants ?? [])
  rows = $derived(sorted(this.view.value?.rows ?? [], this.sort, this.column))
  at = $derived(this.rows.findIndex(({ clip }) => clip === this.clip))
  row = $derived(this.rows[this.at] ?? null)
  head = $derived(this.heads[this.column] ?? null)
  /** What variants are called: by their versions, and by their models, too, where versions alone do not tell them apart. */
  names = $derived.by(() => namesOf(this.heads, this.#desk.lab.view.models))
  cell = $derived(this.row?.cells[this.column] ?? null)
  /** The run as the list of runs has it. */
  made = $derived.by(() => this.#desk.lab.view.runs.find(({ id }) => id === this.view.value?.run) ?? null)
  voices = $derived(this.seen.value ? voicesOf(this.seen.value, this.names, this.shown, this.truth) : [])
  #api: Api
  #desk: Host
  #infos = new SvelteMap<string, Promise<MediaInfo>>()
  #rest: ReturnType<typeof setTimeout> | undefined
  #stretch: Stretch | null = null
  #placed = 0

  constructor(api: Api, desk: Host) {
    this.#api = api
    this.#desk = desk
    this.planning = new Planning(api, desk)
    this.blind = new Blind(api, desk)
    this.decision = new Decision(api, desk)
    this.raw = new Raw(api)
  }

  /** Another project is open. */
  clear(): void {
    clearTimeout(this.#rest)
    this.view.clear()
    this.seen.clear()
    this.blind.stop()
    this.decision.clear()
    this.planning.clear()
    this.#infos.clear()
    this.#stretch = null
    this.media = null
    this.clip = null
  }

  /** Shows a run; one that is shown already is read again. */
  async show(run: string | null): Promise<void> {
    if (run === null) return this.clear()
    if (this.view.value?.run !== run) {
      this.clear()
      this.baseline = 0
      this.column = 0
      this.repeat = 0
      this.shown.clear()
    }
    await this.#read(run)
  }

  /** Something was written, or taken back: a vote, a promotion. */
  changed(): void {
    if (this.#desk.room !== 'lab') return
    void this.#desk.try(async () => {
      if (this.blind.on) {
        if (await this.blind.again()) await this.#showPair()
      } else await this.#follow()
    })
  }

  async #read(run: string): Promise<void> {
    this.reading = true
    try {
      if (!(await this.view.read(() => this.#api.grid(run, this.baseline)))) return
    } finally {
      this.reading = false
    }
    const count = this.heads.length
    this.column = moved(this.column, 0, Math.max(1, count))
    if (this.shown.size === 0) for (let i = 0; i < Math.min(count, SHOWN_AT_FIRST); i++) this.shown.add(i)
    if (this.at < 0) this.clip = this.rows[0]?.clip ?? null
    await this.#readClip()
    await this.#follow()
  }

  /** Selects a cell. */
  select(clip: number, column: number): void {
    const other = clip !== this.clip
    this.clip = clip
    this.column = moved(column, 0, this.heads.length)
    if (other) this.#later()
    void this.#desk.try(() => this.#follow())
  }

  /** Moves the selection by rows and columns. */
  move(rows: number, columns: number): void {
    const row = this.rows[moved(this.at, rows, this.rows.length)]
    if (row) this.select(row.clip, this.column + columns)
  }

  sortBy(sort: Sort): void {
    this.sort = sort
  }

  nextSort(): void {
    const at = SORTS.findIndex(({ id }) => id === this.sort)
    this.sort = SORTS[(at + 1) % SORTS.length]?.id ?? 'worst'
  }

  /** Holds the others against a variant. */
  async hold(variant: number): Promise<void> {
    const run = this.view.value?.run
    if (run === undefined || variant === this.baseline) return
    this.baseline = variant
    await this.#read(run)
  }

  toggle(variant: number): void {
    if (variant >= Math.min(MOST, this.heads.length)) return
    if (!this.shown.delete(variant)) this.shown.add(variant)
  }

  /** Shows the selected variant alone, or all of them where it is alone already. */
  toggleOnly(): void {
    const alone = this.shown.size === 1 && this.shown.has(this.column)
    this.shown.clear()
    if (alone) this.heads.forEach((_, i) => this.shown.add(i))
    else this.shown.add(this.column)
  }

  async nextRepeat(): Promise<void> {
    this.repeat = (this.repeat + 1) % Math.max(1, this.view.value?.repeats ?? 1)
    await this.#readClip()
  }

  /** Plays the selected clip from its start, over and over. */
  play(): void {
    const stretch = this.#stretch
    if (stretch) this.player.resumeFrom(stretch.start_us)
  }

  async begin(): Promise<void> {
    const { value } = this.view
    if (!value || this.column === this.baseline) return
    await this.blind.begin(value.run, this.baseline, this.column)
    await this.#showPair()
  }

  async vote(vote: 'a' | 'b' | 'tie'): Promise<void> {
    if (await this.blind.vote(vote)) await this.#showPair()
  }

  async endBlind(): Promise<void> {
    this.blind.stop()
    await this.#readClip()
    await this.#follow()
  }

  async turn(part: 'clip' | 'decision' | 'choice'): Promise<void> {
    this.part = part
    await this.#follow()
  }

  /** What is told beside the grid follows the selection. */
  async #follow(): Promise<void> {
    const { value } = this.view
    if (!value || this.blind.on) return
    if (this.part === 'decision') await this.decision.read(value.run, this.baseline, this.column)
    if (this.#desk.overlay === 'lab.raw') await this.openRaw()
  }

  async openRaw(): Promise<void> {
    const { value } = this.view
    if (value && this.clip !== null) await this.raw.read(value.run, { clip: this.clip, variant: this.column, repeat: this.repeat })
  }

  async #showPair(): Promise<void> {
    const { pair } = this.blind
    if (pair) await this.#place(pair)
  }

  #later(): void {
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => void this.#desk.try(() => this.#readClip()), RESTS_MS)
  }

  async #readClip(): Promise<void> {
    const [run, clip] = [this.view.value?.run, this.clip]
    if (run === undefined || clip === null || this.blind.on) return
    if (!(await this.seen.read(() => this.#api.labClip(run, clip, this.repeat)))) return
    if (this.seen.value && !this.blind.on) await this.#place(this.seen.value)
  }

  /** Puts a stretch on the picture; playing goes on in it. */
  async #place({ media, start_us, end_us }: Stretch): Promise<void> {
    const last = this.#stretch
    if (last?.media === media && last.start_us === start_us && last.end_us === end_us) return
    const mine = ++this.#placed
    const info = await this.#info(media)
    if (mine !== this.#placed) return
    const { playing } = this.player
    if (this.media?.id !== media) {
      this.player.load(info.duration_us, info.frame_rate, (at_us) => this.#api.frameTimes(media, at_us))
      this.media = info
    }
    this.#stretch = { media, start_us, end_us }
    this.player.loop = { start_us, end_us }
    // What begins with the clip is seldom found at its very start: at rest, its middle shows more.
    if (playing) this.player.resumeFrom(start_us)
    else this.player.seek(Math.round((start_us + end_us) / 2))
  }

  #info(media: string): Promise<MediaInfo> {
    const info = this.#infos.get(media) ?? this.#api.media(media)
    this.#infos.set(media, info)
    // What failed once is asked for again.
    info.catch(() => this.#infos.delete(media))
    return info
  }
}
