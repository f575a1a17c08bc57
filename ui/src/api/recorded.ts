import type { Api, ExportKind, JobEvent, MediaInfo, ReviewOp, Start } from './api'
import type { DocumentRow } from './generated/DocumentRow'
import type { EmbedEstimate } from './generated/EmbedEstimate'
import type { NearHit } from './generated/NearHit'
import type { NearLike } from './generated/NearLike'
import type { NearView } from './generated/NearView'
import type { AccountCheck } from './generated/AccountCheck'
import type { Amazon } from './generated/Amazon'
import type { AmazonProblem } from './generated/AmazonProblem'
import type { ArchivePlaces } from './generated/ArchivePlaces'
import type { ArchiveRun } from './generated/ArchiveRun'
import type { ArchiveStarted } from './generated/ArchiveStarted'
import type { AskEstimate } from './generated/AskEstimate'
import type { AskWish } from './generated/AskWish'
import type { AnalyticsView } from './generated/AnalyticsView'
import type { AlignmentView } from './generated/AlignmentView'
import type { AnnotationsView } from './generated/AnnotationsView'
import type { Changed } from './generated/Changed'
import type { BucketView } from './generated/BucketView'
import type { ConflictsView } from './generated/ConflictsView'
import type { FigureId } from './generated/FigureId'
import type { GateId } from './generated/GateId'
import type { Finding } from './generated/Finding'
import type { FlagsView } from './generated/FlagsView'
import type { FoundView } from './generated/FoundView'
import type { FrameTimes } from './generated/FrameTimes'
import type { HeardAs } from './generated/HeardAs'
import type { QueueAsk } from './generated/QueueAsk'
import type { QueueView } from './generated/QueueView'
import type { GateCount } from './generated/GateCount'
import type { HistoryFilter } from './generated/HistoryFilter'
import type { HistoryView } from './generated/HistoryView'
import type { JobsView } from './generated/JobsView'
import type { LedgerView } from './generated/LedgerView'
import type { LibraryView } from './generated/LibraryView'
import type { Merged } from './generated/Merged'
import type { MediaGraph } from './generated/MediaGraph'
import type { MediaRow } from './generated/MediaRow'
import type { ReplaceAll } from './generated/ReplaceAll'
import type { Search } from './generated/Search'
import type { SearchView } from './generated/SearchView'
import type { Settings } from './generated/Settings'
import type { SettingsView } from './generated/SettingsView'
import type { ModelName } from './generated/ModelName'
import type { ProfilesView } from './generated/ProfilesView'
import type { MomentsView } from './generated/MomentsView'
import type { RestorePreview } from './generated/RestorePreview'
import type { Task } from './generated/Task'
import type { TaskView } from './generated/TaskView'
import type { View } from './generated/View'
import type { WordsView } from './generated/WordsView'
import { FIRST } from '../settings/first'
import type { Effect, ExamplesView, GateTuning, ProjectOp, Proposal, TuningView, VocabularyView } from '../tuning/types'
import { RecordedArchive } from './recorded/archive'
import { alignment, change, columns, curve, fresh, openFlags, stateOf, type Stand, type Take } from './recorded/desk'
import { analytics, moments } from './recorded/figures'
import { ESTIMATE, jobs, ledger, mediaGraph, task } from './recorded/jobs'
import { examples, vocabulary } from './recorded/lessons'
import { Log } from './recorded/log'
import { queue, withSaid } from './recorded/queue'
import { RecordedLab } from './recorded/lab'
import { found, near } from './recorded/find'
import { hitsOf, written } from './recorded/search'
import { agreement, conflictsOf } from './recorded/merge'
import { profileRows } from './recorded/profiles'
import { takes } from './recorded/takes'
import { RecordedTuning } from './recorded/tuning'

const EVERY_VIEW: View[] = ['library', 'words', 'alignment', 'flags', 'annotations', 'documents']

/**
 * Plays the Rust side in a plain browser, over made-up media. The address may ask for more: `?rows=20000` fills the library,
 * `?empty` empties it, `?times=1000` lengthens the first media's talk, `?video=ADDRESS` gives it a video, `?jobs` shows work under way,
 * `?ask` asks for the reviewer's name.
 */
export class Recorded extends RecordedLab implements Api {
  #takes: Take[]
  #settings = FIRST
  #log = new Log((media) => this.#takes.find((take) => take.id === media)?.name ?? media)
  /** Conflicts that somebody decided on. */
  #settled = new Set<string>()
  #wish: URLSearchParams
  #tuning: RecordedTuning
  #archive: RecordedArchive
  /** Media whose profiles were tried. */
  #tried = new Set<string>()
  #seen: ((event: JobEvent) => void)[] = []

