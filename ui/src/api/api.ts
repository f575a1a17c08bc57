// The one door to the Rust side. `tauri.ts` opens it in the desktop shell, `recorded.ts` in a plain browser.
// All shapes come from Rust: what is in `generated` is written by the tests of the crates that own them.
import type { AlignmentView } from './generated/AlignmentView'
import type { AnnotationsView } from './generated/AnnotationsView'
import type { Changed } from './generated/Changed'
import type { ConflictsView } from './generated/ConflictsView'
import type { ExportKind } from './generated/ExportKind'
import type { FlagsView } from './generated/FlagsView'
import type { HeardAs } from './generated/HeardAs'
import type { JobEvent } from './generated/JobEvent'
import type { LibraryView } from './generated/LibraryView'
import type { MediaInfo } from './generated/MediaInfo'
import type { Merged } from './generated/Merged'
import type { Neighbours } from './generated/Neighbours'
import type { ReviewOp } from './generated/ReviewOp'
import type { Start } from './generated/Start'
import type { WordsView } from './generated/WordsView'

export type { ApiError } from './generated/ApiError'
export type { ExportKind, JobEvent, MediaInfo, Neighbours, ReviewOp, Start }

export interface Api {
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
  apply(media: string, op: ReviewOp): Promise<Changed>
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
  neighbours(media: string, at_us: number): Promise<Neighbours>
  /** Adds files and folders; asks for them when none are given. The work is a job. */
  importFiles(paths?: string[]): Promise<void>
  /** Looks for drift again; a job. */
  align(media: string): Promise<void>
  /** Asks where to write unless a path is given; the path written, null when the person cancels. */
  exportMedia(media: string, kind: ExportKind, path?: string): Promise<string | null>
  /** Asks for the folder to look for a file that moved (found by its content). True when found. */
  relocate(media: string): Promise<boolean>
  cancelJob(id: number): Promise<void>
  /** Calls back on every job event; returns the unsubscribe. */
  onJob(seen: (event: JobEvent) => void): () => void
}
