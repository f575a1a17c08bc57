#!/usr/bin/env python3
"""Writes crates/core/tests/score_reference.json: what numpy, scipy, scikit-learn, statsmodels, pycocotools and rapidfuzz say about made-up data, for the
tests of `core::score` and `core::tune::paired::widened`.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install numpy scipy scikit-learn statsmodels pycocotools rapidfuzz
    /tmp/reference/bin/python tests/reference/score_reference.py

The data come from fixed seeds, so the file only changes with the libraries.
"""

import importlib.metadata
import itertools
import json
from pathlib import Path

import numpy as np
import pycocotools.mask
from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment
from scipy.stats import binomtest, norm, t
from sklearn.metrics import precision_recall_fscore_support
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

OUT = Path(__file__).resolve().parents[2] / "crates/core/tests/score_reference.json"


def short(value):
    """12 digits: more than any test asks for."""
    return float(f"{float(value):.12g}")


def shorts(values):
    return [short(v) for v in values]


def assignments(rng):
    """Gains with holes, whole numbers that tie, wide and tall; the greatest sum, which is unique where the pairs are not."""
    made = []
    for rows, columns, kind in [(1, 1, "any"), (3, 5, "any"), (5, 3, "holes"), (8, 8, "holes"), (7, 7, "ties"), (20, 33, "holes"), (40, 25, "ties"), (60, 60, "any")]:
        gains = np.round(rng.random((rows, columns)), 4)
        if kind == "holes":
            gains[rng.random((rows, columns)) < 0.7] = 0
        if kind == "ties":
            gains = rng.integers(0, 4, (rows, columns)) / 4
        at = linear_sum_assignment(gains, maximize=True)
        made.append({"gains": gains.tolist(), "sum": short(gains[at].sum()),
                     "given": [[int(r), int(c)] for r, c in zip(*at) if gains[r, c] > 0] if kind == "any" else None})
    return made


def overlaps(rng):
    """Boxes on a grid of 1/64, so that single precision holds them; spans in whole microseconds, as boxes one pixel high."""
    one, other = (np.hstack([rng.integers(0, 40, (40, 2)), rng.integers(1, 25, (40, 2))]) / 64 for _ in range(2))
    other[:5] = one[:5]
    boxes = pycocotools.mask.iou(one, other, np.zeros(len(other)))
    starts, lengths = rng.integers(0, 10**7, (2, 40)), rng.integers(1, 10**7, (2, 40))
    flat = lambda side: np.stack([starts[side], np.zeros(40), lengths[side], np.ones(40)], axis=1).astype(float)
    spans = pycocotools.mask.iou(flat(0), flat(1), np.zeros(40))
    return {"boxes": [one.tolist(), other.tolist()], "boxes_iou": [shorts(row) for row in boxes],
            "spans": [np.stack([starts[s], starts[s] + lengths[s]], axis=1).tolist() for s in (0, 1)], "spans_iou": [shorts(row) for row in spans]}


def shares(rng):
    """Each matched thing is a 1 on both sides, a missed one a 1 of the truth alone, an extra one a 1 of what was found alone."""
    made = []
    for matched, missed, extra in [(3, 0, 0), (3, 2, 1), (0, 4, 0), (0, 0, 4), (0, 2, 3), *rng.integers(0, 50, (10, 3)).tolist()]:
        truth, found = [1] * (matched + missed) + [0] * extra, [1] * matched + [0] * missed + [1] * extra
        precision, recall, f1, _ = precision_recall_fscore_support(truth, found, average="binary", zero_division=0)
        made.append([matched, missed, extra, short(precision), short(recall), short(f1)])
    return made


def texts():
    """Compared in small letters with single spaces."""
    pairs = [("", ""), ("a", ""), ("kitten", "sitting"), ("Breaking  NEWS", "breaking news"), ("Straße 12", "STRAßE 21"), ("naïve café", "naive cafe"),
             ("A person walks to the left", "a man walks left"), ("日本語の字幕", "日本の字幕"), ("ÀÉÎ õü", "àéî ÕÜ"), (" one\ttwo\n", "one two three")]
    plain = lambda text: " ".join(text.split()).lower()
    return [[a, b, short(Levenshtein.normalized_similarity(plain(a), plain(b)))] for a, b in pairs]


