#!/usr/bin/env python3
"""The results of dev/bench as Markdown for docs/benchmarks.md: dev/bench_table.py ALIGN.json DRIFT.json"""
import json
import statistics
import sys


def milliseconds(ms):
    return f"{ms:.0f}" if ms < 1000 else f"{ms / 1000:.1f} s"


def main():
    rows = [r for r in json.load(open(sys.argv[1])) if r.get("n")]
    tools = list(dict.fromkeys(r["tool"] for r in rows))
    cases = list(dict.fromkeys(r["case"] for r in rows))
    by = {(r["case"], r["tool"]): r for r in rows}
    print("| case | " + " | ".join(tools) + " |\n|---|" + "---|" * len(tools))
    for case in cases:
        cells = [f"{milliseconds(by[case, t]['med'])} / {by[case, t]['w100']:.1f}" if (case, t) in by else "failed" for t in tools]
        print(f"| {case.removeprefix('dev_')} | " + " | ".join(cells) + " |")
    print("\n| over all cases | " + " | ".join(tools) + " |\n|---|" + "---|" * len(tools))
    lines = {
        "worst median": lambda r: milliseconds(max(x["med"] for x in r)),
        "files in sync (95 % of words within 250 ms)": lambda r: f"{100 * statistics.mean(x['w250'] >= 95 for x in r):.0f} %",
        "wall time over plain decoding, median": lambda r: f"{statistics.median(x['wall'] / x['dec_wall'] for x in r):.1f}",
        "peak memory, largest": lambda r: f"{max(x['rss'] for x in r):.0f} MB",
    }
    for name, value in lines.items():
        cells = ["–" if t in ("none", "perfect") and ("wall" in name or "memory" in name) else value([r for r in rows if r["tool"] == t]) for t in tools]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("\n| case | verdict | breaks found | invented | size off by | place off by | rate off by | F1 of cut words |\n|---|---|---|---|---|---|---|---|")
    for r in json.load(open(sys.argv[2])):
        rate = "–" if r["ppm"] is None else f"{r['ppm']:.0f} ppm"
        print(f"| {r['case'].removeprefix('dev_')} | {r['verdict']} | {r['found']} of {r['true']} | {r['false']} | {r['size_ms']:.0f} ms | {r['place_words']} words | {rate} | {r['f1']:.3f} |")


main()
