import type { NearView } from './generated/NearView'
import type { NearLike } from './generated/NearLike'
import type { NearHit } from './generated/NearHit'
import type { EmbedEstimate } from './generated/EmbedEstimate'
// The one door to the Rust side. `tauri.ts` opens it in the desktop shell, `recorded.ts` in a plain browser.
// All shapes come from Rust: what is in `generated` is written by the tests of the crates that own them.
import type { Attached } from './generated/Attached'
import type { DocumentRow } from './generated/DocumentRow'
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
import type { ExportKind } from './generated/ExportKind'
import type { FigureId } from './generated/FigureId'
import type { Finding } from './generated/Finding'
import type { FlagsView } from './generated/FlagsView'
import type { FoundView } from './generated/FoundView'
import type { FrameTimes } from './generated/FrameTimes'
import type { GateId } from './generated/GateId'
import type { HeardAs } from './generated/HeardAs'
import type { HistoryFilter } from './generated/HistoryFilter'
import type { HistoryView } from './generated/HistoryView'
import type { JobEvent } from './generated/JobEvent'
import type { JobsView } from './generated/JobsView'
import type { LedgerView } from './generated/LedgerView'
import type { LibraryView } from './generated/LibraryView'
import type { MediaGraph } from './generated/MediaGraph'
import type { MediaInfo } from './generated/MediaInfo'
import type { Merged } from './generated/Merged'
import type { ModelName } from './generated/ModelName'
import type { MomentsView } from './generated/MomentsView'
import type { RestorePreview } from './generated/RestorePreview'
import type { ProfilesView } from './generated/ProfilesView'
import type { QueueAsk } from './generated/QueueAsk'
import type { QueueView } from './generated/QueueView'
import type { ReplaceAll } from './generated/ReplaceAll'
import type { ReviewOp } from './generated/ReviewOp'
import type { Search } from './generated/Search'
import type { SearchView } from './generated/SearchView'
import type { Settings } from './generated/Settings'
import type { SettingsView } from './generated/SettingsView'
import type { SpeechWish } from './generated/SpeechWish'
import type { Start } from './generated/Start'
import type { Task } from './generated/Task'
import type { TaskView } from './generated/TaskView'
import type { LabApi } from './lab'
import type { WordsView } from './generated/WordsView'
import type { Effect, ExamplesView, GateTuning, ProjectOp, Proposal, TuningView, VocabularyView } from '../tuning/types'

export type { ApiError } from './generated/ApiError'
export type { ExportKind, JobEvent, MediaInfo, ReviewOp, Start }

