// Paints the lanes of words: boxes with their text, ticks, or a strip, by what the zoom has room for.
import { ABSENT, HAIRLINES_PX, RETIMED, UNSURE, overlapping, type Row, type Spans, type WordTable } from './layout'
import { endOf, toPx } from './scale'
import { drawStrip, fitted, font, say, type Context, type Scene } from './scene'
import type { Theme } from './theme'
import type { Drag } from './timeline.svelte'

export function drawProposed(g: Context, scene: Scene, row: Row): void {
  const lane = { ...row, h: row.h - HAIRLINES_PX }
  const { words, view, theme } = scene
  if (!words?.proposed) return
  if (scene.crowded) {
    g.globalAlpha = 0.55
    drawStrip(g, words.proposed, view, lane, theme.proposed)
    g.globalAlpha = 1
    return
  }
  const [first, end] = overlapping(words.proposed, view.from_us, endOf(view))
  g.fillStyle = theme.proposed
  for (let i = first; i < end; i++) drawWord(g, scene, words.proposed, i, lane, true)
  drawHairlines(g, scene, words, row)
}

/** From the middle of each word in force to the middle of where it is proposed. */
function drawHairlines(g: Context, { view, theme }: Scene, words: WordTable, row: Row): void {
  const top = row.y + row.h - HAIRLINES_PX
  const bottom = row.y + row.h
  g.beginPath()
  const seen = new Set<number>()
  for (const spans of [words.in_force, words.proposed]) {
    if (!spans) continue
    const [first, end] = overlapping(spans, view.from_us, endOf(view))
    for (let i = first; i < end; i++) {
      const word = spans.item[i] ?? 0
      if (seen.has(word)) continue
      seen.add(word)
      const proposed_us = ((words.proposed_start[word] ?? NaN) + (words.proposed_end[word] ?? NaN)) / 2
      if (Number.isNaN(proposed_us)) continue
      g.moveTo(toPx(view, proposed_us), top)
      g.lineTo(toPx(view, ((words.start[word] ?? 0) + (words.end[word] ?? 0)) / 2), bottom)
    }
  }
  g.strokeStyle = theme.strong_line
  g.lineWidth = 1
  g.stroke()
}

export function drawWords(g: Context, scene: Scene, row: Row): void {
  const { words, view, theme, selection } = scene
  if (!words || words.in_force.start.length === 0) {
    say(g, scene, row, 'No words')
    return
  }
  if (scene.crowded) {
    drawStrip(g, words.in_force, view, row, theme.strong_line)
  } else {
    const [first, end] = overlapping(words.in_force, view.from_us, endOf(view))
    for (let i = first; i < end; i++) drawWord(g, scene, words.in_force, i, row, false)
  }
  if (selection.word !== null && words.text[selection.word]) {
    const moving = scene.moving_word === selection.word
    drawSelectedWord(g, scene, row, words.start[selection.word] ?? 0, words.end[selection.word] ?? 0, moving)
  }
}

/** Below this a box would be all border. */
const BOX_PX = 4
const TEXT_ROOM_PX = 14
/** A zoom shows the text of words once one of about this length has room; at others it would stand in a few long ones only. */
const USUAL_WORD_US = 250_000
const USUAL_TEXT_PX = 22

function drawWord(g: Context, scene: Scene, spans: Spans, i: number, row: Row, proposed: boolean): void {
  const { view, theme, words } = scene
  const word = spans.item[i] ?? 0
  const state = words?.state[word] ?? 0
  const x0 = Math.round(toPx(view, spans.start[i] ?? 0))
  const x1 = Math.max(x0 + 1, Math.round(toPx(view, spans.end[i] ?? 0)) - 1)
  const width = x1 - x0
  const y = row.y + 2
  const h = row.h - 4
  const absent = !proposed && (state & ABSENT) !== 0
  if (width < BOX_PX) {
    g.fillStyle = proposed ? theme.proposed : absent ? theme.line : theme.strong_line
    g.fillRect(x0, y, width, h)
    return
  }
  if (!absent) {
    g.fillStyle = theme.box
    g.fillRect(x0, y, width, h)
  }
  g.fillStyle = proposed ? theme.proposed : theme.strong_line
  // The left edge is the word's start, which is what the eye compares with the waveform.
  const unsure = !proposed && (state & UNSURE) !== 0
  if (unsure) drawUnsure(g, theme, x0, y, width, h)
  else g.fillRect(x0, y, 1, h)
  if (proposed) g.fillRect(x0, y, width, 1)
  if (!proposed && (state & RETIMED) !== 0) {
    g.fillStyle = theme.accent
    g.fillRect(x0, y + h - 2, width, 2)
  }
  if (width < TEXT_ROOM_PX || USUAL_WORD_US / view.us_per_px < USUAL_TEXT_PX) return
  font(g, theme, 12)
  const text = fitted(g, words?.text[word] ?? '', width - 6)
  if (text === '') return
  g.fillStyle = absent ? theme.quiet : theme.bright
  g.fillText(text, x0 + 4, row.y + row.h / 2 + 0.5)
}

/** A dotted edge round a word that was hardly heard: its start is a guess. */
function drawUnsure(g: Context, theme: Theme, x0: number, y: number, width: number, h: number): void {
  g.fillStyle = theme.text
  for (let dy = 0; dy < h; dy += 4) g.fillRect(x0, y + dy, 1, 2)
  for (let dx = 0; dx < width; dx += 4) {
    g.fillRect(x0 + dx, y, Math.min(2, width - dx), 1)
    g.fillRect(x0 + dx, y + h - 1, Math.min(2, width - dx), 1)
  }
}

/** The selected word with a handle at each edge. While it moves its old place stays as a faint outline. */
export function drawSelectedWord(g: Context, { view, theme }: Scene, row: Row, start_us: number, end_us: number, faint: boolean): void {
  const x0 = Math.round(toPx(view, start_us))
  const x1 = Math.max(x0 + 2, Math.round(toPx(view, end_us)))
  if (x1 < 0 || x0 > view.width_px) return
  g.globalAlpha = faint ? 0.4 : 1
  g.fillStyle = theme.accent_wash
  g.fillRect(x0, row.y + 1, x1 - x0, row.h - 2)
  g.strokeStyle = theme.accent
  g.lineWidth = 1
  g.strokeRect(x0 + 0.5, row.y + 1.5, x1 - x0 - 1, row.h - 3)
  if (x1 - x0 >= 12) {
    g.fillStyle = theme.accent
    g.fillRect(x0, row.y + 6, 3, row.h - 12)
    g.fillRect(x1 - 3, row.y + 6, 3, row.h - 12)
  }
  g.globalAlpha = 1
}

/** Opaque, so that its text is legible over the words that it passes. */
export function drawDraggedWord(g: Context, { view, theme, words }: Scene, row: Row, drag: Drag & { kind: 'word' }): void {
  const x0 = Math.round(toPx(view, drag.now.start_us))
  const width = Math.round(toPx(view, drag.now.end_us)) - x0
  g.fillStyle = theme.box
  g.fillRect(x0, row.y + 1, width, row.h - 2)
  font(g, theme, 12)
  g.textBaseline = 'middle'
  g.fillStyle = theme.bright
  g.fillText(fitted(g, words?.text[drag.word] ?? '', width - 10), x0 + 6, row.y + row.h / 2 + 0.5)
}
