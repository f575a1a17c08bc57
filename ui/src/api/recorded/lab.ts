// The lab, in the recording: near enough to design by. Templates are filled in by their names alone.
import type { Annotation } from '../generated/Annotation'
import type { CandidateRow } from '../generated/CandidateRow'
import type { CandidatesView } from '../generated/CandidatesView'
import type { ClipFilter } from '../generated/ClipFilter'
import type { DiffLine } from '../generated/DiffLine'
import type { DiffPart } from '../generated/DiffPart'
import type { LabMark } from '../generated/LabMark'
import type { LabView } from '../generated/LabView'
import type { Problem } from '../generated/Problem'
import type { PromptVersion } from '../generated/PromptVersion'
import type { Rendered } from '../generated/Rendered'
import type { RenderedWindow } from '../generated/RenderedWindow'
import type { RunRow } from '../generated/RunRow'
import type { SetRow } from '../generated/SetRow'
import type { SetWish } from '../generated/SetWish'
import type { Shot } from '../generated/Shot'
import type { Task } from '../generated/Task'
import type { Tried } from '../generated/Tried'
import type { Given, LabApi, Stretch } from '../lab'
import { length } from '../../shared/time'
import type { Stand } from './desk'
import { task } from './jobs'
import { gridRecorded } from './lab_grid'
import { promptOf, triedOf } from './lab_prompts'
import { seeded } from './random'

const TASKS: Task[] = ['describe', 'text', 'answer', 'summarise', 'moderate', 'extract']
const KNOWN = new Set(['media', 'from', 'to', 'frames', 'frame', 'lines', 'line', 'previous', 'next', 'toxicity', 'question', 'unit', 'documents', 'by_hand', 'schema', 'parts', 'part', 'loop'])
const MADE_US = 1_795_000_000_000_000
const PER_TOKEN = 60

interface Kept {
  version: PromptVersion
  by: string
  at_us: number
}

const labelOf = ({ prompt }: PromptVersion) => `${prompt.name}@${prompt.version}`
const within = (at: Stretch, { start_us, end_us }: { start_us: number; end_us: number }) => start_us < at.end_us && end_us > at.start_us

/** Plays the lab's part of the Rust side, over the recorded media. */
export abstract class RecordedLab implements LabApi {
  #versions = new Map<string, Kept>()
  #sets: SetRow[] = []
  /** What was asked already, and costs nothing again. */
  #asked = new Set<string>()
  estimateRun = gridRecorded.estimateRun
  startRun = gridRecorded.startRun
  grid = gridRecorded.grid
  labClip = gridRecorded.labClip
  rawCalls = gridRecorded.rawCalls
  blindPair = gridRecorded.blindPair
  vote = gridRecorded.vote
  compare = gridRecorded.compare
  promote = gridRecorded.promote

  /** The media under the changes made so far. */
  protected abstract takesOf(): Stand[]

  async lab(): Promise<LabView> {
    this.#begin()
    const versions = [...this.#versions].map(([id, { version, by, at_us }]) => {
      const { name, task, version: count } = version.prompt
      return { id, label: labelOf(version), name, version: count, task, model: version.model, examples: version.examples.length, note: version.note, by, at_us, promoted: name === 'describe' ? count === 2 : by === '' }
    })
    versions.sort((a, b) => a.name.localeCompare(b.name) || b.version - a.version)
    const models = task('describe').models.slice(0, 2).map(({ id, name }) => ({ id, name, temperature: !id.startsWith('anthropic') }))
    const runs: RunRow[] = this.#sets.length === 0 ? [] : [{ id: 'r1', name: 'Examples or not', set: 'set-1', variants: ['describe@1', 'describe@2', 'describe@3', 'describe@3'], repeats: 2, tries: 150, of: 192, by: 'Ada', at_us: MADE_US + 9e9 }]
    return { versions, sets: this.#sets, runs, models }
  }

  /** What was there before the window opened. */
  #begin(): void {
    if (this.#versions.size > 0) return
    for (const name of TASKS) this.#put(promptOf(name), '', 0)
    if (this.takesOf().length === 0) return
    triedOf(promptOf('describe'), this.#shots()).forEach((version, i) => this.#put(version, 'Ada', MADE_US + i * 3_600e6))
    const rows = this.#candidates({ media: [], reviewed: false, gate: null, decided: null, speaker: null, label: null, length_us: 8_000_000, count: 20, seed: '1' }).rows
    this.#addSet({ set: { name: 'pump house, ten seconds', clips: rows.map(({ media, start_us, end_us }) => ({ media, start_us, end_us, holdout: false })), labels: [], chosen: 'Stretches of 8 s of all media, drawn with the seed 1.', note: '' }, holdout: 0.25, seed: '1' })
  }

  #put(version: PromptVersion, by: string, at_us: number): string {
    const id = `v-${labelOf(version)}`
    this.#versions.set(id, { version, by, at_us })
    return id
  }

