#!/usr/bin/env python3
"""Measures archives on this machine.

    dev/bench_archive.py throughput PLUMBLINE    `run` and `run-all` over 40 files: on one core, and on all
    dev/bench_archive.py queue QUEUE_COST        what the queue costs beyond the work, and docs/pictures/queue_growth.svg
    dev/bench_archive.py bring PLUMBLINE [N [FOLDER]]   an archive of N items (20,000) brought to the desk; the project stays in FOLDER, with a file for each media

PLUMBLINE is the command line, such as target/release/plumbline; QUEUE_COST the example of that name of crates/worker.
"""
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "assets/sample/bridge.mp4"
PICTURE = ROOT / "docs/pictures/queue_growth.svg"
FILES = 40
LENGTH_S = 15


def run(folder, command, cores=None, memory=None):
    """Seconds of wall time, and of processor time, with a cache that holds nothing. `memory` is filled with MB of the program itself, every half second."""
    environment = {**os.environ, "XDG_CACHE_HOME": tempfile.mkdtemp(dir=folder)}
    if cores:
        command = ["taskset", "-c", cores, *command]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, text=True)
        while True:
            try:
                process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                if memory is not None:
                    memory.append(int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * resource.getpagesize() / 1e6)
        if process.returncode not in (0, 3):
            said.seek(0)
            sys.exit(f"{' '.join(map(str, command))}: {said.read()}")
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def throughput(plumbline):
    with tempfile.TemporaryDirectory() as folder:
        media = Path(folder, "media")
        media.mkdir()
        for n in range(FILES):
            # Each from another place, so that none has the content of another.
            subprocess.run(["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-y", "-ss", str(n * 5), "-t", str(LENGTH_S), "-i", SAMPLE,
                            "-c:v", "libx264", "-preset", "ultrafast", media / f"{n:02}.mp4"], check=True)
        cores = len(os.sched_getaffinity(0))
        print("| command | cores | wall | files/min | share of cores in use | of N x one core | memory, most in each quarter |\n|---|---|---|---|---|---|---|")
        for name in ("run", "run-all"):
            rate = {}
            for count, which in ((1, "0"), (cores, None)):
                place = Path(folder, f"{name}-{count}")
                ways = {"run": ["run", media, "--project", f"{place}.plumbline"], "run-all": ["run-all", "--in", media, "--out", place]}
                memory = []
                wall, used = run(folder, [plumbline, *map(str, ways[name])], which, memory)
                quarters = " / ".join(f"{max(memory[len(memory) * q // 4:len(memory) * (q + 1) // 4]):.0f}" for q in range(4))
                rate[count] = FILES / wall * 60
                print(f"| `{name}` | {count} | {wall:.1f} s | {rate[count]:.1f} | {used / wall / count:.0%} | {rate[count] / rate[1] / count:.0%} | {quarters} MB |", flush=True)


def queue(queue_cost):
    said = subprocess.run([queue_cost, "10", "30", "100", "300", "1000", "3000", "10000"], check=True, capture_output=True, text=True).stdout
    print(said)
    rows = [tuple(map(int, line.split(","))) for line in said.splitlines()[1:]]
    PICTURE.write_text(drawn(rows))
    print(f"drawn: {PICTURE.relative_to(ROOT)}")


