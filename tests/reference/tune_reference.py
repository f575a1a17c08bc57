#!/usr/bin/env python3
"""Writes crates/core/tests/tune_reference.json: what numpy, scipy, scikit-learn and krippendorff say about made-up data, for the tests of `core::tune`.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install numpy scipy scikit-learn krippendorff
    /tmp/reference/bin/python tests/reference/tune_reference.py

The data come from fixed seeds, so the file only changes with the libraries.
"""

import importlib.metadata
import json
import math
from fractions import Fraction
from pathlib import Path

import krippendorff
import numpy as np
from scipy.stats import beta, binom, ks_2samp
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import precision_recall_curve

OUT = Path(__file__).resolve().parents[2] / "crates/core/tests/tune_reference.json"


def short(value):
    """12 digits: more than any test asks for."""
    return float(f"{float(value):.12g}")


def shorts(values):
    return [short(v) for v in values]


def table(alpha, delta):
    """Rows (probes, most defects or -1), from scipy's binomial and whole distributions that nothing is cut off of."""
    first = math.ceil(math.log(delta) / math.log1p(-alpha))
    rows, spent, before, probes = [], 0.0, 0, first
    alive = np.array([1.0])
    while probes <= 40 * first:
        added = probes - before
        alive = np.convolve(alive, binom.pmf(np.arange(added + 1), added, alpha))
        budget = delta * (1 - first / probes)
        fits = np.flatnonzero(spent + np.cumsum(alive) <= budget)
        most = int(fits[-1]) if len(fits) else -1
        spent += alive[: most + 1].sum()
        alive[: most + 1] = 0
        rows.append([probes, most])
        before, probes = probes, (110 * probes + 99) // 100
    return rows


def grid(start, pilot):
    """Every limit there could be, and of those that let enough pass the strictest, step by step, in fractions."""
    pilot = sorted(pilot)
    share = lambda limit: Fraction(sum(s >= limit for s in pilot), len(pilot))
    begin = share(start)
    limits = [start] if begin > 0 else []
    for step in range(1, 21):
        wanted = begin + (Fraction(97, 100) - begin) * Fraction(step, 20)
        limit = max(s for s in pilot if share(s) >= wanted)
        if not limits or limit < limits[-1]:
            limits.append(limit)
    return limits


def certified(rows, limits, scores, defects):
    """For each limit probes, defects, and the number of probes at which it is certified."""
    steps = []
    for limit in limits:
        seen = [d for s, d in zip(scores, defects) if s >= limit]
        hits = [n for n, most in rows if n <= len(seen) and sum(seen[:n]) <= most]
        steps.append([len(seen), sum(seen), hits[0] if hits else None])
    return steps


def decisions(rng):
    made = []
    for alpha, delta, levels, count, slope in [(0.05, 0.05, 400, 900, 3.0), (0.08, 0.1, 12, 700, 1.5), (0.2, 0.05, 50, 300, 0.5), (0.03, 0.05, 1000, 1400, 4.0)]:
        pilot = rng.integers(0, levels, 300).tolist()
        scores = rng.integers(0, levels, count)
        chance = np.clip(alpha * 3 * (1 - scores / levels) ** slope, 0, 1)
        defects = (rng.random(count) < chance).astype(int).tolist()
        start = int(np.quantile(pilot, 0.7)) + 0.5
        limits = grid(start, pilot)
        made.append({"alpha": alpha, "delta": delta, "pilot": pilot, "start": start, "limits": limits, "scores": scores.tolist(),
                     "defects": "".join(map(str, defects)), "steps": certified(table(alpha, delta), limits, scores.tolist(), defects)})
    return made


def bounds():
    """Clopper-Pearson, on whole and on effective counts."""
    made = []
    for defects, judged in [(0, 7), (2, 7), (7, 7), (1, 44), (4.5, 61.3), (0.02, 3.7), (250, 10000), (123.4, 56789.1), (49950, 100000), (99990, 100000)]:
        for confidence in (0.8, 0.95, 0.975, 0.999):
            made.append([defects, judged, confidence,
                         short(beta.ppf(1 - confidence, defects, judged - defects + 1)) if defects else 0.0,
                         short(beta.ppf(confidence, defects + 1, judged - defects)) if defects < judged else 1.0])
    return made


