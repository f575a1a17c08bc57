#!/usr/bin/env python3
"""Writes crates/core/tests/paired_reference.json: mean differences, and the exact distribution of their means when clusters are drawn again.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install numpy
    /tmp/reference/bin/python tests/reference/paired_reference.py

Few clusters can be drawn again in few enough ways to go through all of them, so that nothing here is random but the made-up data.
"""

import itertools
import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parents[2] / "crates/core/tests/paired_reference.json"
# Sides of the 5th and the 95th percentile that 2,000 draws miss with a chance of less than 1 in 10,000: four standard errors.
SPREAD = 4 * np.sqrt(0.05 * 0.95 / 2000)


def case(rng, clusters, shift):
    counts = rng.integers(5, 80, clusters)
    words = [rng.normal(shift + rng.normal(0, 0.05), 0.2, n) for n in counts]
    sums = np.array([float(np.sum(w)) for w in words])
    ways = np.array(list(itertools.product(range(clusters), repeat=clusters)))
    means = sums[ways].sum(axis=1) / counts[ways].sum(axis=1)
    around = lambda share: [float(np.quantile(means, share + side * SPREAD, method=how)) for side, how in ((-1, "lower"), (1, "higher"))]
    return {
        "sums": sums.tolist(),
        "counts": counts.tolist(),
        "mean": float(np.mean(np.concatenate(words))),
        "lower": around(0.05),
        "upper": around(0.95),
    }


def main():
    rng = np.random.default_rng(20_261_123)
    cases = [case(rng, clusters, shift) for clusters in (2, 3, 4, 5, 6) for shift in (-0.1, 0.0, 0.04, 0.3)]
    OUT.write_text(json.dumps({"made_by": "tests/reference/paired_reference.py", "numpy": np.__version__, "cases": cases}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
