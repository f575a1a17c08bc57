"""The shots: what each looks like at every frame, and what an annotator should say of it.

A shot is made from its length in seconds. It yields frames, and lists notes: (label, text, box in pixels or None, first second, last second).
"""

import math

from .canvas import HEIGHT, WIDTH, Canvas

FPS = 25
NIGHT, PAPER, INK, BRASS, STEEL, WATER, RUST, MUTED = "#161b22", "#eeeae0", "#23282e", "#d9a441", "#8fa3b5", "#3c6c86", "#b5532f", "#8b949e"

# How long one note about a thing that moves may last; its box covers the whole way in that time.
NOTE_SECONDS = 2.0


class Shot:
    """A still picture, unless `draw` paints something over the background at each frame."""

    def __init__(self, description, background, notes):
        self.description, self.background, self.notes = description, background, notes

    def draw(self, canvas, seconds):
        """Paints what moves; returns {what: box}."""
        return {}

    moving = {}  # what moves -> (label, text of its notes)

    def frames(self, count):
        """Yields the frames, then adds the notes about what moved."""
        still = bytes(self.background.pixels)
        ways = {}
        for n in range(count):
            if not self.moving:
                yield still
                continue
            canvas = self.background.copy()
            for what, box in self.draw(canvas, n / FPS).items():
                ways.setdefault(what, []).append(box)
            yield canvas.pixels
        for what, boxes in ways.items():
            self._note_way(what, boxes)

    def _note_way(self, what, boxes):
        label, text = self.moving[what]
        step = int(NOTE_SECONDS * FPS)
        for first in range(0, len(boxes) - step // 4, step):
            part = boxes[first:first + step]
            box = tuple(pick(b[k] for b in part) for k, pick in enumerate((min, min, max, max)))
            self.notes.append((label, text, box, first / FPS, (first + len(part)) / FPS))


def _texts(canvas, lines):
    """Draws lines of text and notes each of them for as long as the shot lasts."""
    return [("text", line[2], canvas.text(*line[:5], **line[5]), 0.0, None) for line in lines]


def title():
    c = Canvas(NIGHT)
    c.line(84, 0, 84, 236, 2, STEEL)
    c.disc(84, 250, 15, BRASS)
    c.line(84, 262, 84, 276, 5, BRASS)
    notes = _texts(c, [
        (130, 128, "The Bridge and", 38, PAPER, {"font": "bold"}),
        (130, 178, "the Plumb Line", 38, PAPER, {"font": "bold"}),
        (132, 246, "Field Notes, Harlow Crossing", 20, MUTED, {}),
    ])
    notes.append(("object", "a brass plumb bob on a string", (68, 0, 100, 279), 0.0, None))
    return Shot("Title slide with a plumb line hanging at the left", c, notes)


def _bridge(c, deck, river, piers, colour):
    for x in piers:
        c.slope(x - 14, x + 14, lambda px, x=x: deck if abs(px - x) < 9 else river + 20, river + 60, colour)
    c.box(0, deck - 14, WIDTH, deck, colour)
    for x in range(10, WIDTH, 20):
        c.line(x, deck - 34, x, deck - 14, 1.5, colour)
    c.line(0, deck - 34, WIDTH, deck - 34, 2.5, colour)


def bridge():
    c = Canvas(PAPER)
    c.box(0, 282, WIDTH, HEIGHT, WATER)
    _bridge(c, 130, 262, (110, 250, 390, 570), INK)
    c.box(0, 282, 90, HEIGHT, WATER)
    c.line(422, 130, 422, 292, 1.5, RUST)
    c.disc(422, 300, 8, BRASS)
    notes = _texts(c, [
        (320, 26, "Harlow Crossing, opened 1967", 24, INK, {"anchor": "middle"}),
        (444, 176, "plumb line", 18, RUST, {}),
        (444, 204, "11.5 m", 18, RUST, {}),
        (390, 330, "Pier 3", 18, PAPER, {"anchor": "middle"}),
    ])
    notes.append(("object", "the plumb line beside pier 3", (413, 130, 431, 309), 0.0, None))
    return Shot("Diagram of a bridge with four piers; a plumb line hangs beside the third", c, notes)


class Pendulum(Shot):
    moving = {"bob": ("object", "a plumb bob swinging on a string")}

    def draw(self, canvas, seconds):
        angle = math.radians(24) * math.exp(-seconds / 40) * math.cos(2 * math.pi * seconds / 2.4)
        x, y = 320 + 232 * math.sin(angle), 34 + 232 * math.cos(angle)
        canvas.line(320, 34, x, y, 2, PAPER)
        return {"bob": canvas.disc(x, y, 17, BRASS)}


def pendulum():
    c = Canvas("#223038")
    c.box(250, 22, 390, 34, STEEL)
    for k in range(-5, 6):
        c.line(320 + 22 * k, 312 if k % 5 else 302, 320 + 22 * k, 322, 2, MUTED)
    notes = _texts(c, [(24, 330, "Pier 3, string 11.5 m", 16, MUTED, {})])
    return Pendulum("A plumb bob swings over a scale", c, notes)


class Gauge(Shot):
    moving = {"needle": ("object", "the needle of a dial gauge")}
    start, end = 0.0, 4.2

    def draw(self, canvas, seconds):
        settled = 1 - math.exp(-seconds / 1.6) * math.cos(1.9 * seconds)
        angle = dial_angle(self.start + (self.end - self.start) * settled + 0.03 * math.sin(7 * seconds))
        x, y = 320 + 112 * math.sin(angle), 184 - 112 * math.cos(angle)
        box = canvas.line(320, 184, x, y, 4, RUST)
        canvas.disc(320, 184, 9, INK)
        return {"needle": box}


class GaugeAfter(Gauge):
    start, end = 4.2, 3.1


def dial_angle(millimeters):
    """0 to 6 mm over 240 degrees, the middle straight up; radians clockwise from there."""
    return math.radians((millimeters - 3) * 40)


def _dial(kind, background, description, caption):
    c = Canvas(background)
    c.disc(320, 184, 150, PAPER)
    c.ring(320, 184, 150, 8, STEEL)
    notes = []
    for tenth in range(0, 61, 2):
        angle = dial_angle(tenth / 10)
        inner = 122 if tenth % 10 == 0 else 132
        c.line(320 + inner * math.sin(angle), 184 - inner * math.cos(angle), 320 + 138 * math.sin(angle), 184 - 138 * math.cos(angle), 2, INK)
    for whole in range(7):
        angle = dial_angle(whole)
        c.text(round(320 + 102 * math.sin(angle)), round(177 - 102 * math.cos(angle)), str(whole), 18, INK, anchor="middle")
    notes += _texts(c, [(320, 246, "mm", 20, INK, {"anchor": "middle"}), (24, 330, caption, 16, MUTED, {})])
    notes.append(("object", "a dial gauge from 0 to 6 millimeters", (166, 30, 474, 338), 0.0, None))
    return kind(description, c, notes)


def gauge():
    return _dial(Gauge, "#1d2b26", "A dial gauge; its needle climbs to 4.2 millimeters", "before the repair")


def gauge_after():
    return _dial(GaugeAfter, "#2b2430", "A dial gauge; its needle falls from 4.2 to 3.1 millimeters", "after the flood")


def chart():
    c = Canvas(PAPER)
    notes = _texts(c, [(48, 30, "Lean of pier 3, mm", 26, INK, {"font": "bold"})])
    c.line(60, 310, 590, 310, 2, INK)
    for k, (year, value) in enumerate([("1967", 0.0), ("1994", 1.1), ("2011", 2.6), ("2023", 4.2)]):
        x = 120 + 130 * k
        top = 310 - round(value * 48)
        if value:
            c.box(x - 36, top, x + 36, 309, RUST if year == "2023" else STEEL)
            notes.append(("object", f"bar of {year}", (x - 36, top, x + 36, 309), 0.0, None))
        notes += _texts(c, [
            (x, 322, year, 18, INK, {"anchor": "middle"}),
            (x, top - 22, f"{value:.1f}", 18, INK, {"anchor": "middle"}),
        ])
    return Shot("Bar chart: the lean of pier 3 grows from 1967 to 2023", c, notes)


def _river(description, sky, low_sky, sun, hills, near, water_top, water_bottom, sun_at):
    c = Canvas()
    c.gradient(0, 220, sky, low_sky)
    c.disc(*sun_at, 30, sun)
    c.slope(0, WIDTH, lambda x: 176 + 22 * math.sin(x / 83) + 9 * math.sin(x / 31), 230, hills)
    c.gradient(220, HEIGHT, water_top, water_bottom)
    _bridge(c, 168, 200, (90, 240, 390, 540), near)
    c.slope(0, WIDTH, lambda x: 332 + 14 * math.sin(x / 120 + 1), HEIGHT, near)
    left, top, radius = sun_at[0] - 30, sun_at[1] - 30, 60
    notes = [("object", "the sun low over the hills", (left, top, left + radius, top + radius), 0.0, None),
             ("object", "the bridge in silhouette", (0, 133, WIDTH, 260), 0.0, None)]
    return Shot(description, c, notes)


def dusk():
    return _river("The bridge over the river at dusk", "#27305c", "#e58a5a", "#ffe0a0", "#4a3a5a", "#1c1a28", "#c9785a", "#2a2c50", (470, 96))


def dawn():
    return _river("The bridge over the river in the morning", "#7fb4dc", "#f6ead0", "#fffbe8", "#7f9a86", "#2f3d38", "#bcd6dc", "#4f7f8f", (150, 70))


def part_two():
    c = Canvas("#2a2118")
    c.line(320, 0, 320, 92, 2, STEEL)
    c.disc(320, 104, 12, BRASS)
    notes = _texts(c, [
        (320, 158, "Part two", 40, PAPER, {"font": "bold", "anchor": "middle"}),
        (320, 222, "The repair", 24, BRASS, {"anchor": "middle"}),
    ])
    return Shot("Title card between two parts, with music", c, notes)


class Trolley(Shot):
    moving = {"trolley": ("object", "a trolley that carries stone along the deck")}

    def draw(self, canvas, seconds):
        x = -60 + (seconds * 52) % (WIDTH + 120)
        canvas.box(x, 176, x + 84, 214, RUST)
        canvas.box(x + 12, 156, x + 70, 176, STEEL)
        for wheel in (x + 18, x + 66):
            canvas.disc(wheel, 220, 8, INK)
        return {"trolley": (max(0.0, x), 156, min(float(WIDTH), x + 84), 228)}


def trolley():
    c = Canvas()
    c.gradient(0, HEIGHT, "#b9c7cf", "#e6e2d6")
    c.box(0, 228, WIDTH, 246, INK)
    for x in range(20, WIDTH, 60):
        c.line(x, 246, x + 30, 300, 3, MUTED)
        c.line(x + 30, 300, x + 60, 246, 3, MUTED)
    c.line(0, 301, WIDTH, 301, 4, INK)
    notes = _texts(c, [(24, 28, "36 trips of 2 tons", 20, INK, {})])
    return Trolley("A trolley crosses the deck from left to right", c, notes)


class Circle(Shot):
    moving = {"bob": ("object", "the bob, seen from above, going round in a small circle")}

    def draw(self, canvas, seconds):
        angle = 2 * math.pi * seconds / 3.2
        return {"bob": canvas.disc(320 + 44 * math.cos(angle), 180 + 30 * math.sin(angle), 20, BRASS)}


def circle():
    c = Canvas("#101a24")
    for radius in (40, 80, 120):
        c.ring(320, 180, radius, 1.5, MUTED)
    c.line(180, 180, 460, 180, 1, MUTED)
    c.line(320, 40, 320, 320, 1, MUTED)
    notes = _texts(c, [(24, 28, "seen from above", 16, MUTED, {})])
    return Circle("The plumb bob from above, circling over a target", c, notes)


def table():
    c = Canvas(PAPER)
    notes = _texts(c, [(48, 36, "Final figures", 28, INK, {"font": "bold"})])
    for k, (name, value) in enumerate([("Tolerance", "6 mm"), ("Inspection interval", "12 months"), ("Plumb line, bucket, oil", "39 dollars")]):
        y = 116 + 64 * k
        c.line(48, y + 38, 592, y + 38, 1, MUTED)
        notes += _texts(c, [(48, y, name, 22, INK, {}), (592, y, value, 22, RUST, {"anchor": "right", "font": "bold"})])
    return Shot("Table of final figures", c, notes)


def end():
    c = Canvas(NIGHT)
    c.line(320, 0, 320, 206, 2, STEEL)
    c.disc(320, 222, 17, BRASS)
    notes = _texts(c, [(320, 276, "Keep it plumb", 30, PAPER, {"font": "bold", "anchor": "middle"})])
    notes.append(("object", "a brass plumb bob at rest", (303, 0, 337, 239), 0.0, None))
    return Shot("Closing slide with a plumb line at rest", c, notes)


def shot(name):
    """The shot of that name in the talk."""
    return globals()[name]()
