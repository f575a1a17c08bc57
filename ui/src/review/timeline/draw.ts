// Paints the rows. Whole pixels and rectangles wherever that will do, and never more than one mark per pixel column: painting is in
// software on many desks.
import type { FlagView } from '../../api/generated/FlagView'
import { drawCurves } from './curves'
import { drawDraggedWord, drawProposed, drawSelectedWord, drawWords } from './draw_words'
import { LANE_PX, isCrowded, lowerBound, overlapping, type LabelVariant, type Row } from './layout'
import { perPixel } from './peaks'
import { endOf, formatDrift, formatTick, timeSteps, toPx, type Viewport } from './scale'
import { drawStrip, fitted, font, say, textWidth, type Context, type Scene } from './scene'
import { DASH_PATTERNS, gateMark, type Shape, type Theme } from './theme'
import type { Drag } from './timeline.svelte'

export function drawRows(g: Context, scene: Scene): void {
  const { theme, view, rows, height_px } = scene
  g.fillStyle = theme.pane
  g.fillRect(0, 0, view.width_px, height_px)
  for (const row of rows) {
    if (row.id === 'ruler') continue
    g.fillStyle = theme.track
    g.fillRect(0, row.y, view.width_px, row.h)
  }
  drawMarked(g, scene)
  drawSelectedPiece(g, scene)
  drawSelectedFlagSpan(g, scene)
  g.textBaseline = 'middle'
  for (const row of rows) {
    g.save()
    g.beginPath()
    g.rect(0, row.y, view.width_px, row.h)
    g.clip()
    PAINTERS[row.id](g, scene, row)
    g.restore()
  }
}

const PAINTERS: Record<Row['id'], (g: Context, scene: Scene, row: Row) => void> = {
  ruler: drawRuler,
  plumb: drawPlumb,
  wave: drawWave,
  proposed: drawProposed,
  words: drawWords,
  shots: drawShots,
  annotations: drawAnnotations,
  flags: drawFlags,
}

function drawSelectedFlagSpan(g: Context, scene: Scene): void {
  const flag = scene.flags.find((f) => f.id === scene.selection.flag)
  if (!flag) return
  const x0 = Math.round(toPx(scene.view, flag.start_us))
  const x1 = Math.max(x0 + 1, Math.round(toPx(scene.view, flag.end_us)))
  if (x1 < 0 || x0 > scene.view.width_px) return
  g.fillStyle = scene.theme.accent_wash
  for (const row of scene.rows) if (row.id !== 'ruler') g.fillRect(x0, row.y, x1 - x0, row.h)
}

/** From in to out as a wash; each point is a line with a foot that points into the stretch. */
function drawMarked(g: Context, { marks: { in_us, out_us }, theme, view, rows, height_px }: Scene): void {
  const top = rows.find((row) => row.id === 'ruler')?.h ?? 0
  const x0 = in_us === null ? null : Math.round(toPx(view, in_us))
  const x1 = out_us === null ? null : Math.round(toPx(view, out_us))
  if (x0 !== null && x1 !== null) {
    const from = Math.max(0, x0)
    g.fillStyle = theme.accent_wash
    if (x1 > from) g.fillRect(from, top - 6, Math.min(view.width_px, x1) - from, height_px - top + 6)
  }
  g.fillStyle = theme.text
  for (const [x, foot] of [[x0, 1], [x1, -1]] as const) {
    if (x === null || x < -8 || x > view.width_px + 8) continue
    g.fillRect(x, top - 10, 1, height_px - top + 10)
    g.fillRect(foot > 0 ? x : x - 5, top - 10, 6, 2)
  }
}

/** A band from the plumb line to the words, with an edge on top that says that it is the piece. */
function drawSelectedPiece(g: Context, { piece, rows, theme, view }: Scene): void {
  if (!piece) return
  const x0 = Math.max(0, Math.round(toPx(view, piece.start_us)))
  const x1 = Math.min(view.width_px, Math.max(x0 + 1, Math.round(toPx(view, piece.end_us))))
  if (x1 <= x0) return
  g.fillStyle = theme.accent_wash
  for (const row of rows) if (PIECE_ROWS.has(row.id)) g.fillRect(x0, row.y, x1 - x0, row.h)
  const top = rows.find((row) => row.id === 'plumb')
  g.fillStyle = theme.accent
  if (top) g.fillRect(x0, top.y, x1 - x0, 2)
}

const PIECE_ROWS: ReadonlySet<Row['id']> = new Set(['plumb', 'proposed', 'words'])

