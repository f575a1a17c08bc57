import type { LabApi } from '../lab'
import type { Bounded } from '../generated/Bounded'
import type { Changed } from '../generated/Changed'
import type { CompareView } from '../generated/CompareView'
import type { GridCell } from '../generated/GridCell'
import type { GridRow } from '../generated/GridRow'
import type { LabMark } from '../generated/LabMark'
import type { RawCall } from '../generated/RawCall'
import type { SliceRow } from '../generated/SliceRow'
import type { VariantHead } from '../generated/VariantHead'
import type { Vote } from '../generated/Vote'
import { normal, seeded } from './random'
import { takes } from './takes'

type GridApi = Pick<LabApi, 'estimateRun' | 'startRun' | 'grid' | 'labClip' | 'rawCalls' | 'blindPair' | 'vote' | 'compare' | 'promote'>

const CLIP_US = 4_000_000
const HELD_OUT = 6
/** How good each variant is, how much a clip costs with it in billionths of a US dollar, and how long an answer takes in milliseconds. */
const VARIANTS = [
  { label: 'describe@1', version: 'v1', model: 'amazon.nova-2-lite-v1:0', temperature: null, found: 0.66, extra: 0.5, cost: 1_100_000, latency: 1_150 },
  { label: 'describe@2', version: 'v2', model: 'amazon.nova-2-lite-v1:0', temperature: null, found: 0.76, extra: 0.4, cost: 1_300_000, latency: 1_240 },
  { label: 'describe@3', version: 'v3', model: 'amazon.nova-2-lite-v1:0', temperature: 0.7, found: 0.71, extra: 0.8, cost: 2_400_000, latency: 1_420 },
  { label: 'describe@3', version: 'v3', model: 'anthropic.claude-sonnet-5-5', temperature: null, found: 0.9, extra: 0.2, cost: 9_800_000, latency: 4_100 },
  { label: 'describe@2', version: 'v2', model: 'anthropic.claude-sonnet-5-5', temperature: null, found: 0.86, extra: 0.3, cost: 8_600_000, latency: 3_600 },
  { label: 'describe@2', version: 'v2', model: 'fixed', temperature: null, found: 0.58, extra: 0.9, cost: 5_200_000, latency: 800 },
  { label: 'describe@1', version: 'v1', model: 'fixed', temperature: null, found: 0.5, extra: 1.1, cost: 700_000, latency: 720 },
  { label: 'describe@1', version: 'v1', model: 'anthropic.claude-sonnet-5-5', temperature: 1, found: 0.8, extra: 0.5, cost: 7_900_000, latency: 3_900 },
]
const SEEN = ['valve', 'pipe', 'hand', 'sign', 'window', 'hose'] as const
const MEDIA = takes(1)

/** `?lab=200x8` asks for so many clips and variants: stretches of the made media come again and again. */
function size(): { clips: number; variants: number } {
  const [clips, variants] = (new URLSearchParams(location.search).get('lab') ?? '24x4').split('x').map(Number)
  return { clips: clips || 24, variants: Math.min(VARIANTS.length, variants || 4) }
}

function clipOf(clip: number) {
  const take = MEDIA[clip % 5 === 4 ? 1 : 0] ?? MEDIA[0]
  if (!take) throw new Error('There are no recorded media.')
  const start_us = (clip * 3_000_000) % (take.duration_us - CLIP_US)
  return { media: take.id, name: take.name, start_us, end_us: start_us + CLIP_US, annotations: take.annotations }
}

function truthOf(clip: number): LabMark[] {
  const { start_us, end_us, annotations } = clipOf(clip)
  const random = seeded(clip * 31 + 7)
  const stated = annotations.filter((one) => one.start_us < end_us && one.end_us > start_us).map(({ label, text, region, ...at }) => ({ label, text, region: region ?? null, start_us: Math.max(start_us, at.start_us), end_us: Math.min(end_us, at.end_us) }))
  const more = SEEN.slice(clip % 4, (clip % 4) + 2).map((label) => {
    const from = start_us + Math.round(random() * 1_500_000)
    return { label, text: label, region: { x: random() * 0.7, y: 0.1 + random() * 0.6, w: 0.1 + random() * 0.15, h: 0.1 + random() * 0.2 }, start_us: from, end_us: from + 2_000_000 }
  })
  return [...stated, ...more].map((mark) => ({ ...mark, confidence: null, standing: 'matched', partner: null }))
}