  constructor(wish = new URLSearchParams(location.search)) {
    super()
    this.#wish = wish
    this.#takes = wish.has('empty') ? [] : takes(Number(wish.get('times') ?? 1))
    this.#tuning = new RecordedTuning(wish.has('empty'))
    this.#archive = new RecordedArchive(wish.has('empty'))
  }

  async start(): Promise<Start> {
    const project = { name: 'Sample', path: '/recorded/Sample.plumbline', ...this.#log.standing }
    return { project, media_base: 'http://127.0.0.1:0/recorded', open_media: this.#wish.has('library') ? null : (this.#takes[0]?.id ?? null), notice: null }
  }
  async openProject(): Promise<Start | null> {
    return null
  }
  async newProject(): Promise<Start | null> {
    return null
  }

  async library(): Promise<LibraryView> {
    const rows = this.#takes.map((take) => row(this.#stand(take.id)))
    const wanted = Number(this.#wish.get('rows') ?? rows.length)
    for (let i = rows.length; i < wanted; i++) rows.push(filler(i))
    return { seq: this.#log.seq, media: rows }
  }

  async media(media: string): Promise<MediaInfo> {
    const { take } = this.#stand(media)
    const url = take === this.#takes[0] ? this.#wish.get('video') : null
    return {
      id: take.id,
      name: take.name,
      duration_us: take.duration_us,
      picture: { width: 1280, height: 720 },
      frame_rate: take.frame_rate,
      has_audio: true,
      url,
      blocked: url ? null : 'This media is made up for design work and has no video file.',
      peaks_url: null,
      frame_url: null,
    }
  }

  async words(media: string, range: [number, number] | null = null): Promise<WordsView> {
    return columns(this.#stand(media), this.#log.seq, range)
  }
  async heardAs(media: string, word: number): Promise<HeardAs | null> {
    const said = this.#stand(media).take.spoken[word]
    if (!said) return null
    const alternatives = [`${said.text}s`, said.text.slice(0, -1)].filter(Boolean).map((text, i) => ({ text, confidence: 0.3 - 0.1 * i }))
    return { imported: said.text + said.punctuation, confidence: said.confidence, alternatives }
  }
  async alignment(media: string): Promise<AlignmentView> {
    return alignment(this.#stand(media), this.#log.seq)
  }
  async flags(media: string): Promise<FlagsView> {
    const { flags, defects } = this.#stand(media)
    return { seq: this.#log.seq, flags: withSaid(flags, this.#stands()), defects }
  }
  async queue(ask: QueueAsk): Promise<QueueView> {
    return queue(this.#stands(), ask, this.#log.seq)
  }
  async annotations(media: string): Promise<AnnotationsView> {
    const { annotations, take } = this.#stand(media)
    const changed = annotations.filter((annotation) => !take.annotations.includes(annotation))
    const imported = take.annotations.filter((annotation) => !annotations.includes(annotation))
    const sorted = [...annotations].sort((a, b) => a.start_us - b.start_us)
    return { seq: this.#log.seq, annotations: sorted, edited: changed.map(({ id }) => id), imported }
  }

  async documents(media: string): Promise<DocumentRow[]> {
    return this.#stand(media).documents.map(({ id, name, kind, pages }) => ({ id, name, kind, pages: pages.length, bytes: 84_000, cut: false }))
  }
  async documentPages(media: string, id: string): Promise<string[]> {
    return this.#stand(media).documents.find((document) => document.id === id)?.pages ?? []
  }
  async attachDocuments(): Promise<null> {
    return null
  }

  async apply(media: string, op: ReviewOp): Promise<Changed> {
    this.#stand(media)
    this.#log.apply(media, op)
    return this.#changed(media)
  }
  async search(search: Search): Promise<SearchView> {
    const hits = this.#stands(search.media).flatMap((stand) => hitsOf(stand, search.query, search.by))
    return { total: hits.length, media: new Set(hits.map(({ media }) => media)).size, hits: hits.slice(search.from, search.from + search.count) }
  }
  async find(finding: Finding): Promise<FoundView> {
    return found(this.#stands(), finding)
  }
  async readFound(): Promise<void> {}
  async replace(all: ReplaceAll): Promise<Changed> {
    const ops = this.#stands(all.media).flatMap((stand) => {
      const left = new Set(all.left_out.filter(({ media }) => media === stand.take.id).map(({ number }) => number))
      const words = written(stand, all.query, all.by, left)
      return words.length > 0 ? [{ media: stand.take.id, op: { op: 'write_words', words, run: null } as const }] : []
    })
    this.#log.replace(ops)
    return this.#changed(null)
  }
  async undo(): Promise<Changed> {
    return this.#changed(this.#log.undo())
  }
  async redo(): Promise<Changed> {
    return this.#changed(this.#log.redo())
  }
  async restore(seq: number, media: string | null): Promise<Changed> {
    this.#log.restore(seq, media)
    return this.#changed(media)
  }
  async restorePreview(seq: number, media: string | null): Promise<RestorePreview> {
    return this.#log.preview(seq, media)
  }
  async history(filter: HistoryFilter, before: number | null, limit: number): Promise<HistoryView> {
    return this.#log.history(filter, before, limit)
  }
  async analytics(media: string | null): Promise<AnalyticsView> {
    return analytics(this.#stands(media), media, this.#log.seq)
  }
  async moments(media: string | null, figure: FigureId, key: string, first: number, limit: number): Promise<MomentsView> {
    return moments(this.#stands(media), figure, key, first, limit, this.#log.seq)
  }

  async tuning(): Promise<TuningView> {
    return this.#tuning.view(this.#ops(), this.#log.seq)
  }
  async tuningGate(gate: GateId): Promise<GateTuning> {
    return this.#tuning.gate(this.#ops(), gate, this.#log.seq)
  }
  async tuningEffect(gate: GateId, limit: number): Promise<Effect> {
    return this.#tuning.effect(this.#ops(), gate, limit, this.#takes)
  }
  async tuningPropose(gates: GateId[], alpha: number, delta: number): Promise<Proposal> {
    return this.#tuning.propose(this.#ops(), gates, alpha, delta)
  }
  async vocabulary(least: number): Promise<VocabularyView> {
    return vocabulary(this.#stands(), this.#ops(), least, this.#log.seq)
  }
  async examples(count: number): Promise<ExamplesView> {
    return examples(this.#stands(), count, this.#log.seq)
  }
  async exportVocabulary(_: number, language: string): Promise<string | null> {
    return `/recorded/vocabulary-${language}.txt`
  }
  async exportExamples(): Promise<string | null> {
    return '/recorded/examples.jsonl'
  }
  async applyProject(op: ProjectOp): Promise<Changed> {
    this.#log.applyProject(op)
    return this.#changed(null)
  }

  async profiles(): Promise<ProfilesView> {
    const opsOf = (media: string) => this.#log.entries.flatMap((entry) => (entry.media === media && entry.media !== null ? [entry.op] : []))
    return { seq: this.#log.seq, media: profileRows(this.#takes, this.#tried, opsOf) }
  }
  async tryProfiles(media: string): Promise<void> {
    const { take } = this.#stand(media)
    this.#tried.add(media)
    const told = { id: 1000 + this.#tried.size, title: `${take.name}: profiles of the sound`, what: 'placing words', done: 1, total: 1, error: null, notes: [], changed: null }
    for (const seen of this.#seen) {
      seen({ ...told, state: 'running', media: [] })
      seen({ ...told, state: 'done', media: [media] })
    }
  }

  async mergeCopy(): Promise<Merged | null> {
    const conflicts = (await this.conflicts()).conflicts
    return { brought: [{ by: 'Bo', events: 12 }], outdated: 0, conflicts, media: [], agreement }
  }
  async copyProject(): Promise<string | null> {
    return '/recorded/Sample-copy.plumbline'
  }
  async conflicts(): Promise<ConflictsView> {
    return { seq: this.#log.seq, conflicts: conflictsOf(this.#takes).filter(({ id }) => !this.#settled.has(id)), agreement }
  }
  async adjudicate(id: string): Promise<Changed> {
    this.#settled.add(id)
    return { ...this.#changed(null), stale: ['conflicts'] }
  }

  async frameTimes(media: string, at_us: number): Promise<FrameTimes> {
    const { frame_rate, duration_us } = this.#stand(media).take
    const frame_us = (frame_rate[1] * 1e6) / frame_rate[0]
    const last = Math.ceil(duration_us / frame_us) - 1
    const here = Math.floor((at_us + 0.5) / frame_us)
    const [first, end] = [Math.max(0, Math.min(here, last) - 50), Math.min(last, Math.max(0, here) + 50)]
    const times_us = Array.from({ length: end - first + 1 }, (_, n) => Math.round((first + n) * frame_us))
    return { times_us, number: first, from_start: first === 0, to_end: end === last }
  }

  async importFiles(): Promise<void> {
    throw new Error('Files can be imported in the desktop window only: a browser does not say where they lie.')
  }
  async importFolder(): Promise<void> {
    return this.importFiles()
  }
  async lookInBucket(): Promise<BucketView> {
    return { media: 12, texts: 12, bytes: 4_812_000_000, folder: '/recorded/from-s3/talks' }
  }
  async addFromBucket(): Promise<void> {}
  async startArchive(places: ArchivePlaces): Promise<ArchiveStarted> {
    return { run: this.#archive.start(places), notes: [] }
  }
  async archiveRuns(ask: boolean): Promise<ArchiveRun[]> {
    return this.#archive.runs(ask)
  }
  async stopArchive(execution: string): Promise<void> {
    this.#archive.stop(execution)
  }
  async forgetArchive(execution: string): Promise<void> {
    this.#archive.forget(execution)
  }
  async bringArchive(): Promise<boolean> {
    return true
  }
  async align(): Promise<void> {}
  async transcribe(): Promise<void> {}
  async readText(): Promise<void> {}
  async exportMedia(media: string, kind: ExportKind): Promise<string | null> {
    return `/recorded/${media}.${kind === 'srt' || kind === 'vtt' ? kind : 'json'}`
  }
  async relocate(): Promise<boolean> {
    return false
  }
  async settings(): Promise<SettingsView> {
    return { settings: this.#settings, account: 'reviewer', named: this.#wish.has('ask') ? null : 'Ada', notice: null }
  }
  async saveSettings(settings: Settings): Promise<void> {
    this.#settings = settings
  }
  async cancelJob(): Promise<void> {}
  async jobs(since: number | null): Promise<JobsView> {
    return jobs((await this.library()).media, since)
  }
  async mediaGraph(media: string): Promise<MediaGraph> {
    return mediaGraph((await this.library()).media, media)
  }
  async ledger(media: string | null, first: number, count: number): Promise<LedgerView> {
    return ledger((await this.library()).media, media, first, count)
  }
  async resume(): Promise<void> {}
  async task(wanted: Task): Promise<TaskView> {
    return task(wanted)
  }
  async estimateAsk(wish: AskWish): Promise<AskEstimate> {
    const comparing = wish.compare_by === null ? null : 2_600_000 * wish.media.length
    return { ...ESTIMATE, at_most: ESTIMATE.at_most * wish.media.length + (comparing ?? 0), comparing }
  }
  async near(): Promise<NearView> {
    return { models: [{ id: 'amazon.nova-2-multimodal-embeddings-v1:0', name: 'Nova multimodal embeddings', pictures: true }], model: 'amazon.nova-2-multimodal-embeddings-v1:0', vectors: 1240, blocked: null }
  }
  async findNear(like: NearLike): Promise<NearHit[] | null> {
    return near(this.#stands(), like)
  }
  async estimateEmbed(): Promise<EmbedEstimate> {
    return { pieces: 1290, kept: 1240, at_most: 2_400_000, left: null, failures: [] }
  }
  async embed(): Promise<void> {}
  async ask(): Promise<void> {}
  async estimateSpeech(): Promise<AskEstimate> {
    return { ...ESTIMATE, windows: 1, kept: 0, first: 'job plumbline-1f\ntranscript from s3://bucket/plumbline-1f.json' }
  }
  async askSpeech(): Promise<void> {}
  async checkAmazon({ cap_usd }: Amazon): Promise<AmazonProblem[]> {
    return /^(\d+(\.\d{1,9})?)?$/.test(cap_usd) ? [] : [{ field: 'cap_usd', why: `${cap_usd} is no amount of US dollars: write it like 5 or 0.25` }]
  }
  async checkAccount(): Promise<AccountCheck> {
    return { says: ['Services in us-east-1 would be asked by the usual profile.', 'Credentials were found. Whether they are allowed to ask is known with the first call.'], ready: true }
  }
  async modelNames(): Promise<ModelName[]> {
    return task('describe').models.map(({ id, name }) => ({ id, name }))
  }

  onJob(seen: (event: JobEvent) => void): () => void {
    this.#seen.push(seen)
    if (this.#wish.has('jobs')) {
      queueMicrotask(() => {
        seen({ id: 1, title: 'yard-tour.mp4', what: 'aligning', done: 61, total: 180, state: 'running', error: null, notes: [], changed: null, media: [] })
        const error = 'The file ends in the middle of a frame at 0:02:11. Copy it again from where it came from and import it once more.'
        seen({ id: 2, title: 'broken.mkv', what: 'reading sound', done: 12, total: 40, state: 'failed', error, notes: [], changed: null, media: [] })
        seen({ id: 3, title: 'gauge-walkthrough.mp4', what: 'measuring', done: 48, total: 48, state: 'done', error: null, notes: [], changed: null, media: ['gauge'] })
      })
    }
    return () => (this.#seen = this.#seen.filter((other) => other !== seen))
  }

  #changed(media: string | null): Changed {
    return { media, stale: EVERY_VIEW, touched: null, ...this.#log.standing }
  }

  #ops(): ProjectOp[] {
    return this.#log.entries.flatMap((entry) => (entry.media === null ? [entry.op] : []))
  }

  #stands(media: string | null = null): Stand[] {
    return this.#takes.filter(({ id }) => media === null || id === media).map(({ id }) => this.#stand(id))
  }

  protected takesOf(): Stand[] {
    return this.#stands()
  }

  #stand(media: string): Stand {
    const take = this.#takes.find((take) => take.id === media)
    if (!take) throw new Error(`There is no media ${media} in this project.`)
    const ops = this.#log.entries.flatMap((entry) => (entry.media !== null && entry.media === media ? [entry.op] : []))
    return ops.reduce(change, fresh(take))
  }
}

function row(stand: Stand): MediaRow {
  const { take } = stand
  const drift = curve(stand)
  const worst = drift.reduce((worst, point) => (Math.abs(point.left_us) > Math.abs(worst) ? point.left_us : worst), 0)
  const counts = new Map<string, GateCount>()
  for (const { gate, label } of openFlags(stand)) {
    const found = counts.get(gate) ?? { gate, label, count: 0 }
    found.count++
    counts.set(gate, found)
  }
  return {
    id: take.id,
    name: take.name,
    path: take.name,
    state: stateOf(stand),
    duration_us: take.duration_us,
    has_video: true,
    words: stand.words.length,
    verdict: stand.proposal?.verdict ?? null,
    worst_drift_us: worst,
    plumb_us: drift.map((point) => point.left_us),
    open_flags: [...counts.values()],
    decided_flags: stand.flags.filter((flag) => flag.verdict).length,
    confidence: stand.words.reduce((sum, word) => sum + (word.confidence ?? 0), 0) / Math.max(1, stand.words.length),
    annotations: stand.annotations.length,
    defects: stand.defects.length,
    finished: stand.finished ? 'Ada' : null,
  }
}

/** A row with nothing behind it, to see a long library. */
function filler(i: number): MediaRow {
  const states = ['reviewed', 'flagged', 'waiting', 'reviewed', 'proposed', 'no_transcript', 'missing', 'reviewed'] as const
  const state = states[i % states.length] ?? 'waiting'
  const measured = state === 'reviewed' || state === 'flagged' || state === 'proposed'
  const bend_us = state === 'proposed' ? ((i * 7919) % 6000) * 1000 - 3_000_000 : 12_000
  return {
    id: `m${i}`,
    name: `site-${String((i * 37) % 977).padStart(3, '0')}-camera-${1 + (i % 4)}.mp4`,
    path: `site/${i}.mp4`,
    state,
    duration_us: 30_000_000 + ((i * 104_729) % 5_000) * 1_000_000,
    has_video: i % 9 !== 0,
    words: state === 'no_transcript' ? 0 : 200 + ((i * 613) % 9000),
    verdict: measured ? (state === 'proposed' ? 'breaks' : 'in_sync') : null,
    worst_drift_us: measured ? bend_us : null,
    plumb_us: measured ? Array.from({ length: 64 }, (_, at) => (state === 'proposed' && at > (i * 13) % 64 ? bend_us : Math.round(Math.sin(at) * 9000))) : [],
    open_flags: state === 'flagged' ? [{ gate: 'word_confidence', label: 'Word confidence', count: 1 + (i % 14) }] : [],
    decided_flags: state === 'reviewed' ? i % 20 : 0,
    confidence: state === 'no_transcript' ? null : 0.7 + ((i * 31) % 29) / 100,
    annotations: i % 50,
    defects: 0,
    finished: null,
  }
}