function drawRuler(g: Context, scene: Scene, row: Row): void {
  const { view, theme, duration_us } = scene
  const { major_us, minor_us } = timeSteps(view.us_per_px)
  const last_us = Math.min(endOf(view), duration_us)
  font(g, theme)
  for (let i = Math.ceil(view.from_us / minor_us); i * minor_us <= last_us; i++) {
    const at_us = i * minor_us
    const x = Math.round(toPx(view, at_us))
    const major = at_us % major_us === 0
    g.fillStyle = major ? theme.strong_line : theme.line
    g.fillRect(x, row.y + row.h - (major ? 8 : 4), 1, major ? 8 : 4)
    if (major) {
      g.fillStyle = theme.quiet
      g.fillText(formatTick(at_us, major_us), x + 4, row.y + row.h / 2 - 2)
    }
  }
}

function drawPlumb(g: Context, scene: Scene, row: Row): void {
  const { view, theme, drift_scale, curve } = scene
  const span_us = drift_scale.high_us - drift_scale.low_us
  const yOf = (drift_us: number) => row.y + ((drift_scale.high_us - drift_us) / span_us) * row.h
  for (const tick of curve.at.length > 0 ? drift_scale.ticks_us : []) {
    g.fillStyle = tick === 0 ? theme.strong_line : theme.line
    g.fillRect(0, Math.round(yOf(tick)), view.width_px, 1)
  }
  drawBreaks(g, scene, row, yOf(0))
  if (curve.at.length === 0) say(g, scene, row, 'No drift measured')
  else drawCurves(g, curve, view, theme, yOf)
  const zero_y = Math.round(yOf(0)) + 0.5
  for (const anchor of scene.anchors) {
    const x = toPx(view, anchor.media_us)
    if (x < -8 || x > view.width_px + 8) continue
    const moving = scene.moving_anchor === anchor.id
    drawAnchor(g, theme, x, zero_y, anchor.id === scene.selection.anchor, moving)
  }
}

function drawAnchor(g: Context, theme: Theme, x: number, y: number, selected: boolean, faint: boolean): void {
  g.globalAlpha = faint ? 0.35 : 1
  shape(g, 'diamond', x, y, selected ? 6 : 5)
  g.fillStyle = selected ? theme.accent : theme.track
  g.fill()
  g.strokeStyle = selected ? theme.accent : theme.bright
  g.lineWidth = 1.5
  g.stroke()
  g.globalAlpha = 1
}

/** An insert shades the sound that has no transcript; a cut is two arrow heads that meet where transcript is missing its sound. */
function drawBreaks(g: Context, { breaks, view, theme }: Scene, row: Row, zero_y: number): void {
  font(g, theme)
  // In the wider half beside the line at zero, where a mended curve lies.
  const upper = zero_y > row.y + row.h / 2
  const label_y = (zero_y + (upper ? row.y : row.y + row.h)) / 2
  let free_px = -Infinity
  for (const b of breaks) {
    const insert = b.kind === 'insert_in_media'
    const x0 = Math.round(toPx(view, b.media_us))
    const x1 = insert ? Math.max(x0 + 2, Math.round(toPx(view, b.media_us + b.len_us))) : x0 + 1
    if (x1 < -60 || x0 > view.width_px + 8) continue
    if (insert) {
      g.fillStyle = theme.box
      g.globalAlpha = 0.5
      g.fillRect(x0, row.y, x1 - x0, row.h)
      g.globalAlpha = 1
    }
    g.fillStyle = theme.mark
    g.fillRect(x0, row.y, 1, row.h)
    if (insert) g.fillRect(x1 - 1, row.y, 1, row.h)
    else {
      const y = row.y + row.h - 5
      g.beginPath()
      g.moveTo(x0 - 5, y - 4)
      g.lineTo(x0, y)
      g.lineTo(x0 - 5, y + 4)
      g.moveTo(x0 + 6, y - 4)
      g.lineTo(x0 + 1, y)
      g.lineTo(x0 + 6, y + 4)
      g.fill()
    }
    const label = `${insert ? 'insert' : 'cut'} ${formatDrift(insert ? b.len_us : -b.len_us)}`
    const label_px = textWidth(g, label)
    const label_x = x1 + 5
    if (label_x < free_px) continue
    g.fillStyle = theme.track
    g.fillRect(label_x - 2, label_y - 7, label_px + 4, 14)
    g.fillStyle = theme.text
    g.fillText(label, label_x, label_y)
    free_px = label_x + label_px + 8
  }
}

