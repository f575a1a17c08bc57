// The one door to the Rust side. `tauri.ts` opens it in the desktop shell, `recorded.ts` in a plain browser.
import type { AlignmentView } from './generated/AlignmentView'
import type { AnnotationsView } from './generated/AnnotationsView'
import type { Changed } from './generated/Changed'
import type { Decision } from './generated/Decision'
import type { FlagsView } from './generated/FlagsView'
import type { LibraryView } from './generated/LibraryView'
import type { ProjectView } from './generated/ProjectView'
import type { WordsView } from './generated/WordsView'

/** What the window needs to know once. */
export interface Start {
  project: ProjectView
  /** `http://127.0.0.1:PORT/TOKEN`: media, frames and peaks are served below it. */
  media_base: string
  /** The media to open first, if the project has one that waits for review. */
  open_media: string | null
}

/** A media as the player needs it. Addresses are below `media_base`. */
export interface MediaInfo {
  id: string
  name: string
  duration_us: number
  /** Size of the picture as shown; null without pictures. */
  picture: { width: number; height: number } | null
  /** Average frames per second as a fraction; null where unknown. */
  frame_rate: [number, number] | null
  has_audio: boolean
  /** For <video>; null while a proxy is needed and not made yet, or the file is missing. */
  url: string | null
  /** Why `url` is null, as a sentence. */
  blocked: string | null
  /** Peaks file (see `docs/peaks.md`); null without sound or while it is being computed. */
  peaks_url: string | null
  /** A still: append `&at_us=N` and, if wanted, `&edge=PIXELS`. */
  frame_url: string | null
}

/** A change that a reviewer makes to one media. */
export type ReviewOp =
  | { op: 'accept_map' }
  | { op: 'reject_map' }
  | { op: 'set_anchor'; id: string | null; transcript_us: number; media_us: number }
  | { op: 'remove_anchor'; id: string }
  | { op: 'retime_word'; word: number; start_us: number; end_us: number }
  | { op: 'reset_word_time'; word: number }
  | { op: 'edit_word'; word: number; text: string }
  | { op: 'decide'; flag: string; decision: Decision | null; note: string | null }

/** Times of the frame before, the frame shown, and the frame after a moment. */
export interface Neighbours {
  previous_us: number | null
  shown_us: number
  next_us: number | null
}

export type ExportKind = 'transcribe' | 'srt' | 'vtt' | 'annotations'

/** Long work, as it is told to the window. */
export interface JobEvent {
  id: number
  /** What it is for, such as a file's name. */
  title: string
  /** What it does at the moment. */
  what: string
  done: number
  total: number | null
  state: 'running' | 'done' | 'failed' | 'cancelled'
  /** What went wrong and what to do, when failed. */
  error: string | null
  /** Media whose views (and MediaInfo) to read again now that it is done. */
  media: string[]
}

/** A failed call: a sentence for people, and a code only where the window acts on it. */
export interface ApiError {
  message: string
  code: 'missing_media' | 'other'
}

export interface Api {
  start(): Promise<Start>
  /** Both ask for the file when no path is given; null when the person cancels. */
  openProject(path?: string): Promise<Start | null>
  newProject(path?: string): Promise<Start | null>
  library(): Promise<LibraryView>
  media(media: string): Promise<MediaInfo>
  words(media: string): Promise<WordsView>
  alignment(media: string): Promise<AlignmentView>
  flags(media: string): Promise<FlagsView>
  annotations(media: string): Promise<AnnotationsView>
  apply(media: string, op: ReviewOp): Promise<Changed>
  undo(): Promise<Changed>
  redo(): Promise<Changed>
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
