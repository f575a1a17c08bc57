import type { Annotation } from '../generated/Annotation'
import type { FlagView } from '../generated/FlagView'
import type { Take } from './desk'
import { GAUGE, HANDOVER, speak, type Spoken } from './speech'

const BREAK_US = 13_000_000
const START_US = 120_000
const INSERT_US = 4_200_000

function offset(drift_us: number) {
  return (at_us: number) => at_us + drift_us
}

function annotation(id: string, label: string, text: string, start_us: number, end_us: number, region: [number, number, number, number] | null): Annotation {
  const box = region && { x: region[0], y: region[1], w: region[2], h: region[3] }
  return { id, label, text, start_us, end_us, region: box, confidence: 0.9, source: 'recorded', words: null }
}

function unclear(spoken: Spoken[], shift: (at_us: number) => number, limit: number): FlagView[] {
  return spoken.flatMap((word, id) => {
    const value = Math.round(word.confidence * 100)
    if (value >= limit) return []
    return {
      id: `f-word-${id}`,
      gate: 'word_confidence',
      label: 'Word confidence',
      why: `“${word.text}” was recognised with ${value} %; the limit is ${limit} %.`,
      value,
      limit,
      unit: '%',
      fails: 'below',
      thresholds: 3,
      words: [id, id + 1],
      said: '',
      verdict: null,
      passed_since: false,
      start_us: shift(word.start_us),
      end_us: shift(word.end_us),
    }
  })
}

/** The talk, said as often as is asked for: a long transcript to measure the window with. */
function gauge(times: number): Take {
  const spoken = speak(Array.from({ length: times }, () => GAUGE).flat())
  const late = spoken.findIndex((word) => word.start_us > BREAK_US)
  const drift: FlagView = {
    id: 'f-drift',
    gate: 'residual_offset',
    label: 'Residual offset',
    why: 'Words lie 4.3 s before the sound from 0:00:17 on; the limit is 0.2 s.',
    value: 4320,
    limit: 200,
    unit: 'ms',
    fails: 'above',
    thresholds: 3,
    words: [late, spoken.length],
    said: '',
    verdict: null,
    passed_since: false,
    start_us: BREAK_US + START_US,
    end_us: 42_000_000,
  }
  const silent: FlagView = {
    id: 'f-silent',
    gate: 'speech_without_words',
    label: 'Speech without words',
    why: 'Speech for 2.6 s with no words over it; the limit is 1.5 s.',
    value: 2.6,
    limit: 1.5,
    unit: 's',
    fails: 'above',
    thresholds: 3,
    words: null,
    said: '',
    verdict: null,
    passed_since: false,
    start_us: 14_100_000,
    end_us: 16_700_000,
  }
  return {
    id: 'gauge',
    name: 'gauge-walkthrough.mp4',
    duration_us: Math.max(48_000_000, (spoken.at(-1)?.end_us ?? 0) + 10_000_000),
    frame_rate: [30000, 1001],
    spoken,
    speakers: ['spk_0', 'spk_1'],
    proposal: {
      state: 'open',
      verdict: 'breaks',
      sentence: 'The transcript fits the sound at +120 ms up to 0:00:13, then at +4.32 s: 4.2 s of media at 0:00:13 have no words.',
      pieces: [
        { span: { start_us: 0, end_us: BREAK_US }, media_start_us: START_US, rate_ppm: 0, score: 0.94 },
        { span: { start_us: BREAK_US, end_us: 40_000_000 }, media_start_us: BREAK_US + START_US + INSERT_US, rate_ppm: 3, score: 0.91 },
      ],
      breaks: [{ kind: 'insert_in_media', transcript_us: BREAK_US, media_us: BREAK_US + START_US, len_us: INSERT_US }],
      score: 0.92,
    },
    proposed: [
      { transcript_us: 0, media_us: START_US },
      { transcript_us: BREAK_US, media_us: BREAK_US + START_US },
      { transcript_us: BREAK_US + 1, media_us: BREAK_US + START_US + INSERT_US },
      { transcript_us: 40_000_000, media_us: 40_000_000 + START_US + INSERT_US },
    ],
    drift_us: (at_us) => START_US + Math.max(0, Math.min(INSERT_US, at_us - BREAK_US - START_US)),
    flags: [drift, silent, ...unclear(spoken, offset(0), 60)].sort((a, b) => a.start_us - b.start_us),
    annotations: [
      annotation('n1', 'gauge', 'Pressure gauge, round, white face', 800_000, 9_400_000, [0.12, 0.22, 0.2, 0.34]),
      annotation('n2', 'text', '1.8 bar', 2_000_000, 8_000_000, [0.17, 0.42, 0.09, 0.07]),
      annotation('n3', 'person', 'Person in a grey jacket', 4_000_000, 19_000_000, [0.6, 0.14, 0.22, 0.74]),
      annotation('n4', 'scene', 'Indoors, plant room, daylight from the left', 0, 17_300_000, null),
      annotation('n5', 'door', 'Grey steel door, closed', 18_000_000, 27_000_000, [0.36, 0.1, 0.26, 0.82]),
      annotation('n6', 'scene', 'Outdoors, a yard with a pump house', 17_300_000, 48_000_000, null),
      annotation('n7', 'text', '40 l', 29_000_000, 36_000_000, [0.46, 0.5, 0.1, 0.08]),
    ],
    shots: [0, 9_409_400, 17_317_300, 28_028_000],
    documents: [
      { id: 'd1', name: 'pump-house-slides.pdf', kind: 'pdf', pages: ['The old gauge\nWhat it shows, and what it hides', 'Limits\nNo more than 1.8 bar at the inlet'] },
      { id: 'd2', name: 'terms.md', kind: 'md', pages: ['inlet: where the water comes in'] },
    ],
    notes: ['Two words at 0:00:31 had no end time; the start of the next word was taken.'],
  }
}

function handover(): Take {
  const spoken = speak(HANDOVER)
  return {
    id: 'handover',
    name: 'pump-handover.mov',
    duration_us: 14_000_000,
    frame_rate: [25, 1],
    spoken,
    speakers: ['Day shift', 'Night shift'],
    proposal: { state: 'accepted', verdict: 'in_sync', sentence: 'The transcript fits the sound: no drift above 40 ms.', pieces: [], breaks: [], score: 0.97 },
    proposed: [],
    drift_us: () => 0,
    flags: unclear(spoken, offset(0), 60),
    annotations: [annotation('h1', 'person', 'Two people at a desk', 0, 14_000_000, [0.2, 0.3, 0.6, 0.6])],
    shots: [0],
    documents: [],
    notes: [],
  }
}

export function takes(times: number): Take[] {
  return [gauge(times), handover()]
}