function drawWave(g: Context, scene: Scene, row: Row): void {
  const { view, theme, peaks } = scene
  const stretch = peaks?.stretch(view.from_us, endOf(view), view.us_per_px)
  if (!peaks || !stretch) {
    say(g, scene, row, peaks?.error ?? scene.no_waveform)
    return
  }
  const columns = perPixel(stretch, view.from_us, view.us_per_px, view.width_px)
  const half = row.h / 2 - 1
  const middle = row.y + row.h / 2
  const gain = half / peaks.loudest
  const end_px = Math.min(view.width_px, Math.ceil(toPx(view, scene.duration_us)))
  g.fillStyle = theme.strong_line
  for (let x = 0; x < end_px; x++) {
    const high = Math.min(half, (columns[x * 2 + 1] ?? 0) * gain)
    const low = Math.max(-half, (columns[x * 2] ?? 0) * gain)
    g.fillRect(x, middle - high, 1, Math.max(1, high - low))
  }
}

function drawShots(g: Context, { shots, view, theme }: Scene, row: Row): void {
  g.fillStyle = theme.mark
  const end_us = endOf(view)
  let i = lowerBound(shots, view.from_us)
  if (lowerBound(shots, end_us) - i > view.width_px / 3) {
    drawShotRate(g, shots, view, row)
    return
  }
  for (let at_us = shots[i]; at_us !== undefined && at_us <= end_us; at_us = shots[i]) {
    const x = Math.floor(toPx(view, at_us))
    g.fillRect(x, row.y + 2, 1, row.h - 4)
    // On to the next column that has one.
    i = Math.max(i + 1, lowerBound(shots, view.from_us + (x + 1) * view.us_per_px))
  }
}

/** Full height is a cut every other second; faster is rare, and looks no different. */
const FULL_RATE_US = 2_000_000

function drawShotRate(g: Context, shots: Float64Array, view: Viewport, row: Row): void {
  const room = row.h - 2
  let before = lowerBound(shots, view.from_us)
  for (let x = 0; x < view.width_px; x++) {
    const after = lowerBound(shots, view.from_us + (x + 1) * view.us_per_px)
    const h = Math.ceil(Math.min(1, ((after - before) * FULL_RATE_US) / view.us_per_px) * room)
    if (h > 0) g.fillRect(x, row.y + row.h - 1 - h, 1, h)
    before = after
  }
}

function drawAnnotations(g: Context, scene: Scene, row: Row): void {
  const { lanes, view, theme, annotations, variants } = scene
  lanes.forEach((lane, n) => {
    const y = row.y + 2 + n * LANE_PX
    if (isCrowded(lane, view.from_us, view.us_per_px, view.width_px)) {
      drawStrip(g, lane, view, { ...row, y: y - 2, h: LANE_PX + 2 }, theme.strong_line)
      return
    }
    const [first, end] = overlapping(lane, view.from_us, endOf(view))
    let painted_px = -1
    for (let i = first; i < end; i++) {
      const x0 = Math.round(toPx(view, lane.start[i] ?? 0))
      const x1 = Math.max(x0 + 1, Math.round(toPx(view, lane.end[i] ?? 0)) - 1)
      if (x1 <= painted_px) continue
      painted_px = x1
      const annotation = annotations[lane.item[i] ?? 0]
      if (!annotation) continue
      const variant = variants.get(annotation.label) ?? { hue: 0, dash: 0 }
      drawSpan(g, theme, Math.max(-20, x0), Math.min(view.width_px + 20, x1), y, variant)
      const text_x = Math.max(0, x0) + 4
      if (x1 - text_x < 18) continue
      font(g, theme)
      g.fillStyle = theme.text
      g.fillText(fitted(g, annotation.text || annotation.label, x1 - text_x - 2), text_x, y + LANE_PX / 2 + 0.5)
    }
  })
}

function drawSpan(g: Context, theme: Theme, x0: number, x1: number, y: number, variant: LabelVariant): void {
  const hue = theme.hues[variant.hue] ?? theme.mark
  g.fillStyle = hue
  g.globalAlpha = 0.22
  g.fillRect(x0, y, x1 - x0, LANE_PX - 1)
  g.globalAlpha = 1
  const dashes = DASH_PATTERNS[variant.dash] ?? []
  if (dashes.length === 0 || x1 - x0 < 6) {
    g.fillRect(x0, y, x1 - x0, 2)
    return
  }
  for (let x = x0, d = 0; x < x1; d++) {
    const run = dashes[d % dashes.length] ?? 2
    if (d % 2 === 0) g.fillRect(x, y, Math.min(run, x1 - x), 2)
    x += run
  }
}