  #of(id: string): PromptVersion {
    this.#begin()
    const kept = this.#versions.get(id)
    if (!kept) throw new Error(`There is no version ${id} in this project.`)
    return kept.version
  }

  async promptVersion(id: string): Promise<PromptVersion> {
    return this.#of(id)
  }

  async promptDiff(before: string, after: PromptVersion): Promise<DiffPart[]> {
    const [a, b] = [partsOf(this.#of(before)), partsOf(after)]
    return Object.keys(b).flatMap((part) => (a[part] === b[part] ? [] : [{ part, lines: linesOf(a[part] ?? '', b[part] ?? '') }]))
  }

  async keepPrompt(draft: PromptVersion): Promise<string> {
    if (!/^[a-z0-9-]+$/i.test(draft.prompt.name)) throw new Error(`${draft.prompt.name}: a name is of letters, digits and hyphens.`)
    const counts = [...this.#versions.values()].filter(({ version }) => version.prompt.name === draft.prompt.name).map(({ version }) => version.prompt.version)
    return this.#put({ ...draft, prompt: { ...draft.prompt, version: Math.max(0, ...counts) + 1 } }, 'Ada', MADE_US + 2e10)
  }
  async importPrompt(): Promise<string | null> {
    const from = promptOf('describe')
    return this.keepPrompt({ ...from, note: 'From a file.', prompt: { ...from.prompt, name: 'imported' } })
  }
  async exportPrompt(id: string): Promise<string | null> {
    return `/recorded/${labelOf(this.#of(id))}.toml`
  }

  async shots(count: number): Promise<Shot[]> {
    return this.#shots().slice(0, count)
  }

  #shots(): Shot[] {
    return this.#candidates({ media: [], reviewed: false, gate: null, decided: null, speaker: null, label: null, length_us: 10_000_000, count: 40, seed: 'shots' }).rows.map(({ media, name, start_us, end_us, said }) => {
      const found = this.#truth({ media, start_us, end_us }).map(({ label, region, text, start_us, end_us }) => ({ label, region: region ?? null, text, start_us, end_us }))
      return { media, name, start_us, end_us, lines: said ? [{ speaker: null, text: said }] : [], annotations: found }
    })
  }

  #truth(at: Stretch): Annotation[] {
    return (this.takesOf().find(({ take }) => take.id === at.media)?.annotations ?? []).filter((annotation) => within(at, annotation))
  }

  #said(at: Stretch): string {
    const words = this.takesOf().find(({ take }) => take.id === at.media)?.words ?? []
    return words.filter((word) => word.start_us >= at.start_us && word.start_us < at.end_us).map((word) => word.text + word.punctuation).join(' ')
  }

  async renderPrompt(draft: PromptVersion, given: Given, at: Stretch): Promise<Rendered | null> {
    const problems = problemsOf(draft, given)
    const examples = draft.examples.length
    if (problems.some(({ stops }) => stops)) return { problems, windows: [], examples, input_tokens: 0, at_most: null }
    const { longest_us } = draft.prompt.windows
    const windows: RenderedWindow[] = []
    for (let start_us = at.start_us; start_us < at.end_us; start_us += longest_us) windows.push(this.#window(draft, given, { ...at, start_us, end_us: Math.min(at.end_us, start_us + longest_us) }))
    const input_tokens = windows.reduce((sum, { tokens, kept }) => sum + (kept ? 0 : tokens), 0)
    const output = windows.filter(({ kept }) => !kept).length * draft.prompt.max_tokens
    return { problems, windows, examples, input_tokens, at_most: draft.model === 'anthropic.claude-sonnet-5-5' ? null : (input_tokens + 4 * output) * PER_TOKEN }
  }

  #window(draft: PromptVersion, given: Given, at: Stretch): RenderedWindow {
    const { prompt, examples } = draft
    const [every_us, most] = [Math.max(1, prompt.frames.every_us), Math.max(1, prompt.windows.frames)]
    const frames_us = Array.from({ length: Math.min(most, Math.ceil((at.end_us - at.start_us) / every_us)) }, (_, n) => at.start_us + n * every_us)
    const stand = this.takesOf().find(({ take }) => take.id === at.media)
    const filled: Record<string, string> = { 'media.name': stand?.take.name ?? at.media, 'media.duration': length(stand?.take.duration_us ?? 0), from: length(at.start_us), to: length(at.end_us), question: given.question, unit: 'in thousandths of the picture', 'schema|safe': prompt.schema }
    const fill = (template: string) => lastOf(template, frames_us.map(length), this.#said(at)).replace(/\{\{\s*([^}]+?)\s*\}\}/g, (_, name: string) => filled[name] ?? '').replace(/\{%[^%]*%\}/g, '')
    const shown = examples.map(({ name, start_us, annotations }) => `[example of ${name} at ${length(start_us)}]\n${JSON.stringify({ found: annotations.map(({ label, text }) => ({ label, text })) })}`)
    const text = ['[system]', fill(prompt.system).trim(), ...shown, '[user]', ...frames_us.map((at_us, n) => `[picture ${n + 1}, 1280×720, at ${length(at_us)}]`), fill(prompt.window).trim()].join('\n')
    const tokens = Math.round(text.length / 4) + frames_us.length * 410
    return { start_us: at.start_us, end_us: at.end_us, text, frames_us, tokens, kept: this.#asked.has(`${draft.model ?? ''} ${at.media} ${text}`) }
  }

  async tryPrompt(draft: PromptVersion, given: Given, at: Stretch): Promise<Tried | null> {
    const rendered = await this.renderPrompt(draft, given, at)
    const truth = this.#truth(at)
    const random = seeded(draft.prompt.window.length + at.start_us)
    const marks = foundOf(truth, random)
    const windows = rendered?.windows ?? []
    const calls = windows.map(({ text, tokens, start_us, end_us, kept }) => ({
      start_us,
      end_us,
      request: text,
      answer: JSON.stringify({ summary: 'A plant room with a gauge.', found: marks.found.filter((mark) => within({ ...at, start_us, end_us }, mark)).map(({ label, text }) => ({ label, first_frame: 1, last_frame: 4, text })) }),
      latency_ms: 1800 + Math.round(random() * 1400),
      cost: tokens * PER_TOKEN + 300 * 4 * PER_TOKEN,
      input_tokens: tokens,
      output_tokens: 300,
      from_cache: kept,
    }))
    for (const { text } of windows) this.#asked.add(`${draft.model ?? ''} ${at.media} ${text}`)
    return { ...marks, calls, unanswered: [], paid: calls.reduce((sum, { cost, from_cache }) => sum + (from_cache ? 0 : cost), 0) }
  }

  async candidates(filter: ClipFilter): Promise<CandidatesView> {
    return this.#candidates(filter)
  }

  #candidates(filter: ClipFilter): CandidatesView {
    const stands = this.takesOf()
    const all = stands.flatMap(({ take, flags, words }): CandidateRow[] => {
      if (filter.media.length > 0 && !filter.media.includes(take.id)) return []
      const rows: CandidateRow[] = []
      for (let start_us = 0; start_us + filter.length_us <= take.duration_us; start_us += filter.length_us) {
        const at = { media: take.id, start_us, end_us: start_us + filter.length_us }
        const truth = this.#truth(at)
        const flagged = flags.filter((flag) => within(at, flag))
        if (filter.gate !== null && !flagged.some(({ gate, verdict }) => gate === filter.gate && (filter.decided === null || (verdict?.decision ?? 'open') === filter.decided))) continue
        if (filter.reviewed && flagged.some(({ verdict }) => verdict === null) && truth.length === 0) continue
        if (filter.label !== null && !truth.some(({ label }) => label === filter.label)) continue
        if (filter.speaker !== null && !words.some((word) => word.start_us >= start_us && word.start_us < at.end_us && word.speaker === filter.speaker)) continue
        rows.push({ ...at, name: take.name, truths: truth.length, said: this.#said(at).slice(0, 90) })
      }
      return rows
    })
    const random = seeded([...filter.seed].reduce((sum, sign) => sum * 31 + sign.charCodeAt(0), 7))
    const drawn = new Set(all.map((row) => ({ row, key: random() })).sort((a, b) => a.key - b.key).slice(0, filter.count).map(({ row }) => row))
    const rows = all.filter((row) => drawn.has(row))
    const labels = new Map<string, number>()
    for (const row of rows) for (const { label } of this.#truth(row)) labels.set(label, (labels.get(label) ?? 0) + 1)
    return { rows, of: all.length, labels: [...labels].sort((a, b) => b[1] - a[1]), speakers: [...new Set(stands.flatMap(({ take }) => take.speakers))] }
  }

  async keepSet(wish: SetWish): Promise<string> {
    this.#begin()
    return this.#addSet(wish)
  }

  #addSet({ set, holdout, seed }: SetWish): string {
    const media = [...new Set(set.clips.map((clip) => clip.media))]
    const random = seeded(seed.length)
    const held = new Set(holdout > 0 && media.length > 1 ? [media[Math.floor(random() * media.length)]] : [])
    const shown = set.clips.filter((clip) => !held.has(clip.media))
    const truths = set.clips.reduce((sum, clip) => sum + this.#truth(clip).length, 0)
    const id = `set-${this.#sets.length + 1}`
    this.#sets = [{ id, set: { ...set, clips: shown }, clips: set.clips.length, media: media.length, holdout: set.clips.length - shown.length, truths, truth: 12, outdated: false, by: 'Ada', at_us: MADE_US + 8e9 }, ...this.#sets]
    return id
  }
}

/** Loops, filled in by what they are mostly about. */
function lastOf(template: string, frames: string[], said: string): string {
  return template
    .replace(/\{% for frame[\s\S]*?endfor %\}/g, frames.map((at, n) => `[frame ${n + 1} at ${at}]`).join('\n'))
    .replace(/\{% for line[\s\S]*?endfor %\}/g, said === '' ? '(nothing is said)\n' : `${said}\n`)
    .replace(/\{% if by_hand[\s\S]*?endif %\}/g, '')
}

function problemsOf({ prompt, model, examples }: PromptVersion, given: Given): Problem[] {
  const problems: Problem[] = []
  for (const part of ['system', 'window', 'whole'] as const) {
    ;(prompt[part] ?? '').split('\n').forEach((text, i) => {
      for (const [, name] of text.matchAll(/\{\{\s*([a-z_]+)/g)) {
        if (name && !KNOWN.has(name)) problems.push({ part, line: i + 1, what: `Nothing is called ${name} here. Known are media, from, to, frames, lines, previous, next and question.`, stops: true })
      }
    })
  }
  if (!/^[a-z0-9-]+$/i.test(prompt.name)) problems.push({ part: 'name', line: null, what: 'A name is of letters, digits and hyphens.', stops: true })
  if (model === null) problems.push({ part: 'model', line: null, what: 'No model is chosen, so nothing can be asked: choose one under Parameters.', stops: true })
  if (prompt.max_tokens > 8000) problems.push({ part: 'max_tokens', line: null, what: 'The model answers with 8,000 tokens at most: take fewer.', stops: true })
  if (prompt.task === 'answer' && given.question.trim() === '') problems.push({ part: 'question', line: null, what: 'The task answers a question: write one beside the clip.', stops: true })
  if (examples.some(({ annotations }) => annotations.length === 0)) problems.push({ part: 'examples', line: null, what: 'An example shows nothing: it is left out.', stops: false })
  return problems
}

/** What a model finds of the truth: most of it, a little off, and something else. */
function foundOf(truth: readonly Annotation[], random: () => number): { truth: LabMark[]; found: LabMark[] } {
  const marks = truth.map(({ start_us, end_us, region, label, text }): LabMark => ({ start_us, end_us, region: region ?? null, label, text, confidence: null, standing: 'missed', partner: null }))
  const found: LabMark[] = []
  marks.forEach((mark, i) => {
    if (random() < 0.25) return
    const { region } = mark
    found.push({ ...mark, region: region && { x: region.x + 0.015, y: region.y - 0.012, w: region.w * 1.05, h: region.h }, start_us: mark.start_us + 300_000, confidence: 0.6 + 0.4 * random(), standing: 'matched', partner: i })
    marks[i] = { ...mark, standing: 'matched', partner: found.length - 1 }
  })
  const [first] = truth
  if (first) found.push({ start_us: first.start_us, end_us: first.end_us, region: { x: 0.7, y: 0.06, w: 0.14, h: 0.18 }, label: 'graphic', text: 'A sign on the wall', confidence: 0.41, standing: 'extra', partner: null })
  return { truth: marks, found }
}

/** All that a version says, by part, as text. */
function partsOf({ prompt, model, examples, note }: PromptVersion): Record<string, string> {
  const { system, window, schema, whole, whole_schema, name, max_tokens, temperature, frames, windows, neighbours } = prompt
  return {
    name,
    note,
    model: model ?? '',
    system,
    window,
    schema,
    whole: whole ?? '',
    whole_schema: whole_schema ?? '',
    parameters: [`max_tokens = ${max_tokens}`, `temperature = ${temperature ?? 'none'}`, `neighbours = ${neighbours}`, ...Object.entries({ ...frames, ...windows }).map(([key, value]) => `${key} = ${value ?? 'none'}`)].join('\n'),
    examples: examples.map((shot) => `${shot.name} ${shot.start_us}`).join('\n'),
  }
}

/** Lines of two texts: what begins and ends alike, and what differs between. */
function linesOf(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < Math.min(a.length, b.length) && a[head] === b[head]) head++
  let tail = 0
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const lines = (side: -1 | 0 | 1, texts: string[]) => texts.map((text) => ({ side, text }))
  return [...lines(0, a.slice(0, head)), ...lines(-1, a.slice(head, a.length - tail)), ...lines(1, b.slice(head, b.length - tail)), ...lines(0, a.slice(a.length - tail))]
}
