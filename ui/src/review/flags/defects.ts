import type { Defect } from '../../api/generated/Defect'
import type { DefectKind } from '../../api/generated/DefectKind'
import type { MediaInfo } from '../../api/api'
import type { Region } from '../../api/generated/Region'
import { endOf } from '../ids'
import type { Word } from '../words'

/** What a person may find that no gate did, by the word that the list shows. */
export const DEFECTS: Record<DefectKind, { word: string }> = {
  wrong_word: { word: 'Wrong word' },
  missing_words: { word: 'Missing words' },
  extra_words: { word: 'Extra words' },
  wrong_time: { word: 'Wrong time' },
  wrong_speaker: { word: 'Wrong speaker' },
  wrong_annotation: { word: 'Wrong annotation' },
  missing_annotation: { word: 'Missing annotation' },
  moderation: { word: 'Not to be published' },
  other: { word: 'Other defect' },
}

/** The kinds in the order of their keys. */
export const KINDS: DefectKind[] = ['wrong_word', 'missing_words', 'extra_words', 'wrong_time', 'wrong_speaker', 'wrong_annotation', 'missing_annotation', 'moderation', 'other']

/** How a defect that a person found is marked in a list. */
export const BY_HAND = { shape: '✎', word: 'by hand', signal: 'var(--accent)' }

/** How much is taken on either side of the playhead where nothing else says when. */
const AROUND_US = 500_000

interface Stretch {
  start_us: number
  end_us: number
}

/** What says where a person is looking. */
export interface Looking {
  info: MediaInfo | null
  word: Word | null
  player: { playhead_us: number }
  /** Between in and out, where both are set. */
  span?: Stretch | null
  /** What is being drawn into the picture. */
  annotating?: { region?: Region | null } | null
}

/** A defect where a person is looking: at the selected word in the transcript, else between in and out, else round the playhead. */
export function defectAt(kind: DefectKind, looking: Looking, pane: string | null): Defect {
  const { word } = looking
  const region = looking.annotating?.region ?? null
  const made = { id: newId(), kind, region, note: null, by: '' }
  if (pane === 'transcript' && word) {
    return { ...made, span: { start_us: word.start_us, end_us: Math.max(word.start_us, word.end_us) }, words: [word.id, endOf(word.id)] }
  }
  return { ...made, span: looking.span ? { ...looking.span } : around(looking), words: null }
}

function around({ info, player: { playhead_us } }: Looking): Stretch {
  const start_us = Math.max(0, playhead_us - AROUND_US)
  return { start_us, end_us: Math.max(start_us, Math.min(info?.duration_us ?? playhead_us, playhead_us + AROUND_US)) }
}

/** 16 random hex digits. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