/** What a variant found in a clip, in one repeat. */
function foundOf(clip: number, variant: number, repeat: number): { marks: LabMark[]; missed: number[] } {
  const one = VARIANTS[variant]
  if (!one) throw new Error(`There is no variant ${variant} in this run.`)
  const random = seeded(clip * 9973 + variant * 101 + (one.temperature === null ? 0 : repeat * 7))
  const missed: number[] = []
  const marks = truthOf(clip).flatMap((truth, i): LabMark[] => {
    if (random() > one.found) {
      missed.push(i)
      return []
    }
    const shake = () => 0.03 * normal(random)
    const region = truth.region && { ...truth.region, x: truth.region.x + shake(), y: truth.region.y + shake() }
    return [{ ...truth, region, start_us: truth.start_us + Math.round(200_000 * random()), confidence: 0.6 + 0.4 * random(), partner: i }]
  })
  const { start_us } = clipOf(clip)
  for (let i = 0; i < 2; i++) {
    if (random() > one.extra) continue
    const label = SEEN[Math.floor(random() * SEEN.length)] ?? 'sign'
    marks.push({ label, text: `${label}, not there`, region: { x: random() * 0.8, y: 0.1 + random() * 0.7, w: 0.12, h: 0.16 }, start_us: start_us + 500_000, end_us: start_us + 3_000_000, confidence: 0.5, standing: 'extra', partner: null })
  }
  return { marks, missed }
}

function cellOf(clip: number, variant: number): GridCell {
  const one = VARIANTS[variant]
  const { marks, missed } = foundOf(clip, variant, 0)
  const matched = marks.filter(({ standing }) => standing === 'matched').length
  const extra = marks.length - matched
  const random = seeded(clip * 17 + variant)
  const unanswered = random() < 0.02
  const f1 = unanswered ? null : (2 * matched) / Math.max(1, 2 * matched + extra + missed.length)
  return {
    f1, difference: null, matched, extra, missed: missed.length, misfits: random() < 0.08 ? 1 : 0, unanswered: unanswered ? 1 : 0,
    latency_ms: Math.round((one?.latency ?? 0) * (0.7 + 0.8 * random())), cost: Math.round((one?.cost ?? 0) * (0.8 + 0.4 * random())), repeats: 2,
  }
}

/** About what a bootstrap would say of a mean. */
function boundedOf(values: readonly number[]): Bounded {
  const value = values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length)
  const spread = Math.sqrt(values.reduce((sum, one) => sum + (one - value) ** 2, 0) / Math.max(1, values.length - 1))
  const half = (2.2 * spread) / Math.sqrt(Math.max(1, values.length))
  return { value, lower: value - half, upper: value + half }
}

const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null)

const rowsOf = (clips: number, variants: number, baseline: number): GridRow[] =>
  Array.from({ length: clips }, (_, clip) => {
    const { media, name, start_us, end_us } = clipOf(clip)
    const cells = Array.from({ length: variants }, (_, variant) => cellOf(clip, variant))
    const held = cells[baseline]?.f1 ?? null
    return { clip, media, name, start_us, end_us, truths: truthOf(clip).length, cells: cells.map((cell, i) => ({ ...cell, difference: i === baseline || held === null || cell.f1 === null ? null : cell.f1 - held })) }
  })

