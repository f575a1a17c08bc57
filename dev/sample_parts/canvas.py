"""A small picture in memory: smooth discs, lines, boxes and text, and where each of them lies."""

import functools
import math
import subprocess

WIDTH, HEIGHT = 640, 360
FONTS = {"plain": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "bold": "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"}


def rgb(colour):
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@functools.cache
def _text_mask(text, size, font):
    """(width, height, coverage bytes) of the text, cut to its ink; drawn by ffmpeg."""
    escaped = text.replace("\\", "\\\\").replace(":", "\\:").replace("'", "\\'").replace("%", "\\%").replace(",", "\\,")
    gray = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"color=black:s={WIDTH}x{size * 3}:r=1:d=1,format=gray",
         "-vf", f"drawtext=fontfile={FONTS[font]}:fontsize={size}:fontcolor=white:x=8:y={size}:text={escaped}",
         "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"], check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout
    rows = [gray[y * WIDTH:(y + 1) * WIDTH] for y in range(size * 3)]
    # 24 and less is the encoder's idea of black, not ink.
    ink = [(x, y) for y, row in enumerate(rows) for x, value in enumerate(row) if value > 40]
    left, right = min(x for x, _ in ink), max(x for x, _ in ink) + 1
    top, bottom = min(y for _, y in ink), max(y for _, y in ink) + 1
    assert right < WIDTH - 8, f"too wide: {text!r}"
    return right - left, bottom - top, b"".join(row[left:right] for row in rows[top:bottom])


class Canvas:
    """Every drawing call returns the box (left, top, right, bottom) that it covers, in pixels."""

    def __init__(self, colour="#000000", copy_of=None):
        self.pixels = bytearray(copy_of.pixels) if copy_of else bytearray(bytes(rgb(colour)) * (WIDTH * HEIGHT))

    def copy(self):
        return Canvas(copy_of=self)

    def _blend(self, x, y, colour, share):
        at = (y * WIDTH + x) * 3
        for k in range(3):
            old = self.pixels[at + k]
            self.pixels[at + k] = round(old + (colour[k] - old) * share)

    def _fill(self, box, colour, distance):
        """Paints where the signed distance to the shape's edge is negative, smooth over one pixel."""
        colour = rgb(colour)
        left, top, right, bottom = box
        for y in range(max(0, math.floor(top) - 1), min(HEIGHT, math.ceil(bottom) + 1)):
            for x in range(max(0, math.floor(left) - 1), min(WIDTH, math.ceil(right) + 1)):
                share = 0.5 - distance(x + 0.5, y + 0.5)
                if share > 0.0:
                    self._blend(x, y, colour, min(1.0, share))
        return box

    def disc(self, x, y, radius, colour):
        box = (x - radius, y - radius, x + radius, y + radius)
        return self._fill(box, colour, lambda px, py: math.hypot(px - x, py - y) - radius)

    def ring(self, x, y, radius, width, colour):
        reach = radius + width / 2
        return self._fill((x - reach, y - reach, x + reach, y + reach), colour, lambda px, py: abs(math.hypot(px - x, py - y) - radius) - width / 2)

    def line(self, x0, y0, x1, y1, width, colour):
        dx, dy = x1 - x0, y1 - y0
        length = max(1e-9, dx * dx + dy * dy)

        def distance(px, py):
            along = max(0.0, min(1.0, ((px - x0) * dx + (py - y0) * dy) / length))
            return math.hypot(px - x0 - along * dx, py - y0 - along * dy) - width / 2

        half = width / 2
        return self._fill((min(x0, x1) - half, min(y0, y1) - half, max(x0, x1) + half, max(y0, y1) + half), colour, distance)

    def box(self, left, top, right, bottom, colour):
        def distance(px, py):
            return max(left - px, px - right, top - py, py - bottom)

        return self._fill((left, top, right, bottom), colour, distance)

    def slope(self, left, right, top_at, bottom, colour):
        """Fills from the curve top_at(x) down to a row: hills, water, piers that narrow."""
        colour = rgb(colour)
        for x in range(left, right):
            top = top_at(x + 0.5)
            for y in range(max(0, math.floor(top)), bottom):
                self._blend(x, y, colour, min(1.0, y + 1 - top))

    def gradient(self, top, bottom, first, last):
        """A vertical run from one colour to another, over whole rows."""
        first, last = rgb(first), rgb(last)
        for y in range(top, bottom):
            t = (y - top) / (bottom - top)
            row = bytes(round(a + (b - a) * t) for a, b in zip(first, last))
            self.pixels[y * WIDTH * 3:(y + 1) * WIDTH * 3] = row * WIDTH

    def text(self, x, y, text, size, colour, font="plain", anchor="left"):
        """`x` is the left edge, the middle or the right edge of the ink, `y` its top."""
        width, height, mask = _text_mask(text, size, font)
        left = round({"left": x, "middle": x - width / 2, "right": x - width}[anchor])
        colour = rgb(colour)
        for row in range(height):
            for column in range(width):
                share = mask[row * width + column]
                if share > 24:
                    self._blend(left + column, y + row, colour, share / 255)
        return left, y, left + width, y + height
