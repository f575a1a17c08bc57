#!/usr/bin/env python3
"""Draws how far each word of a few cases of the alignment set lies from its true time, before and after: docs/pictures/align_error.svg.

    dev/error_plot.py [PLUMBLINE]    PLUMBLINE: the command line to run; default target/release/plumbline

PLUMBLINE_BENCH names the folder that holds align/ (default ../shared/bench beside the project). Without it nothing is drawn.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "align_error.svg"

# Case, what it is, and what is wrong with it.
CASES = [
    ("dev_clean12.combo", "Clean speech, 12 min", "−7.4 s, rate 1.001, 80 ms of jitter"),
    ("dev_breaks20.breaks_combo", "Four breaks, 21 min", "3.3 s, rate 1.001, 80 ms of jitter, 3 inserts and a cut"),
    ("dev_noisy12.combo", "Noise, music and reverb, 12 min", "11.1 s, −350 ppm, 80 ms of jitter"),
    ("dev_real.jit80", "Human speech, 2.5 min", "80 ms of jitter"),
]
COLUMNS = ["input", "map stage", "word stage"]
COLOURS = ["#8a8f98", "#5d93c2", "#4fa58a"]
INK, FRAME, GRID, LIMIT = "#84888f", "#84888f66", "#84888f33", 250
# A column with more words than this shows every so many-th only.
MOST_WORDS = 1000

WIDTH, LEFT, GAP, TOP = 1020, 64, 18, 44
ROW, PLOT = 190, 124
CELL = (WIDTH - LEFT - 12 - 2 * GAP) / 3


def starts(document):
    return [float(item["start_time"]) if "start_time" in item else None for item in document["results"]["items"]]


def errors(found, truth):
    """(true start in s, true minus found in ms) of every word that has a true time."""
    return [(true[0], (true[0] - at) * 1000) for at, true in zip(found, truth["items"]) if at is not None and true is not None]


def measure(data, case, program):
    """The errors of a case in each column."""
    truth = json.loads((data / f"{case}.truth.json").read_text())
    given = data / f"{case}.transcribe.json"
    columns = [errors(starts(json.loads(given.read_text())), truth)]
    with tempfile.TemporaryDirectory() as folder:
        for options in ([], ["--words"]):
            out = Path(folder) / "out.json"
            subprocess.run([program, "align", *options, data / truth["audio"], given, out], check=True, stderr=subprocess.DEVNULL)
            columns.append(errors(starts(json.loads(out.read_text())), truth))
    return truth["duration"], columns


def text(x, y, words, size=12, anchor="start", weight=400, colour=INK):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}">{words}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" fill="none"/>'


def numbers(points):
    off = [abs(ms) for _, ms in points]
    median = statistics.median(off)
    shown = f"{median:.0f} ms" if median < 1000 else f"{median / 1000:.1f} s"
    return f"median {shown}", f"{100 * sum(ms <= 100 for ms in off) / len(off):.1f} % within 100 ms"


def minutes_between(duration):
    return next(step for step in (0.5, 1, 2, 3, 5, 10, 20) if duration / 60 / step <= 5)


def cell(left, top, duration, points, colour, first):
    right, middle, bottom = left + CELL, top + PLOT / 2, top + PLOT
    y = lambda ms: middle - ms / LIMIT * PLOT / 2
    x = lambda s: left + s / duration * CELL
    out = []
    for ms in (-100, 0, 100):
        out.append(line(left, y(ms), right, y(ms), FRAME if ms == 0 else GRID))
    out.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{CELL:.1f}" height="{PLOT}" fill="none" stroke="{FRAME}"/>')
    if first:
        out += [text(left - 7, y(ms) + 4, f"{ms:+d}".replace("-", "−") if ms else "0", 11, "end") for ms in (LIMIT, 100, 0, -100, -LIMIT)]
    step = minutes_between(duration)
    at = 0
    while at * 60 <= duration:
        mark = x(at * 60)
        out.append(line(mark, bottom, mark, bottom + 4, FRAME))
        last = (at + step) * 60 > duration
        near_edge = mark + 22 > right
        out.append(text(right if near_edge else mark, bottom + 16, f"{at:g} min" if last else f"{at:g}", 11, "end" if near_edge else "middle" if at else "start"))
        at += step
    off_scale = sum(abs(ms) > LIMIT for _, ms in points)
    if off_scale == len(points):
        least, most = (f"{ms / 1000:+.1f}".replace("-", "−") for ms in (min(ms for _, ms in points), max(ms for _, ms in points)))
        out.append(text((left + right) / 2, middle - 10, f"off the scale: {least} to {most} s", 12, "middle"))
    else:
        every = -(-len(points) // MOST_WORDS)
        clipped = [(s, max(-LIMIT, min(LIMIT, ms))) for s, ms in points[::every]]
        dots = "".join(f"M{x(s):.1f} {y(ms):.1f}h0" for s, ms in clipped)
        out.append(f'<path d="{dots}" stroke="{colour}" stroke-width="2.6" stroke-linecap="round" stroke-opacity="0.75" fill="none"/>')
    median, within = numbers(points)
    out.append(text(left, top - 7, median, 12, weight=600, colour=colour))
    out.append(text(right, top - 7, within, 12, "end", colour=colour))
    return out


def picture(panels):
    height = TOP + ROW * len(panels) + 34
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="Inter, Helvetica, Arial, sans-serif">',
        "<title>Error of word starts against media time: input, map stage and word stage</title>",
    ]
    lefts = [LEFT + i * (CELL + GAP) for i in range(3)]
    out += [text(left + CELL / 2, 20, name, 15, "middle", 600, colour) for left, name, colour in zip(lefts, COLUMNS, COLOURS)]
    for row, (title, drift, duration, columns) in enumerate(panels):
        top = TOP + ROW * row + 36
        out.append(text(LEFT, top - 25, f'<tspan font-weight="600">{title}</tspan>: {drift}', 13))
        for i, (left, points, colour) in enumerate(zip(lefts, columns, COLOURS)):
            out += cell(left, top, duration, points, colour, i == 0)
        middle = top + PLOT / 2
        out.append(f'<text transform="translate(14 {middle:.1f}) rotate(-90)" font-size="11" text-anchor="middle" fill="{INK}">true − found, ms</text>')
    note = f"One dot per word, or per every second or third where there are many, at its true time in the media; held at ±{LIMIT} ms. Numbers are of all words."
    out.append(text(LEFT, height - 12, note, 11))
    return "\n".join([*out, "</svg>"]) + "\n"


def main():
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    program = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target" / "release" / "plumbline").resolve()
    data = Path(os.environ.get("PLUMBLINE_BENCH", ROOT.parent / "shared" / "bench")) / "align" / "dev"
    cases = [c for c in CASES if (data / f"{c[0]}.truth.json").exists()]
    if not cases:
        print(f"dev/error_plot.py: skipped: the alignment set is not at {data} (PLUMBLINE_BENCH names the folder that holds align/).")
        return
    if not program.exists():
        print(f"dev/error_plot.py: skipped: there is no {program}. To have it: cargo build --release -p plumbline-cli")
        return
    panels = []
    for case, title, drift in cases:
        panels.append((title, drift, *measure(data, case, program)))
        for name, points in zip(COLUMNS, panels[-1][3]):
            print(f"{case:28s} {name:10s} {', '.join(numbers(points))}", flush=True)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(panels), encoding="utf-8")
    print(f"dev/error_plot.py: {PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