export interface Api extends LabApi {
  start(): Promise<Start>
  /** Both ask for the file when no path is given; null when the person cancels. */
  openProject(path?: string): Promise<Start | null>
  newProject(path?: string): Promise<Start | null>
  library(): Promise<LibraryView>
  media(media: string): Promise<MediaInfo>
  /** All words, or the lines that have words of `[first, end)`. */
  words(media: string, range?: [number, number] | null): Promise<WordsView>
  /** What the recogniser heard of a word; null of one that a person added. */
  heardAs(media: string, word: number): Promise<HeardAs | null>
  alignment(media: string): Promise<AlignmentView>
  flags(media: string): Promise<FlagsView>
  annotations(media: string): Promise<AnnotationsView>
  /** The documents of a media, by their names. */
  documents(media: string): Promise<DocumentRow[]>
  /** The text of a document by page. */
  documentPages(media: string, id: string): Promise<string[]>
  /** Attaches files, and asks for them where none are given; null when the person cancels. */
  attachDocuments(media: string, paths?: string[]): Promise<Attached | null>
  /** What is open in the whole project, the most rewarding first. */
  queue(ask: QueueAsk): Promise<QueueView>
  apply(media: string, op: ReviewOp): Promise<Changed>
  /** A change to the project as a whole. */
  applyProject(op: ProjectOp): Promise<Changed>
  undo(): Promise<Changed>
  redo(): Promise<Changed>
  /** Brings in what a copy of the project holds; asks for the file when no path is given; null when the person cancels. */
  mergeCopy(path?: string): Promise<Merged | null>
  /** Writes a copy for somebody else; asks where unless a path is given; the path written, null when the person cancels. */
  copyProject(path?: string): Promise<string | null>
  /** What people whose copies were merged differ on, and how far they agree. */
  conflicts(): Promise<ConflictsView>
  /** Puts the side of a conflict in force that this event wrote. */
  adjudicate(id: string, pick: string): Promise<Changed>
  /** What people changed after an event goes back to how it stood then; of one media, or of all. */
  restore(seq: number, media: string | null): Promise<Changed>
  restorePreview(seq: number, media: string | null): Promise<RestorePreview>
  /** Steps before an event, the newest first; from the newest on where none is given. */
  history(filter: HistoryFilter, before: number | null, limit: number): Promise<HistoryView>
  /** Figures about a media, or about the project. */
  analytics(media: string | null): Promise<AnalyticsView>
  /** Some of the moments behind a bar. */
  moments(media: string | null, figure: FigureId, key: string, first: number, limit: number): Promise<MomentsView>
  /** The gates, how far each of them is, and the versions of their limits. */
  tuning(): Promise<TuningView>
  /** What is known of one gate, for every limit that it could have. */
  tuningGate(gate: GateId): Promise<GateTuning>
  /** What another limit would change, exactly. */
  tuningEffect(gate: GateId, limit: number): Promise<Effect>
  /** The limits that are certified for a share of defects and a chance of being wrong, held against what is in force. */
  tuningPropose(gates: GateId[], alpha: number, delta: number): Promise<Proposal>
  /** Media with flags on their sound, how each is prepared for the aligner, and what was measured of that. */
  profiles(): Promise<ProfilesView>
  /** Tries profiles on a media; a job. */
  tryProfiles(media: string): Promise<void>
  /** Phrases that were corrected at least so often. */
  vocabulary(least: number): Promise<VocabularyView>
  /** The best stretches to show a model. */
  examples(count: number): Promise<ExamplesView>
  /** Both ask where to write unless a path is given; the path written, null when the person cancels. */
  exportVocabulary(least: number, language: string, path?: string): Promise<string | null>
  exportExamples(count: number, path?: string): Promise<string | null>
  /** Hits of a search; null where a newer one has begun meanwhile. */
  search(search: Search): Promise<SearchView | null>
  /** Finds anything in the project: what is said, what stands in the picture, annotations, flags, documents. */
  find(finding: Finding): Promise<FoundView>
  /** What can be found by meaning, and by which models. */
  near(): Promise<NearView>
  /** What lies nearest to a text or a picture, which costs a call; a job, and null where it was cancelled. */
  findNear(like: NearLike): Promise<NearHit[] | null>
  /** What giving vectors to the project comes to; a job, and null where it was cancelled. Nothing is sent. */
  estimateEmbed(model: string): Promise<EmbedEstimate | null>
  /** Gives vectors to what has none, which costs money; a job. */
  embed(model: string): Promise<void>
  /** Reads what can be found in all media that something happened to. */
  readFound(): Promise<void>
  /** Replaces hits, in one step that undo takes back whole. */
  replace(all: ReplaceAll): Promise<Changed>
  /** When frames are shown: the one at a moment, and some before and after it. */
  frameTimes(media: string, at_us: number): Promise<FrameTimes>
  /** Adds files and folders; asks for them when none are given. The work is a job. */
  importFiles(paths?: string[]): Promise<void>
  /** Asks for a folder and adds what lies in it. */
  importFolder(): Promise<void>
  /** What lies below an address such as s3://bucket/folder/; a job, and null where it was cancelled. */
  lookInBucket(address: string): Promise<BucketView | null>
  /** Brings what lies there beside the project, and adds it; a job. */
  addFromBucket(address: string): Promise<void>
  /** Begins an archive and starts an execution over it, which costs money; a job, and null where it was cancelled before. */
  startArchive(places: ArchivePlaces): Promise<ArchiveStarted | null>
  /** The executions that this project started, the newest first; with `ask`, as the service says how they stand. */
  archiveRuns(ask: boolean): Promise<ArchiveRun[]>
  /** Stops an execution. */
  stopArchive(execution: string): Promise<void>
  /** Takes an execution that has ended off the list; its results stay. */
  forgetArchive(execution: string): Promise<void>
  /** Brings what is whole into the project; a job. Asks for the folder of the media unless they are to be found `later`; false when the person cancels. */
  bringArchive(execution: string, later: boolean): Promise<boolean>
  /** Looks for drift again; a job. */
  align(media: string): Promise<void>
  /** Writes down what is said, on this machine; a job tells how far it is. */
  transcribe(media: string): Promise<void>
  /** Reads the text in the pictures, on this machine; a job tells how far it is. */
  readText(media: string): Promise<void>
  /** Asks where to write unless a path is given; the path written, null when the person cancels. */
  exportMedia(media: string, kind: ExportKind, path?: string): Promise<string | null>
  /** Asks for the folder to look for a file that moved (found by its content). True when found. */
  relocate(media: string): Promise<boolean>
  settings(): Promise<SettingsView>
  saveSettings(settings: Settings): Promise<void>
  cancelJob(id: number): Promise<void>
  /** How far the stages of all media are; of those that moved since, where that is given. */
  jobs(since: number | null): Promise<JobsView>
  /** The stages of one media. */
  mediaGraph(media: string): Promise<MediaGraph>
  /** Calls of services that are paid, of one media or of all, the newest first. */
  ledger(media: string | null, first: number, count: number): Promise<LedgerView>
  /** Goes on with media whose stages failed or stopped; a job each. */
  resume(media: string[]): Promise<void>
  /** What a task does, and which models can be asked, the one to take first. */
  task(task: Task, media: string[]): Promise<TaskView>
  /** What asking comes to; a job, and null where it was cancelled. Nothing is sent. */
  estimateAsk(wish: AskWish): Promise<AskEstimate | null>
  /** Asks a model, which costs money; a job. */
  ask(wish: AskWish): Promise<void>
  /** As `estimateAsk`, for a transcription by Amazon. */
  estimateSpeech(wish: SpeechWish): Promise<AskEstimate | null>
  /** Has Amazon Transcribe write down what is said, which costs money; a job. */
  askSpeech(wish: SpeechWish): Promise<void>
  /** What is wrong with settings. */
  checkAmazon(amazon: Amazon): Promise<AmazonProblem[]>
  /** Who would be asked where, and whether there are credentials. No service is asked. */
  checkAccount(): Promise<AccountCheck>
  /** The models that can be asked. */
  modelNames(): Promise<ModelName[]>
  /** Calls back on every job event; returns the unsubscribe. */
  onJob(seen: (event: JobEvent) => void): () => void
}
