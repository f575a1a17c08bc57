import type { Region } from '../api/generated/Region'

export interface Size {
  width: number
  height: number
}

export interface Rect extends Size {
  x: number
  y: number
}

/** Where a picture lies in a box that shows the whole of it, with bars at two sides where the shapes differ. */
export function letterbox(box: Size, picture: Size): Rect {
  if (box.width <= 0 || box.height <= 0 || picture.width <= 0 || picture.height <= 0) return { x: 0, y: 0, width: 0, height: 0 }
  const scale = Math.min(box.width / picture.width, box.height / picture.height)
  const width = picture.width * scale
  const height = picture.height * scale
  return { x: (box.width - width) / 2, y: (box.height - height) / 2, width, height }
}

/** A region, given in shares of the picture, in the pixels of a picture of this size. What lies outside the picture is cut. */
export function place(region: Region, picture: Size): Rect {
  const left = clamp01(region.x)
  const top = clamp01(region.y)
  return {
    x: left * picture.width,
    y: top * picture.height,
    width: (clamp01(region.x + region.w) - left) * picture.width,
    height: (clamp01(region.y + region.h) - top) * picture.height,
  }
}

function clamp01(share: number): number {
  return Math.min(1, Math.max(0, share))
}
