#!/usr/bin/env python3
"""The results of dev/bench as Markdown for docs/benchmarks.md.

    dev/bench_table.py SET ALIGN.json ALIGN.txt DRIFT.json DRIFT_WORDS.json

SET: the folder with the truth. ALIGN.json and ALIGN.txt: what run_bench.py wrote and printed. DRIFT.json, DRIFT_WORDS.json: what score_drift.py wrote
of `drift` and of `drift --words`.
"""

import json
import re
import statistics
import sys
from pathlib import Path

UNMEASURED = "–"


def milliseconds(ms):
    return f"{ms:.0f}" if ms < 1000 else f"{ms / 1000:.1f} s"


def short(case):
    return re.sub(r"^[a-z]+_", "", case)


def table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


class Case:
    """A case, what was done to it, and what was measured of it."""

    def __init__(self, name, folder, tools, drifts):
        truth = json.loads((folder / f"{name}.truth.json").read_text())
        drift = truth["drift"]
        self.name, self.tools, self.drifts, self.duration = name, tools, drifts, truth["duration"]
        self.recording = truth["audio"]
        self.breaks = bool(truth["breaks"])
        self.jitter = "jit" in drift
        self.moved = "off" in drift or "rate" in drift
        self.as_it_was = not (self.breaks or self.jitter or self.moved)

    def of(self, tool, key):
        """What was measured; none where the tool failed."""
        row = self.tools.get(tool, {})
        return row.get(key) if row.get("n") else None

    def says(self, words, key):
        """What `drift` says, or `drift --words`; none where it gave no answer."""
        row = self.drifts[words].get(self.name, {})
        return row.get(key)


def cells(case, tools):
    for tool in tools:
        if case.of(tool, "n") is None:
            yield "failed" if tool in case.tools else UNMEASURED
        else:
            yield f"{milliseconds(case.of(tool, 'med'))} / {case.of(tool, 'w50'):.1f} / {case.of(tool, 'w100'):.1f}"


def totals(cases, tools, pooled):
    rows = {tool: [c.tools[tool] for c in cases if c.of(tool, "n") is not None] for tool in tools}
    lines = {
        "worst median": lambda t, r: milliseconds(max(x["med"] for x in r)),
        "files in sync (95 % of words within 250 ms)": lambda t, r: f"{100 * sum(x['w250'] >= 95 for x in r) / len(cases):.0f} %",
        "wall time over plain decoding, median": lambda t, r: f"{statistics.median(x['wall'] / x['dec_wall'] for x in r):.1f}",
        "peak memory, largest": lambda t, r: f"{max(x['rss'] for x in r):.0f} MB",
        "AUROC of the confidence, pooled": lambda t, r: f"{pooled[t]:.3f}" if t in pooled else UNMEASURED,
    }
    runs = lambda tool: tool not in ("none", "perfect")
    for name, value in lines.items():
        needs_run = "wall" in name or "memory" in name
        yield [name, *(value(t, rows[t]) if rows[t] and (runs(t) or not needs_run) else UNMEASURED for t in tools)]


def drift_cells(case):
    """What `drift` says; where `drift --words` says something else, that after a slash."""
    shown = {
        "verdict": lambda r: str(r["verdict"]),
        "breaks found": lambda r: f"{r['found']} of {r['true']}",
        "invented": lambda r: str(r["false"]),
        "size off by": lambda r: f"{r['size_ms']:.0f} ms",
        "place off by": lambda r: f"{r['place_words']} word{'' if r['place_words'] == 1 else 's'}",
        "rate off by": lambda r: UNMEASURED if r["ppm"] is None else f"{r['ppm']:.0f} ppm",
        "F1 of cut words": lambda r: f"{r['f1']:.3f}",
    }
    rows = [case.drifts[words].get(case.name) for words in (False, True)]
    for value in shown.values():
        said = ["no answer" if row is None or "verdict" not in row else value(row) for row in rows]
        yield said[0] if said[0] == said[1] else " / ".join(said)


