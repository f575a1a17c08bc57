#!/usr/bin/env python3
"""The part of dev/bench-tune that asks scikit-learn: precision at every threshold, on the data that the benchmark left in a folder.

    dev/bench_tune.py FOLDER    1 where a bar is missed
"""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import precision_recall_curve

ROUNDS = 11
LABELS = 100_000
FASTER = 3
SWEEP_MS = 100


def median(work):
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        rounds.append((time.perf_counter() - began) * 1e3)
    return statistics.median(rounds)


def main():
    folder = Path(sys.argv[1])
    ours = json.loads((folder / "times.json").read_text())
    scores, weights = (np.fromfile(folder / name) for name in ("scores.f64", "weights.f64"))
    defects = np.fromfile(folder / "defects.u8", np.uint8)

    def curve(n):
        return precision_recall_curve(defects[:n], -scores[:n], sample_weight=weights[:n])

    def curve_and_load():
        # What each limit flags of all units: the curve knows the labelled ones alone.
        limits = -curve(LABELS)[2]
        return np.searchsorted(np.sort(scores), limits)

    missed = False
    print("| work | Plumbline ms | numpy and scikit-learn ms | times faster |\n|---|---|---|---|")
    for what, name, work in [
        ("1,000,000 scores, 100,000 labels", "sweep_1e6_scores_1e5_labels", curve_and_load),
        ("100,000 scores, all labelled", "sweep_1e5_scores_1e5_labels", lambda: curve(LABELS)),
        ("1,000,000 scores, all labelled", "sweep_1e6_scores_1e6_labels", lambda: curve(len(scores))),
    ]:
        theirs = median(work)
        ratio = theirs / ours[name]
        missed |= ratio < FASTER
        print(f"| {what} | {ours[name]:.1f} | {theirs:.1f} | {ratio:.1f} |")
    slow = ours["sweep_1e6_scores_1e5_labels"] > SWEEP_MS
    print(f"bars: {FASTER} times faster: {'missed' if missed else 'met'}; a sweep within {SWEEP_MS} ms: {'missed' if slow else 'met'}")
    return 1 if missed or slow else 0


if __name__ == "__main__":
    sys.exit(main())
