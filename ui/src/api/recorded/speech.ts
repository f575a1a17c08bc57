/** Made-up speech for design work and tests: lines as they are said, with what stands out in them. */

export interface Line {
  speaker: number
  /** Pause before the line, in ms. */
  pause_ms: number
  /** `word` or `word~40` where 40 is the confidence in percent. */
  said: string
}

export const GAUGE: Line[] = [
  { speaker: 0, pause_ms: 600, said: 'So the first thing we saw was the gauge on the left, and it read one point eight bar.' },
  { speaker: 1, pause_ms: 700, said: 'And that was before the valve~38 was opened?' },
  { speaker: 0, pause_ms: 420, said: 'Yes, a minute before. You can see the hand~61 move when we come closer.' },
  { speaker: 1, pause_ms: 900, said: 'Then we walked round to the pump house, which is the grey door you see here.' },
  { speaker: 0, pause_ms: 1100, said: 'The label says forty~44 litres, the sheet says fifty, so we wrote both down.' },
  { speaker: 1, pause_ms: 800, said: 'Nobody touched the seal~52 in between.' },
  { speaker: 0, pause_ms: 640, said: 'No, and at the end the gauge is back to one point two.' },
]

export const HANDOVER: Line[] = [
  { speaker: 0, pause_ms: 500, said: 'Morning. Pump three ran all night, pump two is off for the bearing~41.' },
  { speaker: 1, pause_ms: 600, said: 'Fine, and the log?' },
  { speaker: 0, pause_ms: 500, said: 'In the usual folder.' },
]

/** A word as the recogniser wrote it. */
export interface Spoken {
  text: string
  punctuation: string
  confidence: number
  speaker: number
  line: number
  start_us: number
  end_us: number
}

/** Lays lines out on the transcript's clock at a talking pace, the same every time. */
export function speak(lines: Line[]): Spoken[] {
  let at_ms = 0
  return lines.flatMap((line, index) => {
    at_ms += line.pause_ms
    return line.said.split(' ').map((token, i) => {
      const { text = token, percent, punctuation = '' } = /^(?<text>[^~.,?]+)(~(?<percent>\d+))?(?<punctuation>[.,?]*)$/.exec(token)?.groups ?? {}
      const lasts_ms = 110 + text.length * 42
      const start_us = at_ms * 1000
      at_ms += lasts_ms
      const end_us = at_ms * 1000
      at_ms += punctuation ? 240 : 36
      const confidence = percent ? Number(percent) / 100 : 0.97 - ((i * 7 + index * 3) % 9) / 100
      return { text, punctuation, confidence, speaker: line.speaker, line: index, start_us, end_us }
    })
  })
}