function headOf(rows: readonly GridRow[], variant: number, baseline: number): VariantHead {
  const one = VARIANTS[variant]
  const cells = rows.flatMap(({ cells }) => cells[variant] ?? [])
  const sum = (of: (cell: GridCell) => number) => cells.reduce((all, cell) => all + of(cell), 0)
  const [matched, extra, missed] = [sum((cell) => cell.matched), sum((cell) => cell.extra), sum((cell) => cell.missed)]
  const waits = cells.map(({ latency_ms }) => latency_ms).sort((a, b) => a - b)
  return {
    label: one?.label ?? '', version: one?.version ?? '', model: one?.model ?? '', temperature: one?.temperature ?? null,
    f1: boundedOf(known(cells.map(({ f1 }) => f1))), precision: matched / Math.max(1, matched + extra), recall: matched / Math.max(1, matched + missed),
    time_iou: 0.7 + variant / 60, region_iou: 0.61 + variant / 50, text: 0.83, unsupported: 0.04 + variant / 100, stability: one?.temperature === null ? 1 : 0.86,
    misfits: sum((cell) => cell.misfits), unanswered: sum((cell) => cell.unanswered), calls: cells.length * 2,
    latency_ms: waits[Math.floor(waits.length / 2)] ?? 0, latency_p95_ms: waits[Math.floor(waits.length * 0.95)] ?? 0, cost: Math.round(sum((cell) => cell.cost) / Math.max(1, cells.length)),
    difference: variant === baseline ? null : boundedOf(known(cells.map(({ difference }) => difference))), on_front: false,
  }
}

const worst = ({ cells }: GridRow) => Math.min(...known(cells.map(({ difference }) => difference)), Infinity)

function made(baseline: number) {
  const { clips, variants } = size()
  const rows = rowsOf(clips, variants, baseline).sort((a, b) => Math.sign(worst(a) - worst(b)) || a.clip - b.clip)
  const heads = Array.from({ length: variants }, (_, variant) => headOf(rows, variant, baseline))
  const beaten = (head: VariantHead) => heads.some((other) => (other.f1?.value ?? 0) > (head.f1?.value ?? 0) && other.cost < head.cost)
  return { rows, heads: heads.map((head) => ({ ...head, on_front: !beaten(head) })) }
}

function callsOf(clip: number, variant: number, repeat: number): RawCall[] {
  const { start_us, end_us, name } = clipOf(clip)
  const { marks } = foundOf(clip, variant, repeat)
  const cell = cellOf(clip, variant)
  const half = (start_us + end_us) / 2
  const frames = Array.from({ length: 8 }, (_, n) => `[frame ${n + 1} at ${((start_us + n * 500_000) / 1e6).toFixed(1)} s: 1280 × 720]`).join('\n')
  return [[start_us, half], [half, end_us]].map(([from = 0, to = 0], i) => ({
    start_us: from, end_us: to,
    request: `SYSTEM\nYou look at a video and say what is in it. Answer with JSON alone.\n\nUSER\n<media>${name}</media>\n${frames}\n\nWhat is seen from ${(from / 1e6).toFixed(1)} s to ${(to / 1e6).toFixed(1)} s?`,
    answer: JSON.stringify({ summary: 'A plant room.', found: marks.filter((_, n) => n % 2 === i).map(({ label, text, confidence, region }) => ({ label, first_frame: 1, last_frame: 6, box: region, text, confidence })) }, null, 2),
    latency_ms: Math.round(cell.latency_ms / 2), cost: Math.round(cell.cost / 2), input_tokens: 6_240, output_tokens: 312, from_cache: i === 0,
  }))
}

const slice = (by: string, name: string, clips: number, baseline: number, candidate: number, guarded: boolean, fell = false): SliceRow => {
  const value = candidate - baseline
  return { by, name, clips, baseline, candidate, difference: clips < 5 ? null : { value, lower: value - 0.06, upper: value + 0.06 }, guarded, fell }
}

