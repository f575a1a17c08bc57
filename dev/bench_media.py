#!/usr/bin/env python3
"""The film that dev/bench-media measures over, its truth, and what is measured.

  bench_media.py make FOLDER                       makes film.mp4, hour.mp4, ten_hours.mp4 and truth.json
  bench_media.py measure FOLDER PLUMBLINE ROUNDS   prints tables; PySceneDetect is asked where FOLDER/venv has it
"""
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

RATE = 25
SIZE = "1280x720"
SAMPLE = "assets/sample/bridge.mp4"
ENCODE = "-c:v libx264 -preset veryfast -crf 24 -g 250 -pix_fmt yuv420p -video_track_timescale 12800 -an".split()
TOLERANCE = 2 / RATE + 1e-6


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *map(str, words)], check=True)


def seconds_of(path):
    said = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path],
                          check=True, capture_output=True, text=True).stdout
    return float(said)


# Scenes: each gives the words of an input and a chain of filters that ends in 1280x720 at 25 a second.

def from_sample(dice, length):
    at, left, top = dice.uniform(0, 220), dice.randint(0, 240), dice.randint(0, 120)
    look = dice.choice(["null", "hflip", "hue=h=60", "eq=contrast=1.2:brightness=0.05", "hue=s=0.3"])
    return ["-ss", f"{at:.2f}", "-stream_loop", "-1", "-i", SAMPLE], f"fps={RATE},crop=400:225:{left}:{top},{look},scale=1280:720"


def camera(dice, length):
    """A hand-held look around in a picture of the sample."""
    at, fast = dice.uniform(0, 220), dice.uniform(0.3, 3)
    shake = f"crop=384:216:128+120*sin(t*{fast:.2f})+3*sin(t*17):72+60*cos(t*{fast * 0.7:.2f})+3*cos(t*13)"
    return ["-ss", f"{at:.2f}", "-stream_loop", "-1", "-i", SAMPLE], f"fps={RATE},{shake},hue=h={dice.randint(0, 359)},scale=1280:720"


def zoom(dice, length):
    picture = dice.choice(["library-dark", "proposal-light", "review-dark", "tuning-proposal", "proposal-dark"])
    grow = dice.uniform(0.0005, 0.004)
    chain = f"scale=1920:-1,zoompan=z='1+{grow:.4f}*on':x='iw*{dice.uniform(0, 0.5):.2f}':y='ih*{dice.uniform(0, 0.5):.2f}':d=1:s={SIZE}:fps={RATE}"
    return ["-loop", "1", "-framerate", str(RATE), "-i", f"docs/pictures/{picture}.png"], chain


def drawn(dice, length):
    source = dice.choice([
        f"testsrc2=s={SIZE}:r={RATE}",
        f"mandelbrot=s=640x360:r={RATE}:start_x={dice.uniform(-0.8, -0.7):.3f}:end_pts=400",
        f"life=s=320x180:r={RATE}:mold=10:ratio=0.1:seed={dice.randint(1, 999)}:death_color=#C83232:life_color=#00ff00",
        f"gradients=s=640x360:r={RATE}:speed=0.02:seed={dice.randint(1, 999)}",
        f"smptehdbars=s={SIZE}:r={RATE},noise=alls=20:allf=t",
    ])
    return ["-f", "lavfi", "-i", source], f"scale=1280:720,hue=h={dice.randint(0, 359)}"


def flashed(dice, length):
    words, chain = from_sample(dice, length)
    first = dice.randint(20, int(length * RATE) - 20)
    return words, chain + f",eq=brightness='if(between(n,{first},{first + 1}),0.7,0)':eval=frame"


def cuts_within(words, first, frames):
    """The sample's own cuts, as events, in so many frames of a scene that begins at frame `first`."""
    if words[0] != "-ss":
        return []
    shots = json.loads(Path(SAMPLE).with_name("bridge.truth.json").read_text())["shots"]
    places = [round((shot["start_us"] / 1e6 - float(words[1])) * RATE) for shot in shots]
    return [{"kind": "cut", "at": first + place} for place in places if 0 < place < frames]