def sweeps(rng):
    """Hajek shares on both sides of every score, with Kish's count; precision also as scikit-learn has it."""
    made = []
    for units, labelled, levels in [(200, 90, 25), (120, 60, 1000)]:
        scores = rng.integers(0, levels, units)
        picked = rng.choice(units, labelled, replace=False)
        at, inclusion = scores[picked], rng.choice([1.0, 0.5, 0.05, 0.04], labelled)
        defects = (rng.random(labelled) < 0.7 * (1 - at / levels)).astype(int)
        weight = 1 / inclusion
        rows = []
        for limit in np.unique(scores):
            row = [int(limit), int((scores < limit).sum())]
            for side in (at < limit, at >= limit):
                w = weight[side]
                row += [short((w * defects[side]).sum() / w.sum()), short(w.sum() ** 2 / (w**2).sum())] if len(w) else [None, None]
            rows.append(row)
        precision, _, limits = precision_recall_curve(defects, -at, sample_weight=weight)
        made.append({"scores": scores.tolist(), "at": at.tolist(), "defects": defects.tolist(), "inclusion": inclusion.tolist(),
                     "columns": ["limit", "flagged", "precision", "effective flagged", "escapes", "effective passing"], "rows": rows,
                     "flagged_up_to": (-limits).tolist(), "precision": shorts(precision[:-1])})
    return made


def lines(rng):
    made = []
    for count, levels, weighed in [(25, 1000, False), (80, 9, True), (150, 10**6, True), (3, 1, False)]:
        scores = rng.integers(0, levels, count) / levels
        defects = (rng.random(count) < 0.8 * (1 - scores) ** 2).astype(int)
        weights = rng.choice([1.0, 2.0, 25.0], count) if weighed else np.ones(count)
        line = IsotonicRegression(increasing=False, y_min=0, y_max=1, out_of_bounds="clip").fit(scores, defects, sample_weight=weights)
        asked = np.linspace(-0.2, 1.2, 29)
        made.append({"scores": shorts(scores), "defects": defects.tolist(), "weights": weights.tolist(), "asked": shorts(asked), "chance": shorts(line.predict(asked))})
    return made


def drifts(rng):
    made = []
    for a, b, moved in [(40, 30, 0.0), (60, 90, 0.15), (100, 100, 0.25), (25, 150, 0.3), (200, 40, 0.08), (80, 120, 0.5)]:
        x, y = np.round(rng.random(a), 3), np.round(rng.random(b) + moved, 3)
        found = ks_2samp(x, y, method="asymp")
        made.append({"a": x.tolist(), "b": y.tolist(), "statistic": short(found.statistic), "p": short(found.pvalue)})
    return made


def sums(rng):
    """The e-CUSUM by whole products instead of logarithms."""
    made = []
    for alpha, late in [(0.05, 0.3), (0.02, 0.08), (0.1, 0.1)]:
        defects = (rng.random(400) < np.where(np.arange(400) < 200, alpha / 2, late)).astype(int)
        evidence, alarm = 1.0, None
        for at, defect in enumerate(defects):
            evidence = max(evidence, 1.0) * (2.0 if defect else (1 - 2 * alpha) / (1 - alpha))
            alarm = at if alarm is None and evidence >= 1000 else alarm
        made.append({"alpha": alpha, "defects": "".join(map(str, defects)), "log": short(math.log(evidence)), "alarm": alarm})
    return made


def agreements(rng):
    made = []
    for people, units, values, alike, missing in [(2, 30, 2, 0.9, 0.0), (3, 40, 4, 0.7, 0.25), (5, 25, 3, 0.4, 0.5)]:
        truth = rng.integers(0, values, units)
        said = np.where(rng.random((people, units)) < alike, truth, rng.integers(0, values, (people, units))).astype(float)
        said[rng.random((people, units)) < missing] = np.nan
        made.append({"said": [[None if math.isnan(v) else int(v) for v in row] for row in said],
                     "alpha": short(krippendorff.alpha(reliability_data=said, level_of_measurement="nominal"))})
    return made


def main():
    rng = np.random.default_rng(20_260_711)
    reference = {
        "made_by": "tests/reference/tune_reference.py",
        "versions": {name: importlib.metadata.version(name) for name in ("numpy", "scipy", "scikit-learn", "krippendorff")},
        "tables": [{"alpha": a, "delta": d, "rows": table(a, d)} for a, d in [(0.001, 0.01), (0.015, 0.05), (0.04, 0.2), (0.07, 0.02), (0.25, 0.05), (0.4, 0.5)]],
        "decisions": decisions(rng),
        "bounds": bounds(),
        "sweeps": sweeps(rng),
        "lines": lines(rng),
        "drifts": drifts(rng),
        "sums": sums(rng),
        "agreements": agreements(rng),
    }
    OUT.write_text(json.dumps(reference, separators=(",", ":")) + "\n")
    print(f"{OUT}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