class Bars:
    """Bars and what was measured against them."""

    def __init__(self, cases):
        self.cases, self.rows = cases, []

    def hold(self, bar, limit, values, show, most=None, least=None):
        """A bar for each of (case, value): the worst is shown, a value of none failed."""
        values = list(values)
        failed = [case.name for case, value in values if value is None]
        if failed:
            self.rows.append([bar, limit, "no answer: " + ", ".join(short(name) for name in failed), "**missed**"])
            return
        if not values:
            self.rows.append([bar, limit, UNMEASURED, "not measured"])
            return
        case, worst = max(values, key=lambda v: v[1]) if least is None else min(values, key=lambda v: v[1])
        # A hair's breadth for rounding in sums of binary fractions.
        met = worst <= most + 1e-9 if least is None else worst >= least - 1e-9
        count = sum((v > most + 1e-9) if least is None else (v < least - 1e-9) for _, v in values)
        place = f" ({short(case.name)}{f'; {count} of {len(values)} cases' if count > 1 else ''})" if case else ""
        self.rows.append([bar, limit, show(worst) + place, "met" if met else "**missed**"])

    def each(self, which, value):
        return [(case, value(case)) for case in self.cases if which(case)]


def less(a, b):
    return None if a is None or b is None else a - b


def size(value):
    return None if value is None else abs(value)


def ms(value):
    return f"{value:.1f} ms"


def signed_ms(value):
    return f"{value:+.1f} ms".replace("-", "−")


def share(value):
    return f"{value:.1f} %"


def points(value):
    return f"{value:+.1f} points".replace("-", "−")


def bars(cases, pooled):
    b = Bars(cases)
    noisy = lambda c: "noisy" in c.recording
    long = lambda c: c.duration >= 3600
    middling = lambda c: 600 <= c.duration < 3600
    for tool in ("map", "words"):
        here = lambda key: b.each(lambda c: c.as_it_was, lambda c: less(c.of(tool, "med"), c.of("none", "med")) if key == "med" else size(c.of(tool, key)))
        b.hold(f"a right transcript, {tool}: median against the input's", "≤ +0.5 ms", here("med"), signed_ms, most=0.5)
        b.hold(f"a right transcript, {tool}: bias", "≤ 5 ms", here("bias"), ms, most=5)
    for words in (False, True):
        # It has no break, so each is invented.
        breaks = [(c, c.says(words, "false")) for c in cases if c.as_it_was]
        b.hold(f"a right transcript, `drift{' --words' if words else ''}`: breaks", "none", breaks, str, most=0)

    plain = lambda c: c.moved and not c.breaks and not c.jitter
    against_perfect = lambda c: less(c.of("map", "med"), c.of("perfect", "med"))
    b.hold("offset or rate, map: median against a perfect map's", "≤ +1.5 ms", b.each(lambda c: plain(c) and not noisy(c), against_perfect), signed_ms, most=1.5)
    b.hold("the same in noise", "≤ +4 ms", b.each(lambda c: plain(c) and noisy(c), against_perfect), signed_ms, most=4)
    below = b.each(plain, lambda c: less(c.of("map", "w50"), c.of("perfect", "w50")))
    b.hold("offset or rate, map: within 50 ms against a perfect map's", "≥ −1 point", below, points, least=-1)
    b.hold("offset or rate, map: within 100 ms", "100 %", b.each(plain, lambda c: c.of("map", "w100")), share, least=100)
    for name, limit, which in (("60 min and more", 10, long), ("10 to 60 min", 40, middling)):
        # A piece of a minute or more is needed for a rate; without any there is nothing to hold.
        rates = [(c, c.says(False, "ppm")) for c in cases if which(c) and not (c.says(False, "verdict") and c.says(False, "ppm") is None)]
        b.hold(f"rate, {name}", f"≤ {limit} ppm", rates, lambda v: f"{v:.0f} ppm", most=limit)

    broken = lambda c: c.breaks
    b.hold("breaks, words: within 100 ms", "≥ 99.5 %", b.each(lambda c: broken(c) and not c.jitter, lambda c: c.of("words", "w100")), share, least=99.5)
    told = lambda key: b.each(broken, lambda c: c.says(True, key))
    missing = b.each(broken, lambda c: less(c.says(True, "true"), c.says(True, "found")))
    b.hold("breaks, `drift --words`: not found", "none", missing, str, most=0)
    b.hold("breaks, `drift --words`: invented, all cases", "none", b.each(lambda c: True, lambda c: c.says(True, "false")), str, most=0)
    b.hold("breaks, `drift --words`: size", "≤ 20 ms", told("size_ms"), ms, most=20)
    b.hold("breaks, `drift --words`: place", "≤ 1 word", told("place_words"), lambda v: f"{v} word{'' if v == 1 else 's'}", most=1)
    b.hold("breaks, `drift --words`: F1 of cut words", "≥ 0.97", told("f1"), lambda v: f"{v:.3f}", least=0.97)

    jittered = lambda c: c.jitter and ("clean" in c.recording or "breaks" in c.recording)
    of_words = lambda which, key: b.each(which, lambda c: c.of("words", key))
    b.hold("80 ms of jitter, clean or breaks, words: median", "≤ 10 ms", of_words(jittered, "med"), ms, most=10)
    b.hold("80 ms of jitter, clean or breaks, words: within 50 ms", "≥ 92 %", of_words(jittered, "w50"), share, least=92)
    b.hold("80 ms of jitter, clean or breaks, words: within 100 ms", "≥ 97 %", of_words(jittered, "w100"), share, least=97)
    human = lambda c: c.jitter and "real" in c.recording
    b.hold("80 ms of jitter, human speech, words: median", "≤ 12 ms", of_words(human, "med"), ms, most=12)
    b.hold("80 ms of jitter, human speech, words: within 100 ms", "≥ 95 %", of_words(human, "w100"), share, least=95)
    harm = b.each(lambda c: True, lambda c: less(c.of("words", "w100"), c.of("map", "w100")))
    b.hold("words against map: within 100 ms, any case", "≥ −0.3 points", harm, points, least=-0.3)
    b.hold("AUROC of the confidence, pooled", "≥ 0.95", [(None, pooled["words"])] if "words" in pooled else [], lambda v: f"{v:.3f}", least=0.95)

    times = [t for _, t in b.each(lambda c: c.of("map", "n") is not None, lambda c: c.of("map", "wall") / c.of("map", "dec_wall"))]
    b.hold("map: wall time over plain decoding, median", "≤ 1.3", [(None, statistics.median(times))] if times else [], lambda v: f"{v:.2f}", most=1.3)
    b.hold("map: peak memory, 60 min", "≤ 100 MB", b.each(long, lambda c: c.of("map", "rss")), lambda v: f"{v:.0f} MB", most=100)
    added = b.each(lambda c: True, lambda c: over(less(c.of("words", "wall"), c.of("map", "wall")), c.duration))
    whole = b.each(lambda c: True, lambda c: over(c.of("words", "wall"), c.duration))
    for name, values in (("words: wall time added to the map's over duration", added), ("words: wall time over duration", whole)):
        known = [v for _, v in values if v is not None]
        middle = statistics.median(known) if known else 0
        b.hold(name, "≤ 0.020", values, lambda v, middle=middle: f"{v:.3f}, median {middle:.3f}", most=0.02)
    for tool in ("map", "words"):
        in_sync = b.each(lambda c: True, lambda c: c.of(tool, "w250"))
        b.hold(f"files in sync, {tool}: words within 250 ms in each", "≥ 95 %", in_sync, share, least=95)
    return b.rows


