// The lab's part of the door to the Rust side.
import { invoke } from '@tauri-apps/api/core'
import type { BlindPair } from './generated/BlindPair'
import type { CandidatesView } from './generated/CandidatesView'
import type { Changed } from './generated/Changed'
import type { ClipFilter } from './generated/ClipFilter'
import type { ClipView } from './generated/ClipView'
import type { CompareView } from './generated/CompareView'
import type { DiffPart } from './generated/DiffPart'
import type { GridView } from './generated/GridView'
import type { LabView } from './generated/LabView'
import type { PromptVersion } from './generated/PromptVersion'
import type { RawCall } from './generated/RawCall'
import type { Rendered } from './generated/Rendered'
import type { RunEstimate } from './generated/RunEstimate'
import type { RunPlan } from './generated/RunPlan'
import type { SetWish } from './generated/SetWish'
import type { Shot } from './generated/Shot'
import type { Tried } from './generated/Tried'
import type { Vote } from './generated/Vote'

/** Where a draft is tried: a stretch of a media. */
export type Stretch = { media: string; start_us: number; end_us: number }

/** What a draft is tried with beside itself: the user's question or schema, where its task takes one; empty where not. */
export type Given = { question: string; schema: string }

export interface LabApi {
  /** Versions, clip sets, runs, and models that can be asked. */
  lab(): Promise<LabView>
  /** All that a version says. */
  promptVersion(id: string): Promise<PromptVersion>
  /** What differs between two versions, part by part; parts that are alike are left out. */
  promptDiff(before: string, after: PromptVersion): Promise<DiffPart[]>
  /** Keeps a draft as a version; the next free count of its name where that is taken. Its id. */
  keepPrompt(draft: PromptVersion): Promise<string>
  /** Reads a version from a file and keeps it; asks for the file when no path is given. Its id; null when the person cancels. */
  importPrompt(path?: string): Promise<string | null>
  /** Writes a version to a file; asks where unless a path is given; the path written, null when the person cancels. */
  exportPrompt(id: string, path?: string): Promise<string | null>
  /** Stretches that can be examples, the best first. */
  shots(count: number): Promise<Shot[]>
  /** What is wrong with a draft, and what it would ask about a stretch. A newer call ends this one; null where it was ended. Nothing is sent. */
  renderPrompt(draft: PromptVersion, given: Given, at: Stretch): Promise<Rendered | null>
  /** Asks about a stretch, which may cost money; a job, and null where it was cancelled. */
  tryPrompt(draft: PromptVersion, given: Given, at: Stretch): Promise<Tried | null>
  /** Stretches that may become clips. */
  candidates(filter: ClipFilter): Promise<CandidatesView>
  /** Keeps a clip set with the truth as it stands; its id. */
  keepSet(wish: SetWish): Promise<string>
  /** What a run comes to; a job, and null where it was cancelled. Nothing is sent. */
  estimateRun(plan: RunPlan): Promise<RunEstimate | null>
  /** Makes a run, or goes on with one, which costs money; a job. The run's id, told before it begins. */
  startRun(plan: RunPlan, run: string | null): Promise<string>
  /** A run by clip and variant, held against a baseline. */
  grid(run: string, baseline: number): Promise<GridView>
  /** A clip under all variants. */
  labClip(run: string, clip: number, repeat: number): Promise<ClipView>
  /** Questions and answers of a try. */
  rawCalls(run: string, clip: number, variant: number, repeat: number): Promise<RawCall[]>
  /** A clip that nobody voted on yet, by two variants in an order that is not told; null where none is left. */
  blindPair(run: string, one: number, other: number): Promise<BlindPair | null>
  /** Says which side is better. */
  vote(run: string, one: number, other: number, clip: number, vote: Vote): Promise<Changed>
  /** One variant against another, with what it would take to promote it. */
  compare(run: string, baseline: number, candidate: number): Promise<CompareView>
  /** Has its task done with a variant from now on; a reason is needed where the numbers do not carry it. */
  promote(run: string, baseline: number, candidate: number, reason: string): Promise<Changed>
}

export const labTauri: LabApi = {
  lab: () => invoke('lab'),
  promptVersion: (id) => invoke('prompt_version', { id }),
  promptDiff: (before, after) => invoke('prompt_diff', { before, after }),
  keepPrompt: (draft) => invoke('keep_prompt', { draft }),
  importPrompt: (path) => invoke('import_prompt', { path: path ?? null }),
  exportPrompt: (id, path) => invoke('export_prompt', { id, path: path ?? null }),
  shots: (count) => invoke('shots', { count }),
  renderPrompt: (draft, given, at) => invoke('render_prompt', { draft, given, at }),
  tryPrompt: (draft, given, at) => invoke('try_prompt', { draft, given, at }),
  candidates: (filter) => invoke('candidates', { filter }),
  keepSet: (wish) => invoke('keep_set', { wish }),
  estimateRun: (plan) => invoke('estimate_run', { plan }),
  startRun: (plan, run) => invoke('start_run', { plan, run }),
  grid: (run, baseline) => invoke('grid', { run, baseline }),
  labClip: (run, clip, repeat) => invoke('lab_clip', { run, clip, repeat }),
  rawCalls: (run, clip, variant, repeat) => invoke('raw_calls', { run, clip, variant, repeat }),
  blindPair: (run, one, other) => invoke('blind_pair', { run, one, other }),
  vote: (run, one, other, clip, vote) => invoke('vote', { run, one, other, clip, vote }),
  compare: (run, baseline, candidate) => invoke('compare', { run, baseline, candidate }),
  promote: (run, baseline, candidate, reason) => invoke('promote', { run, baseline, candidate, reason }),
}
