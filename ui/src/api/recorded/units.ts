// Made-up measures of every gate, with what people said of them: a world to tune in.
import type { Decision } from '../generated/Decision'
import type { Fails } from '../generated/Fails'
import type { GateId } from '../generated/GateId'
import type { Probing } from '../../tuning/types'
import { normal, seeded } from './random'

export interface Unit {
  media: number
  value: number
  defect: boolean
  decision: Decision | null
  /** Place among the probes, in the order of their seed; null where it is none. */
  probe: number | null
}

/** A gate of the recording. */
export interface Gate {
  id: GateId
  label: string
  unit: string
  fails: Fails
  says: string
  limit: number | null
  media: number
  units: Unit[]
  probing: Omit<Probing, 'drawn' | 'decided' | 'open' | 'defects'> | null
  /** What ended the promise of the limit that is in force. */
  voided: string | null
}

interface Kind extends Omit<Gate, 'units'> {
  per_media: number
  /** One value, drawn. */
  value: (random: () => number) => number
  /** Chance of a defect at a value, 0..1. */
  chance: (value: number) => number
  /** Share of what is flagged that somebody looked at. */
  looked: number
  probes: number
  /** Share of the probes with a verdict. */
  decided: number
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value))
const logistic = (x: number) => 1 / (1 + Math.exp(-x))
const checked = { pi: 0.01, cap: 100, alpha: 0.05, delta: 0.05 }

const KINDS: Kind[] = [
  {
    id: 'residual_offset', label: 'drift', unit: 'ms', fails: 'above', says: 'words and sound are apart by', limit: 150, media: 240, per_media: 22,
    value: (random) => Math.round(Math.min(1200, 28 * Math.exp(Math.abs(normal(random)) * 0.95))),
    chance: (value) => 0.9 * logistic((value - 260) / 30), looked: 0.6, probes: 330, decided: 1, probing: checked, voided: null,
  },
  {
    id: 'words_outside_media', label: 'outside the media', unit: 'words', fails: 'above', says: 'lie where the media has no sound for them:', limit: 0, media: 0, per_media: 0,
    value: () => 0, chance: () => 0, looked: 0, probes: 0, decided: 0, probing: null, voided: null,
  },
  {
    id: 'speech_without_words', label: 'speech without words', unit: 's', fails: 'above', says: 'speech that no word covers:', limit: 2, media: 180, per_media: 9,
    value: (random) => Number((0.3 + 1.1 * Math.abs(normal(random)) ** 1.4).toFixed(2)),
    chance: (value) => logistic((value - 2.4) / 0.4), looked: 0, probes: 0, decided: 0, probing: null, voided: null,
  },
  {
    id: 'words_without_speech', label: 'words without speech', unit: '% of speech level', fails: 'below', says: 'the sound under the words reaches', limit: 15, media: 210, per_media: 34,
    value: (random) => Number(clamp(62 + 21 * normal(random), 0, 140).toFixed(1)),
    chance: (value) => 0.85 * logistic((11 - value) / 3), looked: 0.75, probes: 130, decided: 0.96, probing: checked,
    voided: 'The way words are placed changed on 3 October: what was checked before says nothing of what passes now.',
  },
  {
    id: 'word_confidence', label: 'word confidence', unit: '%', fails: 'below', says: 'the recogniser gives it', limit: 50, media: 260, per_media: 45,
    value: (random) => Number(clamp(100 - 9 * Math.abs(normal(random)) ** 2.1, 4, 100).toFixed(1)),
    chance: (value) => 0.62 * logistic((38 - value) / 9) + 0.004, looked: 0.5, probes: 96, decided: 0.8, probing: checked, voided: null,
  },
  {
    id: 'reading_speed', label: 'reading speed', unit: 'characters/s', fails: 'above', says: 'the line runs at', limit: null, media: 200, per_media: 24,
    value: (random) => Number(clamp(15 + 4.2 * normal(random), 3, 40).toFixed(1)),
    chance: (value) => 0.7 * logistic((value - 27) / 2), looked: 0, probes: 0, decided: 0, probing: null, voided: null,
  },
]

/** Whether a value fails; a value at the limit passes. */
export function isFailed(fails: Fails, value: number, limit: number | null): boolean {
  return limit !== null && (fails === 'below' ? value < limit : value > limit)
}

function unitsOf(kind: Kind, random: () => number): Unit[] {
  const units: Unit[] = []
  for (let media = 0; media < kind.media; media++) {
    const count = Math.round(kind.per_media * (0.5 + random()))
    for (let i = 0; i < count; i++) {
      const value = kind.value(random)
      units.push({ media, value, defect: random() < kind.chance(value), decision: null, probe: null })
    }
  }
  for (let drawn = 0; drawn < kind.probes; ) {
    const unit = units[Math.floor(random() * units.length)]
    if (unit && unit.probe === null) unit.probe = drawn++
  }
  for (const unit of units) {
    const seen = unit.probe !== null ? random() < kind.decided : isFailed(kind.fails, unit.value, kind.limit) && random() < kind.looked
    if (seen) unit.decision = random() < (unit.probe === null ? 0.05 : 0.004) ? 'unsure' : unit.defect ? 'confirmed' : 'false_alarm'
  }
  return units
}

export function gates(seed = 7): Gate[] {
  return KINDS.map((kind, i) => ({ ...kind, units: unitsOf(kind, seeded(seed * 1000 + i)) }))
}