def over(value, by):
    return None if value is None else value / by


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    folder, align, printed, *drifts = (Path(p) for p in sys.argv[1:])
    rows = json.loads(align.read_text())
    # run_bench.py prints the pooled figure and keeps it to itself.
    pooled = {m[1]: float(m[2]) for m in re.finditer(r"^(\S+)\s+cases\s.*\bauc-pooled ([\d.]+)", printed.read_text(), re.M)}
    said = [{row["case"]: row for row in json.loads(path.read_text())} for path in drifts]
    tools = list(dict.fromkeys(r["tool"] for r in rows))
    names = list(dict.fromkeys(r["case"] for r in rows))
    cases = [Case(name, folder, {r["tool"]: r for r in rows if r["case"] == name}, said) for name in names]
    print("Median error of word starts in ms / share of words within 50 ms in % / within 100 ms in %:\n")
    table(["case", *tools], ([short(c.name), *cells(c, tools)] for c in cases))
    table(["over all cases", *tools], totals(cases, tools, pooled))
    print("What `plumbline drift` says, and after a slash what `plumbline drift --words` says where that differs:\n")
    head = ["case", "verdict", "breaks found", "invented", "size off by", "place off by", "rate off by", "F1 of cut words"]
    table(head, ([short(c.name), *drift_cells(c)] for c in cases))
    print("Bars, each with the worst case:\n")
    table(["bar", "limit", "measured", ""], bars(cases, pooled))


if __name__ == "__main__":
    main()
