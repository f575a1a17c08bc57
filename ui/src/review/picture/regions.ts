import type { Region } from '../../api/generated/Region'
import type { Rect, Size } from '../../shared/geometry'

/** Regions are kept to a millionth of the frame: finer than any pixel, and short to write. */
const SHARES = 1e6

/** A drawn box may be this small, in pixels of the picture as it is shown. */
export const LEAST_PX = 4

/** Handles are this large to the pointer, however small they are drawn. */
export const TARGET_PX = 24

export interface Point {
  x: number
  y: number
}

/** One of the eight places by which a box is pulled: 0 the left or upper edge, 1 the right or lower one, ½ between them. */
export interface Handle {
  id: string
  name: string
  x: 0 | 0.5 | 1
  y: 0 | 0.5 | 1
}

export const HANDLES: readonly Handle[] = [
  { id: 'nw', name: 'upper left corner', x: 0, y: 0 },
  { id: 'n', name: 'upper edge', x: 0.5, y: 0 },
  { id: 'ne', name: 'upper right corner', x: 1, y: 0 },
  { id: 'e', name: 'right edge', x: 1, y: 0.5 },
  { id: 'se', name: 'lower right corner', x: 1, y: 1 },
  { id: 's', name: 'lower edge', x: 0.5, y: 1 },
  { id: 'sw', name: 'lower left corner', x: 0, y: 1 },
  { id: 'w', name: 'left edge', x: 0, y: 0.5 },
]

/** Moved by shares of the frame, its size kept, as far as the frame allows. */
export function moved(region: Region, by: Point): Region {
  const w = Math.min(1, region.w)
  const h = Math.min(1, region.h)
  return rounded({ x: clamp(region.x + by.x, 0, 1 - w), y: clamp(region.y + by.y, 0, 1 - h), w, h })
}

/** Pulled at a handle by shares of the frame; it stays inside the frame, never turns over and never gets smaller than `least`. */
export function resized(region: Region, handle: Handle, by: Point, least: Size): Region {
  const [left, right] = pulled(region.x, region.x + region.w, handle.x, by.x, least.width)
  const [top, bottom] = pulled(region.y, region.y + region.h, handle.y, by.y, least.height)
  return rounded({ x: left, y: top, w: right - left, h: bottom - top })
}

function pulled(low: number, high: number, end: 0 | 0.5 | 1, by: number, least: number): [number, number] {
  if (end === 0) return [clamp(low + by, 0, Math.max(0, high - least)), high]
  if (end === 1) return [low, clamp(high + by, Math.min(1, low + least), 1)]
  return [low, high]
}

/** The region between two corners, cut at the frame; null where it is too small to be meant. */
export function spanned(a: Point, b: Point, least: Size): Region | null {
  const [left, right] = [clamp(Math.min(a.x, b.x), 0, 1), clamp(Math.max(a.x, b.x), 0, 1)]
  const [top, bottom] = [clamp(Math.min(a.y, b.y), 0, 1), clamp(Math.max(a.y, b.y), 0, 1)]
  if (right - left < least.width || bottom - top < least.height) return null
  return rounded({ x: left, y: top, w: right - left, h: bottom - top })
}

/** A point of the pane in shares of the picture that lies in it. */
export function shareOf(point: Point, rect: Rect): Point {
  return { x: (point.x - rect.x) / rect.width, y: (point.y - rect.y) / rect.height }
}

export function contains(region: Region, at: Point): boolean {
  return region.x <= at.x && at.x <= region.x + region.w && region.y <= at.y && at.y <= region.y + region.h
}

/** Which of the boxes under a point is meant: the one after that which is selected already, else the smallest. */
export function picked<T extends { id: string; region?: Region | null }>(boxes: readonly T[], at: Point, selected: string | null): T | null {
  const area = ({ region }: T) => (region ? region.w * region.h : 0)
  const under = boxes.filter(({ region }) => region && contains(region, at)).sort((a, b) => area(a) - area(b))
  return under[(under.findIndex(({ id }) => id === selected) + 1) % Math.max(1, under.length)] ?? null
}

/** The middle of a handle in the pane. Those of a small box move apart, so that each can be hit and the box between them, too. */
export function handleAt(box: Rect, handle: Handle, pane: Size): Point {
  const along = (start: number, length: number, share: number, end: number) => {
    const apart = Math.max(length, TARGET_PX * 2)
    return clamp(start + length / 2 + (share - 0.5) * apart, TARGET_PX / 2, Math.max(TARGET_PX / 2, end - TARGET_PX / 2))
  }
  return { x: along(box.x, box.width, handle.x, pane.width), y: along(box.y, box.height, handle.y, pane.height) }
}

/** Which way an arrow key points; null for other keys. */
export function arrow(key: string): Point | null {
  return { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } }[key] ?? null
}

function rounded({ x, y, w, h }: Region): Region {
  const round = (share: number) => Math.round(share * SHARES) / SHARES
  return { x: round(x), y: round(y), w: round(w), h: round(h) }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