def tests(rng):
    counts = [(0, 0), (1, 0), (5, 5), (0, 6), (1, 9), (12, 3), (40, 61), (200, 260), *rng.integers(0, 30, (6, 2)).tolist()]
    exact = []
    for one, other in counts:
        both_ways = mcnemar([[7, one], [other, 9]], exact=True).pvalue
        if one + other:
            assert abs(both_ways - binomtest(one, one + other).pvalue) < 1e-9
        exact.append([one, other, short(min(both_ways, 1.0))])
    chances = [shorts(rng.random(n) ** 3) for n in (1, 2, 7, 7, 20)] + [[0.01, 0.01, 0.04, 0.04], [1.0, 1.0]]
    return {"mcnemar": exact, "holm": [{"p": p, "corrected": shorts(multipletests(p, method="holm")[1])} for p in chances]}


def student():
    points = [[p, df, short(t.ppf(p, df))] for p in (1e-6, 0.0005, 0.025, 0.2, 0.499, 0.5, 0.6, 0.8, 0.975, 0.99643, 0.99999) for df in (1, 2, 3, 5.5, 8, 30, 199, 10_000)]
    below = [[x, df, short(t.cdf(x, df))] for x in (-40, -6.5, -2, -0.3, -1e-9, 0, 1e-4, 0.7, 3, 12) for df in (1, 2, 5, 17.5, 100, 10_000)]
    return {"quantiles": points, "below": below}


def bounds(rng):
    """Every way to draw few clusters again; what any number of draws may miss of a percentile is four standard errors of it with the fewest draws."""
    made = []
    for clusters, chance, shift, skew in [(2, 0.025, 0.2, 0), (3, 0.1, 0, 0), (4, 0.025, 0.1, 1), (5, 0.1, 0, 1), (6, 0.025, 0.3, 0), (6, 0.1, -0.1, 1), (6, 0.2, 0.05, -1)]:
        counts = rng.integers(1, 9, clusters)
        raw = [rng.normal(shift, 0.2, n) + skew * rng.exponential(0.3) for n in counts]
        sums = np.array([float(w.sum()) for w in raw])
        ways = np.array(list(itertools.product(range(clusters), repeat=clusters)))
        means = sums[ways].sum(axis=1) / counts[ways].sum(axis=1)
        mean, words = sums.sum() / counts.sum(), counts.sum()
        error = np.sqrt(clusters / (clusters - 1) * ((sums - mean * counts) ** 2).sum()) / words
        student = t.ppf(1 - chance, clusters - 1)
        share = norm.cdf(-student * np.sqrt(clusters / (clusters - 1)))
        spread = 4 * np.sqrt(share * (1 - share) / 2000) + 2 / 2000
        at = lambda level, how: float(np.quantile(means, np.clip(level, 0, 1), method=how))
        lower = [min(at(share - spread, "lower"), mean - student * error), min(at(share + spread, "higher"), mean - student * error)]
        upper = [max(at(1 - share - spread, "lower"), mean + student * error), max(at(1 - share + spread, "higher"), mean + student * error)]
        made.append({"sums": sums.tolist(), "counts": counts.tolist(), "chance": chance, "mean": short(mean), "student": short(student * error),
                     "lower": lower, "upper": upper})
    return made


def main():
    rng = np.random.default_rng(20_261_123)
    names = ("numpy", "scipy", "scikit-learn", "statsmodels", "pycocotools", "rapidfuzz")
    reference = {
        "made_by": "tests/reference/score_reference.py",
        "versions": {name: importlib.metadata.version(name) for name in names},
        "assignments": assignments(rng),
        "overlaps": overlaps(rng),
        "shares": shares(rng),
        "texts": texts(),
        "tests": tests(rng),
        "student": student(),
        "bounds": bounds(rng),
    }
    OUT.write_text(json.dumps(reference, separators=(",", ":")) + "\n")
    print(f"{OUT}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