SCENES = [from_sample, from_sample, from_sample, camera, camera, zoom, drawn, drawn, flashed]


def make_film(folder, scenes=90):
    """Joins scenes by cuts, fades through black and crossfades at known times."""
    dice, parts, truth, at = random.Random(20), [], [], 0
    folder.mkdir(parents=True, exist_ok=True)
    tail = None
    for n in range(scenes):
        frames = dice.randint(50, 200)
        join = dice.choices(["cut", "fade", "dissolve"], [6, 2, 2])[0]
        out = dice.randint(8, 25)
        words, chain = dice.choice(SCENES)(dice, frames / RATE)
        part = folder / f"part{n:03}.mp4"
        inner = cuts_within(words, at, frames)
        chain += f",trim=end_frame={frames},setsar=1,format=yuv420p"
        if tail:
            # The scene before ended in a fade: this one comes out of black.
            chain += f",fade=in:0:{tail}"
            fade["to"] = at + tail
            tail = None
        if join == "fade" and frames > 2 * out + 30:
            chain += f",fade=out:{frames - out}:{out}"
            fade = {"kind": "fade", "from": at + frames - out, "at": at + frames}
            truth.append(fade)
            tail = out
            length = frames
            ffmpeg(*words, "-vf", chain, "-frames:v", frames, *ENCODE, part)
        elif join == "dissolve":
            after = dice.randint(out + 40, 150)
            more, other = dice.choice(SCENES)(dice, after / RATE)
            length = frames + after - out
            inner += cuts_within(more, at + frames - out, after)
            graph = (f"[0:v]{chain}[a];[1:v]{other},trim=end_frame={after},setsar=1,format=yuv420p[b];"
                     f"[a]fps={RATE},settb=1/{RATE}[c];[b]fps={RATE},settb=1/{RATE}[d];"
                     f"[c][d]xfade=duration={out / RATE}:offset={(frames - out) / RATE},format=yuv420p")
            ffmpeg(*words, *more, "-filter_complex", graph, "-frames:v", length, *ENCODE, part)
            truth.append({"kind": "dissolve", "from": at + frames - out, "at": at + frames - out // 2, "to": at + frames})
            truth.append({"kind": "cut", "at": at + length})
        else:
            length = frames
            ffmpeg(*words, "-vf", chain, "-frames:v", frames, *ENCODE, part)
            truth.append({"kind": "cut", "at": at + frames})
        truth += inner
        parts.append(part)
        at += length
    # The last one ends the film.
    truth = sorted((event for event in truth if event["at"] < at), key=lambda event: event["at"])
    listed = folder / "parts.txt"
    listed.write_text("".join(f"file '{part.name}'\n" for part in parts))
    ffmpeg("-f", "concat", "-i", listed, "-c", "copy", folder / "silent.mp4")
    ffmpeg("-i", folder / "silent.mp4", "-stream_loop", -1, "-i", SAMPLE, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac",
           "-ar", 48000, "-ac", 2, "-shortest", folder / "film.mp4")
    (folder / "truth.json").write_text(json.dumps({"frames": at, "events": truth}, indent=1))
    for part in [*parts, listed, folder / "silent.mp4"]:
        part.unlink()


def loop(film, to, length):
    times = int(length / seconds_of(film)) + 1
    ffmpeg("-stream_loop", times, "-i", film, "-c", "copy", "-t", length, to)


def make(folder):
    if not (folder / "truth.json").exists():
        make_film(folder)
    small = folder / "small.mp4"
    if not small.exists():
        ffmpeg("-i", folder / "film.mp4", "-vf", "scale=320:180,fps=5", "-c:v", "libx264", "-preset", "veryfast", "-crf", 28, "-g", 50,
               "-c:a", "aac", "-b:a", "64k", small)
    for name, film, length in [("hour.mp4", "film.mp4", 3600), ("ten_minutes_small.mp4", "small.mp4", 600),
                               ("hour_small.mp4", "small.mp4", 3600), ("ten_hours_small.mp4", "small.mp4", 36000)]:
        if not (folder / name).exists():
            loop(folder / film, folder / name, length)


# Measures.

def timed(*words):
    """Wall time in seconds, CPU time in seconds, peak memory in MB, what was said."""
    report = subprocess.run(["/usr/bin/env", "python3", "-c",
                             "import json,resource,subprocess,sys,time\n"
                             "t=time.monotonic()\n"
                             "p=subprocess.run(sys.argv[1:],stdin=subprocess.DEVNULL,capture_output=True,text=True)\n"
                             "w=time.monotonic()-t\n"
                             "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
                             "print(json.dumps([w,u.ru_utime+u.ru_stime,u.ru_maxrss/1024,p.stdout,p.returncode,p.stderr[-500:]]))",
                             *map(str, words)], check=True, capture_output=True, text=True)
    wall, cpu, memory, said, code, complaint = json.loads(report.stdout)
    if code:
        sys.exit(f"bench_media.py: {words[0]} failed: {complaint}")
    return wall, cpu, memory, said


def side_by_side(rounds, **runs):
    """Takes turns, so that a busy machine is busy for all. Medians of wall time, CPU time and memory by name."""
    taken = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(run())
    return {name: [statistics.median(run[i] for run in all) for i in range(3)] for name, all in taken.items()}


def scores(found, events, kind):
    """Precision, recall and F1 of the times `found` against events of a kind, paired one to one. What hits an event of another kind is neither
    right nor wrong."""
    left = list(found)

    def take(event):
        start, end = event.get("from", event["at"]) / RATE, event.get("to", event["at"]) / RATE
        hits = [t for t in left if start - TOLERANCE <= t <= end + TOLERANCE]
        if hits:
            left.remove(min(hits, key=lambda t: abs(t - event["at"] / RATE)))
        return bool(hits)

    wanted = [event for event in events if event["kind"] in kind]
    hit = sum(take(event) for event in wanted)
    for event in events:
        if event["kind"] not in kind:
            while take(event):
                pass
    precision = hit / max(1, hit + len(left))
    recall = hit / max(1, len(wanted))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


SCENEDETECT = """
import sys, json, logging
from scenedetect import open_video, SceneManager, detectors
video = open_video(sys.argv[1]); manager = SceneManager()
for name in sys.argv[2:]: manager.add_detector(getattr(detectors, name)())
manager.detect_scenes(video)
print(json.dumps(sorted({s[0].get_seconds() for s in manager.get_scene_list()[1:]})))
"""


def shots(folder, plumbline, rounds):
    film, truth = folder / "film.mp4", json.loads((folder / "truth.json").read_text())["events"]
    python = folder / "venv/bin/python"
    found = {"Plumbline": [us / 1e6 for us in json.loads(timed(plumbline, "shots", film, "--json")[3])["shots_us"]]}
    runs = {"plain decode": lambda: timed("ffmpeg", "-v", "error", "-i", film, "-map", "0:v", "-f", "null", "-"),
            "Plumbline": lambda: timed(plumbline, "shots", film, "--json")}
    others = {"ContentDetector": ["ContentDetector"], "AdaptiveDetector": ["AdaptiveDetector"],
              "Content and Threshold": ["ContentDetector", "ThresholdDetector"],
              "Adaptive and Threshold": ["AdaptiveDetector", "ThresholdDetector"]}
    if python.exists():
        for name, detectors in others.items():
            found[name] = json.loads(timed(python, "-c", SCENEDETECT, film, *detectors)[3].splitlines()[-1])
        runs["ContentDetector"] = lambda: timed(python, "-c", SCENEDETECT, film, "ContentDetector")
        runs["AdaptiveDetector"] = lambda: timed(python, "-c", SCENEDETECT, film, "AdaptiveDetector")
    counts = {kind: sum(event["kind"] == kind for event in truth) for kind in ["cut", "fade", "dissolve"]}
    print(f"\n{counts['cut']} cuts, {counts['fade']} fades through black, {counts['dissolve']} dissolves. Precision / recall / F1:\n")
    print("| detector | cuts | cuts and fades | dissolves, recall |\n|---|---|---|---|")
    for name, times in found.items():
        cells = [" / ".join(f"{v:.3f}" for v in scores(times, truth, kind)) for kind in [["cut"], ["cut", "fade"]]]
        print(f"| {name} | {cells[0]} | {cells[1]} | {scores(times, truth, ['dissolve'])[1]:.3f} |")
    medians = side_by_side(rounds, **runs)
    print("\n| over the film | wall s | CPU s | memory MB | wall over plain decode |\n|---|---|---|---|---|")
    for name, (wall, cpu, memory) in medians.items():
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {memory:.0f} | {wall / medians['plain decode'][0]:.2f} |")


def frames(folder, plumbline, rounds):
    hour, ours, theirs = folder / "hour.mp4", folder / "ours", folder / "theirs"

    def run_ours():
        shutil.rmtree(ours, ignore_errors=True)
        return timed(plumbline, "frames", hour, "--out", ours, "--every", 2, "--most-per-minute", 100000, "--same", 0, "--max-edge", 960,
                     "--sound")

    run_ours()
    count, length = len(list(ours.glob("*.jpg"))), seconds_of(hour)

    def run_theirs():
        shutil.rmtree(theirs, ignore_errors=True)
        theirs.mkdir()
        return timed("ffmpeg", "-v", "error", "-i", hour, "-map", "0:v", "-vf", f"fps={count / length},scale=960:-2", "-q:v", 2,
                     theirs / "%06d.jpg", "-map", "0:a", "-ac", 1, "-ar", 16000, theirs / "sound.wav")

    medians = side_by_side(rounds, ffmpeg=run_theirs, Plumbline=run_ours)
    written = {name: len(list(at.glob("*.jpg"))) for name, at in [("ffmpeg", theirs), ("Plumbline", ours)]}
    print("\n| frames and sound of an hour | pictures | wall s | CPU s | memory MB | wall over ffmpeg's |\n|---|---|---|---|---|---|")
    for name, (wall, cpu, memory) in medians.items():
        print(f"| {name} | {written[name]} | {wall:.1f} | {cpu:.1f} | {memory:.0f} | {wall / medians['ffmpeg'][0]:.2f} |")


def memory(folder, plumbline):
    print("\n| peak memory in MB | 10 min | 1 h | 10 h |\n|---|---|---|---|")
    names = ["ten_minutes_small.mp4", "hour_small.mp4", "ten_hours_small.mp4"]
    out = folder / "ours"
    for what, words in [("shots", ["shots", "--json"]), ("frames", ["frames", "--out", out]), ("frames and sound", ["frames", "--sound", "--out", out])]:
        cells = []
        for name in names:
            shutil.rmtree(out, ignore_errors=True)
            cells.append(f"{timed(plumbline, words[0], folder / name, *words[1:])[2]:.0f}")
        print(f"| {what} | " + " | ".join(cells) + " |")


def main():
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "make":
        return make(folder)
    plumbline, rounds = sys.argv[3], int(sys.argv[4])
    print(f"{os.cpu_count()} cores, {rounds} rounds, {time.strftime('%Y-%m-%d')}")
    for part in sys.argv[5:] or ["shots", "frames", "memory"]:
        {"shots": lambda: shots(folder, plumbline, rounds), "frames": lambda: frames(folder, plumbline, rounds),
         "memory": lambda: memory(folder, plumbline)}[part]()


if __name__ == "__main__":
    main()
