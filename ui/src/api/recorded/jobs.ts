// How far made-up media are, what made-up calls cost, and what asking would come to.
import type { CallView } from '../generated/CallView'
import type { GraphStage } from '../generated/GraphStage'
import type { JobsView } from '../generated/JobsView'
import type { LedgerView } from '../generated/LedgerView'
import type { Mark } from '../generated/Mark'
import type { MediaGraph } from '../generated/MediaGraph'
import type { MediaRow } from '../generated/MediaRow'
import type { Task } from '../generated/Task'
import type { TaskView } from '../generated/TaskView'

const GRAPH: GraphStage[] = [
  { name: 'listen', about: 'Decode the sound and measure it', leg: 'sound', after: [] },
  { name: 'look', about: 'Decode the pictures, find the shots', leg: 'picture', after: [] },
  { name: 'speech', about: 'Write down what is said', leg: 'sound', after: ['listen'] },
  { name: 'text', about: 'Read the text on screen', leg: 'picture', after: ['look'] },
  { name: 'drift', about: 'Hold the words against the sound', leg: 'sound', after: ['listen', 'speech'] },
  { name: 'annotate', about: 'Ask models about frames and words', leg: 'both', after: ['look', 'text', 'drift'] },
  { name: 'measure', about: 'Measure what the gates judge', leg: 'both', after: ['look', 'text', 'drift', 'annotate'] },
  { name: 'proxy', about: 'Make a copy that the window plays', leg: 'picture', after: ['look', 'text'] },
]
const WHY = 'The file ends in the middle of a frame at 0:02:11. Copy it again from where it came from and import it once more.'
const STANDS: Record<string, Mark[]> = {
  done: ['done', 'done', 'none', 'none', 'done', 'done', 'done', 'skipped'],
  running: ['done', 'running', 'none', 'none', 'running', 'none', 'waiting', 'waiting'],
  failed: ['done', 'failed', 'none', 'none', 'done', 'none', 'done', 'skipped'],
  stopped: ['done', 'done', 'none', 'none', 'stopped', 'none', 'stopped', 'stopped'],
}
const ORDER = ['done', 'running', 'failed', 'stopped', 'done', 'done', 'done'] as const

const standOf = (at: number) => ORDER[at % ORDER.length] ?? 'done'

export function jobs(rows: MediaRow[], since: number | null): JobsView {
  const media = rows.map(({ id, name }, at) => ({ media: id, name, stages: STANDS[standOf(at)] ?? [], state: standOf(at), cost: at % 3 === 0 ? 14_200_000 : 0 }))
  return { seq: 1, graph: GRAPH, media: since === null ? media : [], whole: since === null, unkept: null }
}

export function mediaGraph(rows: MediaRow[], media: string): MediaGraph {
  const marks = STANDS[standOf(rows.findIndex(({ id }) => id === media))] ?? []
  const stages = GRAPH.map(({ name }, i) => {
    const state = marks[i] ?? 'none'
    const error = state === 'failed' ? WHY : state === 'skipped' && marks[1] === 'failed' ? 'look failed' : null
    return { name, state, attempts: state === 'failed' ? 2 : state === 'none' ? 0 : 1, at_us: state === 'none' ? null : 1_795_000_000_000_000 + i * 4_000_000, error }
  })
  return { seq: 1, media, stages }
}

export function ledger(rows: MediaRow[], media: string | null, first: number, count: number): LedgerView {
  const name = rows.find(({ id }) => id === media)?.name ?? rows[0]?.name ?? ''
  const total = rows.length === 0 ? 0 : 430
  const call = (n: number): CallView => ({
    id: total - n,
    began_us: 1_795_000_000_000_000 - n * 7_000_000,
    what: 'us.amazon.nova-2-lite-v1:0',
    task: 'describe',
    media: name,
    state: n === 0 ? 'open' : n % 29 === 3 ? 'failed' : 'done',
    input: 3_120 + (n % 7) * 41,
    output: n === 0 ? 0 : 412,
    cached: n % 2 === 0 ? 0 : 980,
    latency_ms: 2_400 + (n % 5) * 310,
    cost: 1_420_000,
    error: n % 29 === 3 ? 'Bedrock asked to wait, five times in a row. Ask again later, or ask for fewer at once.' : null,
  })
  const calls = Array.from({ length: Math.max(0, Math.min(count, total - first)) }, (_, i) => call(first + i))
  const spent = total * 1_420_000
  return { seq: 1, calls, more: first + calls.length < total, spent, held: total > 0 ? 2_100_000 : 0, done: total - 16, failed: 15, cap: 5_000_000_000, left: 5_000_000_000 - spent }
}

const EMBEDDING = [
  { id: 'amazon.nova-2-multimodal-embeddings-v1:0', name: 'Nova multimodal embeddings' },
  { id: 'amazon.titan-embed-text-v2:0', name: 'Titan Text Embeddings V2' },
]

export function task(task: Task): TaskView {
  const models = [
    { id: 'amazon.nova-2-lite-v1:0', name: 'Nova 2 Lite', against: [], reasons: ['not measured on your own media yet', 'a window of 12 pictures comes to about $0.0031 by its list price'], cost: 3_100_000, video: true },
    { id: 'anthropic.claude-sonnet-5-5', name: 'Claude Sonnet 5.5', against: [], reasons: ['not measured on your own media yet'], cost: 41_000_000, video: false },
    { id: 'words-only', name: 'Words only', against: ['it takes no pictures'], reasons: [], cost: null, video: false },
  ]
  const prompt = task === 'summarise' ? { prompt: 'summarise@1', about: 'Summarises each part, then the whole.' } : { prompt: 'describe@1', about: 'Says what is seen and done, stretch by stretch.' }
  const compare_by = task === 'summarise' ? EMBEDDING : []
  return { ...prompt, models, compare_by, needs_question: task === 'answer', needs_schema: task === 'extract', blocked: null }
}

export const ESTIMATE = {
  windows: 4,
  frames: 38,
  kept: 1,
  input_tokens: 14_300,
  output_tokens: 6_000,
  at_most: 21_400_000,
  comparing: null,
  left: 4_389_400_000,
  first: 'model us.amazon.nova-2-lite-v1:0, at most 1500 tokens back\nYou describe <video> & sound.\n[picture of 1280 by 720, 91240 bytes]\n[frame 1 at 0:00:00.000]',
  documents: ['pump-house-slides.pdf: as it is', 'terms.md: as it is'],
  failures: [],
}
