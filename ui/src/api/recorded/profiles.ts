// Profiles of the sound in the recording: what a trial would say of two media that hum and hiss.
import type { Profile } from '../generated/Profile'
import type { ProfileRow } from '../generated/ProfileRow'
import type { ReviewOp } from '../generated/ReviewOp'
import type { TriedView } from '../generated/TriedView'
import type { TrialView } from '../generated/TrialView'

const shown = ({ high_pass_hz, denoise, loudness_lufs }: Profile) =>
  [high_pass_hz ? `high-pass ${high_pass_hz} Hz` : '', denoise ? 'denoised' : '', loudness_lufs ? `evened to ${loudness_lufs} LUFS` : ''].filter(Boolean).join(', ') || 'as it is'

function trial(as_it_is: number, gains: [Profile, number, number][]): TrialView {
  const tried = gains.map(([profile, gain, reach]): TriedView => ({ profile, shown: shown(profile), confidence: as_it_is + gain, gain, lower: gain - reach, upper: gain + reach }))
  const best = tried.filter(({ lower }) => lower > 0).sort((a, b) => b.gain - a.gain)[0] ?? null
  const [words, stretches] = [412, 6]
  const percent = (share: number) => (100 * share).toFixed(1)
  const over = `over ${words} words in ${stretches} stretches`
  const says = best
    ? `${best.shown}: alignment confidence ${percent(best.confidence)} % instead of ${percent(as_it_is)} %, ${percent(best.gain)} points more (at least ${percent(best.lower)}), ${over}.`
    : `Nothing raised it: alignment confidence is ${percent(as_it_is)} % in the sound as it is, ${over}.`
  return { words, stretches, as_it_is, tried, best: best?.profile ?? null, says }
}

const HIGH_PASS: Profile = { denoise: false, high_pass_hz: 120 }
const DENOISED: Profile = { denoise: true }
const BOTH: Profile = { denoise: true, high_pass_hz: 120 }

/** What a media's sound is flagged for, and what a trial says of it. */
const SOUNDS: { failing: ProfileRow['failing']; trial: TrialView }[] = [
  {
    failing: [
      { gate: 'signal_to_noise', label: 'signal to noise', count: 7 },
      { gate: 'hum', label: 'mains hum', count: 11 },
    ],
    trial: trial(0.862, [[HIGH_PASS, 0.021, 0.012], [{ denoise: false, high_pass_hz: 200 }, -0.006, 0.015], [DENOISED, 0.034, 0.019], [BOTH, 0.049, 0.017]]),
  },
  {
    failing: [{ gate: 'loudness', label: 'loudness', count: 1 }],
    trial: trial(0.951, [[{ denoise: false, loudness_lufs: -23 }, 0.001, 0.004], [{ ...BOTH, loudness_lufs: -23 }, -0.013, 0.009]]),
  },
]

/** The rows of the first media, which have something wrong with their sound. */
export function profileRows(media: readonly { id: string; name: string }[], tried: ReadonlySet<string>, opsOf: (media: string) => ReviewOp[]): ProfileRow[] {
  return SOUNDS.flatMap(({ failing, trial }, i) => {
    const take = media[i]
    if (!take) return []
    const profile = opsOf(take.id).reduce((now, op) => (op.op === 'set_profile' ? (op.profile ?? { denoise: false }) : now), { denoise: false } as Profile)
    return [{ media: take.id, name: take.name, failing, profile, shown: shown(profile), trial: tried.has(take.id) ? trial : null }]
  })
}