def drawn(rows):
    """Microseconds for each item over the number of items, both by powers of ten."""
    from math import log10
    width, height, left, top, right, bottom = 640, 300, 64, 28, 48, 46
    x = lambda items: left + (log10(items) - 1) / 3 * (width - left - right)
    y = lambda us: top + (4 - log10(max(us, 1))) / 4 * (height - top - bottom)
    ink, grid, line = "#84888f", "#84888f44", "#5d93c2"
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="{ink}">',
           f'<text x="{left}" y="16">µs for each item beyond the work (8 stages, states told to a ledger on the disk)</text>']
    for power in range(0, 5):
        out.append(f'<line x1="{left}" x2="{width - right}" y1="{y(10 ** power):.1f}" y2="{y(10 ** power):.1f}" stroke="{grid}"/>'
                   f'<text x="{left - 8}" y="{y(10 ** power) + 4:.1f}" text-anchor="end">{10 ** power:,}</text>')
    for power in range(1, 5):
        out.append(f'<text x="{x(10 ** power):.1f}" y="{height - bottom + 20}" text-anchor="middle">{10 ** power:,}</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 6}" text-anchor="middle">items</text>')
    out.append(f'<line x1="{left}" x2="{width - right}" y1="{y(1000):.1f}" y2="{y(1000):.1f}" stroke="#c2605d" stroke-dasharray="5 4"/>'
               f'<text x="{width - right}" y="{y(1000) - 5:.1f}" text-anchor="end" fill="#c2605d">bar: 1 ms</text>')
    points = " ".join(f"{x(items):.1f},{y(us):.1f}" for items, us, _ in rows)
    out.append(f'<polyline points="{points}" fill="none" stroke="{line}" stroke-width="2"/>')
    for items, us, kb in rows:
        out.append(f'<circle cx="{x(items):.1f}" cy="{y(us):.1f}" r="3.5" fill="{line}"/>'
                   f'<text x="{x(items):.1f}" y="{y(45):.1f}" text-anchor="middle">{us} µs</text>'
                   f'<text x="{x(items):.1f}" y="{y(45) + 15:.1f}" text-anchor="middle">{kb // 1024} MB</text>')
    return "\n".join(out + ["</svg>", ""])


def bring(plumbline, count, kept=None):
    """Items are made by hand from the findings of one that was truly worked on: other names, other hashes."""
    with tempfile.TemporaryDirectory(dir=kept) as folder:
        media = Path(folder, "media")
        media.mkdir()
        for name in ("bridge.mp4", "bridge.transcribe.json"):
            (media / name).write_bytes((ROOT / "assets/sample" / name).read_bytes())
        one, many = Path(folder, "one"), Path(folder, "many")
        run(folder, [plumbline, "run-all", "--in", str(media), "--out", str(one)])
        item = json.loads((one / "manifest.json").read_text())[0]
        findings = {p.name: json.loads(p.read_text()) for p in (one / "items" / item["id"]).iterdir()}
        many.mkdir()
        (many / "archive.json").write_bytes((one / "archive.json").read_bytes())
        items = []
        for n in range(count):
            ident = hashlib.sha256(str(n).encode()).hexdigest()
            items.append({"id": ident[:24], "files": [f"{n:06}.mp4"], "bytes": 1})
            place = many / "items" / ident[:24]
            place.mkdir(parents=True)
            for name, found in findings.items():
                if name == "import.json":
                    found = json.loads(json.dumps(found))
                    record = next(f for f in found["findings"] if f["found"] == "media")["record"]
                    record["hash"], record["path"] = ident, f"{n:06}.mp4"
                (place / name).write_text(json.dumps(found))
        (many / "manifest.json").write_text(json.dumps(items))
        project = Path(kept or folder, "all.plumbline")
        for n in range(count if kept else 0):
            # One file under all names: the desk asks whether they are there.
            Path(kept, f"{n:06}.mp4").hardlink_to(media / "bridge.mp4")
        wall, used = run(folder, [plumbline, "bring", str(project), "--out", str(many), "--json"])
        print(f"{count} items brought in {wall:.1f} s ({wall / count * 1000:.2f} ms each, {used:.1f} s of processor), {project.stat().st_size / 1e6:.0f} MB")
        wall, _ = run(folder, [plumbline, "show", str(project), "--json"])
        print(f"listed in {wall:.2f} s; most memory of all commands {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB")
        wall, _ = run(folder, [plumbline, "bring", str(project), "--out", str(many), "--json"])
        print(f"brought again in {wall:.1f} s: nothing changes")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["throughput", program]:
            throughput(program)
        case ["queue", program]:
            queue(program)
        case ["bring", program, *count]:
            bring(program, int(count[0]) if count else 20_000, *count[1:])
        case _:
            sys.exit(__doc__)