function compared(baseline: number, candidate: number, votes: CompareView['votes']): CompareView {
  const { rows, heads } = made(baseline)
  const difference = heads[candidate]?.difference ?? null
  const better = difference !== null && difference.lower > 0
  const falls = !better
  const passes = (row: GridRow, variant: number) => (row.cells[variant]?.f1 ?? 0) >= 0.6
  const alone = (one: number, other: number) => rows.filter((row) => passes(row, one) && !passes(row, other)).length
  return {
    baseline, candidate, clips: rows.length, media: 2, difference, smallest: 0.07,
    only_baseline: alone(baseline, candidate), only_candidate: alone(candidate, baseline), p: better ? 0.012 : 0.41,
    slices: [
      slice('label', 'text', 12, 0.71, falls ? 0.58 : 0.79, true, falls), slice('label', 'person', 9, 0.66, 0.74, true), slice('shot length', 'below 2 s', 7, 0.6, 0.68, false),
      slice('speaker', 'Day shift', 4, 0.64, 0.6, false), slice('sound', 'no speech', 8, 0.59, 0.7, false), slice('media', 'gauge-walkthrough.mp4', 19, 0.63, 0.72, false),
    ],
    holdout: better ? 'The clips that are held out agree: there, too, the candidate is better.' : 'The clips that are held out do not agree: there the candidate is not better.',
    holdout_agrees: better, votes, promote: better,
    reasons: better ? ['The difference lies above zero, no guarded slice fell, and the clips that are held out agree.'] : ['The difference may be zero or below.', 'The guarded slice “text” fell.', 'The clips that are held out do not agree.'],
    gates: ['text_support', 'annotation_disagreement'],
  }
}

const CHANGED: Changed = { seq: 0, media: null, stale: [], touched: null, undo: null, redo: null }

/** Votes by the variants they are about: what was voted on each clip, and which variant stood on its side A. */
const votes = new Map<string, Map<number, Vote>>()
const pairOf = (one: number, other: number) => [one, other].sort().join(' ')
const votesOn = (one: number, other: number) => votes.get(pairOf(one, other)) ?? new Map<number, Vote>()
const swapped = (clip: number) => seeded(clip * 3 + 1)() < 0.5

/** A run over the recorded media; `?lab=200x8` makes it that large. */
export const gridRecorded: GridApi = {
  async estimateRun(plan) {
    const tries = 30 * plan.variants.length * plan.repeats
    const kept = plan.variants.length > 1 ? Math.round(tries * 0.8) : 0
    const power = 'It stands on 24 clips of 6 media and on how far such variants lay apart before. Four times in five a difference of 0.07 would be told from none; a smaller one would not.'
    return { tries, calls: tries * 2, kept, input_tokens: tries * 12_400, output_tokens: tries * 2_048, at_most: (tries * 2 - kept) * 1_900_000, left: 400_000_000, smallest: 0.07, power, failures: [] }
  },
  async startRun(_, run) {
    return run ?? 'r1'
  },
  async grid(run, baseline) {
    const { rows, heads } = made(baseline)
    const calls = rows.length * heads.length * 4
    const notes = ['All clips are of two media: what holds of them may not hold of others.']
    return { run, name: 'Examples or not', baseline, variants: heads, rows, holdout: HELD_OUT, repeats: 2, truth: 12, kept: Math.round(calls * 0.62), calls, paid: 184_000_000, notes }
  },
  async labClip(_, clip, repeat) {
    const { media, start_us, end_us } = clipOf(clip)
    const found = Array.from({ length: size().variants }, (_, variant) => foundOf(clip, variant, repeat))
    return { media, start_us, end_us, truth: truthOf(clip), variants: found.map(({ marks }) => marks), missed: found.map(({ missed }) => missed) }
  },
  async rawCalls(_, clip, variant, repeat) {
    return callsOf(clip, variant, repeat)
  },
  async blindPair(_, one, other) {
    const done = votesOn(one, other)
    const of = size().clips
    const clip = Array.from({ length: of }, (_, clip) => clip).find((clip) => !done.has(clip))
    if (clip === undefined) return null
    const { media, name, start_us, end_us } = clipOf(clip)
    const [a, b] = swapped(clip) ? [other, one] : [one, other]
    return { clip, media, name, start_us, end_us, a: foundOf(clip, a, 0).marks, b: foundOf(clip, b, 0).marks, voted: done.size, of }
  },
  async vote(_, one, other, clip, vote) {
    votes.set(pairOf(one, other), new Map(votesOn(one, other)).set(clip, vote))
    return CHANGED
  },
  async compare(_, baseline, candidate) {
    const counts: [number, number, number] = [0, 0, 0]
    for (const [clip, vote] of votesOn(baseline, candidate)) counts[vote === 'tie' ? 2 : (vote === 'a') === swapped(clip) ? 1 : 0]++
    return compared(baseline, candidate, counts)
  },
  async promote() {
    return CHANGED
  },
}