function drawFlags(g: Context, scene: Scene, row: Row): void {
  const { clusters, clusters_at, flags, view, theme, selection } = scene
  const middle = row.y + row.h / 2
  const first = lowerBound(clusters_at, view.from_us - 40 * view.us_per_px)
  font(g, theme)
  for (let i = first; i < clusters.length; i++) {
    const cluster = clusters[i]
    if (!cluster) continue
    const x = toPx(view, cluster.at_us)
    if (x > view.width_px + 8) break
    const chosen = cluster.flags.find((f) => flags[f]?.id === selection.flag)
    const flag = flags[chosen ?? cluster.shown]
    if (!flag) continue
    const span_px = toPx(view, flag.end_us) - x
    const mark = gateMark(flag.gate)
    const colour = theme.signals[mark.signal]
    if (span_px > 8 && cluster.flags.length === 1) {
      g.fillStyle = colour
      g.globalAlpha = 0.6
      g.fillRect(x, row.y + row.h - 3, span_px, 2)
      g.globalAlpha = 1
    }
    drawFlag(g, theme, flag, Math.max(6, x), middle, colour, chosen !== undefined)
    if (cluster.flags.length > 1) {
      g.fillStyle = theme.text
      g.fillText(`${cluster.flags.length}`, Math.max(6, x) + 8, middle + 0.5)
    }
  }
}

function drawFlag(g: Context, theme: Theme, flag: FlagView, x: number, y: number, colour: string, selected: boolean): void {
  const mark = gateMark(flag.gate)
  if (selected) {
    g.beginPath()
    g.arc(x, y, 9.5, 0, Math.PI * 2)
    g.fillStyle = theme.accent_wash
    g.fill()
    g.strokeStyle = theme.accent
    g.lineWidth = 1.5
    g.stroke()
  }
  shape(g, mark.shape, x, y, 4.5)
  const hollow = flag.verdict !== null || flag.passed_since
  g.fillStyle = hollow ? theme.track : colour
  g.fill()
  g.strokeStyle = colour
  g.globalAlpha = flag.passed_since ? 0.6 : 1
  g.lineWidth = 1.25
  g.stroke()
  g.globalAlpha = 1
}

function shape(g: Context, kind: Shape, x: number, y: number, r: number): void {
  g.beginPath()
  if (kind === 'circle') {
    g.arc(x, y, r - 0.5, 0, Math.PI * 2)
    return
  }
  const corners = CORNERS[kind]
  corners.forEach(([dx, dy], i) => (i === 0 ? g.moveTo(x + dx * r, y + dy * r) : g.lineTo(x + dx * r, y + dy * r)))
  g.closePath()
}

const T = 0.35
const CORNERS: Record<Exclude<Shape, 'circle'>, readonly (readonly [number, number])[]> = {
  diamond: [[0, -1.1], [1.1, 0], [0, 1.1], [-1.1, 0]],
  square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  down: [[-1, -0.8], [1, -0.8], [0, 0.95]],
  up: [[-1, 0.8], [1, 0.8], [0, -0.95]],
  right: [[-0.8, -1], [0.95, 0], [-0.8, 1]],
  plus: [[-T, -1], [T, -1], [T, -T], [1, -T], [1, T], [T, T], [T, 1], [-T, 1], [-T, T], [-1, T], [-1, -T], [-T, -T]],
}

/** What follows the pointer: the hairline, and the live preview of a drag. */
export function drawDrag(g: Context, scene: Scene, drag: Drag): void {
  const { view, theme, height_px, rows } = scene
  g.clearRect(0, 0, view.width_px, height_px)
  if (drag.kind === 'word') {
    const row = rows.find((r) => r.id === 'words')
    if (row) {
      drawDraggedWord(g, scene, row, drag)
      drawSelectedWord(g, scene, row, drag.now.start_us, drag.now.end_us, false)
    }
    hairline(g, theme.text, toPx(view, drag.grip === 'end' ? drag.now.end_us : drag.now.start_us), height_px)
  } else if (drag.kind === 'anchor') {
    const row = rows.find((r) => r.id === 'plumb')
    const x = toPx(view, drag.now_us)
    hairline(g, theme.text, x, height_px)
    const { high_us, low_us } = scene.drift_scale
    if (row) drawAnchor(g, theme, x, Math.round(row.y + (high_us / (high_us - low_us)) * row.h) + 0.5, true, false)
  }
}

function hairline(g: Context, colour: string, x: number, height_px: number): void {
  g.fillStyle = colour
  g.fillRect(Math.round(x), 0, 1, height_px)
}
