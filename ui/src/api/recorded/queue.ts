// The queue of the recording: ordered as the Rust side orders, near enough to design by.
import type { FlagView } from '../generated/FlagView'
import type { GateId } from '../generated/GateId'
import type { Left } from '../generated/Left'
import type { QueueAsk } from '../generated/QueueAsk'
import type { QueueItem } from '../generated/QueueItem'
import type { QueueView } from '../generated/QueueView'
import type { Stand } from './desk'

interface Judged {
  defects: number
  all: number
}

/** What was said of flags, by gate. */
function judgedOf(stands: readonly Stand[]): Map<GateId, Judged> {
  const judged = new Map<GateId, Judged>()
  for (const { gate, verdict } of stands.flatMap(({ flags }) => flags)) {
    if (!verdict || verdict.decision === 'unsure') continue
    const known = judged.get(gate) ?? { defects: 0, all: 0 }
    known.all++
    if (verdict.decision === 'confirmed') known.defects++
    judged.set(gate, known)
  }
  return judged
}

function clause(judged: Judged | undefined): string {
  if (!judged) return 'nobody decided on such a flag yet'
  return `${judged.defects} of ${judged.all} such flags ${judged.defects === 1 ? 'was a defect' : 'were defects'}`
}

const isOpen = (flag: FlagView) => !flag.verdict && !flag.passed_since
const secondsOf = (flag: FlagView) => Math.max(1, Math.round((flag.end_us - flag.start_us) / 1e6 + 3))
const far = ({ value, limit, fails }: FlagView) => value === null ? 0 : Math.max(0, (fails === 'above' ? value - limit : limit - value) / (limit || 1))

/** Flags with what reviewers said of such. */
export function withSaid(flags: readonly FlagView[], stands: readonly Stand[]): FlagView[] {
  const judged = judgedOf(stands)
  return flags.map((flag) => ({ ...flag, said: clause(judged.get(flag.gate)) }))
}

export function queue(stands: readonly Stand[], { filter, desk, first, count }: QueueAsk, seq: number): QueueView {
  const judged = judgedOf(stands)
  const worth = (flag: FlagView) => {
    const known = judged.get(flag.gate)
    return (((known?.defects ?? 0) + 1) / ((known?.all ?? 0) + 2) / secondsOf(flag)) * (1 + Math.min(2, Math.floor(far(flag))) / 1000)
  }
  const all = stands.flatMap((stand) => stand.flags.map((flag) => ({ stand, flag })))
  const wanted = all.filter(({ stand, flag }) => (filter.decided ? flag.verdict !== null : isOpen(flag) && !stand.finished))
  const here = wanted.filter(({ stand, flag }) => (filter.media === null || stand.take.id === filter.media) && (filter.far === 0 || far(flag) >= 0.75))
  const chosen = here.filter(({ flag }) => filter.gates.length === 0 || filter.gates.includes(flag.gate))
  if (!filter.decided) chosen.sort((a, b) => worth(b.flag) - worth(a.flag))
  const item = ({ stand: { take }, flag }: (typeof all)[number]): QueueItem => ({
    id: flag.id, media: take.id, name: take.name, gate: flag.gate, defect: null, label: flag.label, why: flag.why, value: flag.value, unit: flag.unit,
    reason: `${clause(judged.get(flag.gate))}; about ${secondsOf(flag)}\u00a0s`, start_us: flag.start_us, end_us: flag.end_us,
    decision: flag.verdict?.decision ?? null, by: flag.verdict?.by ?? null, note: flag.verdict?.note ?? null,
  })
  const items = chosen.map(item)
  if (filter.decided && filter.gates.length === 0) {
    for (const { take, defects } of stands) {
      for (const { id, kind, span, note, by } of defects) {
        items.push({ id, media: take.id, name: take.name, gate: null, defect: kind, label: '', why: '', value: null, unit: '', reason: 'found by hand', ...span, decision: null, by, note })
      }
    }
  }
  const gates = [...new Set(here.map(({ flag }) => flag.gate))].map((gate) => {
    const of = here.filter(({ flag }) => flag.gate === gate)
    return { gate, label: of[0]?.flag.label ?? '', count: of.length }
  })
  const left = (stands: readonly Stand[]): Left => {
    const open = stands.filter(({ finished }) => !finished).flatMap(({ flags }) => flags.filter(isOpen))
    return { decided: stands.flatMap(({ flags }) => flags).filter(({ verdict }) => verdict).length, open: open.length, seconds: open.reduce((sum, flag) => sum + secondsOf(flag), 0) }
  }
  const onDesk = stands.find(({ take }) => take.id === desk)
  const next = all.filter(({ stand, flag }) => stand !== onDesk && !stand.finished && isOpen(flag)).sort((a, b) => worth(b.flag) - worth(a.flag))[0]
  const decided = left(stands).decided
  return {
    seq, total: items.length, first, items: items.slice(first, first + count), gates, people: ['Ada'], next: next ? item(next) : null,
    progress: { project: left(stands), media: onDesk ? left([onDesk]) : null, finished: onDesk?.finished ? 'Ada' : null, per_minute: decided > 1 ? 8.4 : null },
  }
}
