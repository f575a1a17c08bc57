"""What a speech recogniser with a wrong clock might have written down, in the shape of Amazon Transcribe's batch output."""

import random
import re
from dataclasses import dataclass, field

from . import talk

SEED = 1967
OFFSET = 1.2     # seconds that the transcript is late at the start
RATE = 1.0025    # transcript seconds for each second of media
JITTER = 0.020   # standard deviation of a word's edge, seconds


@dataclass
class Word:
    """A word of the talk on the media's clock."""
    text: str
    punctuation: str
    start: float
    end: float
    speaker: str
    turn: int


@dataclass
class Item:
    """An item of the transcript; `said` is the word behind it, if there is one."""
    content: str
    confidence: float
    speaker: str
    turn: int
    said: int | None = None
    span: tuple | None = None
    rivals: list = field(default_factory=list)


class Clock:
    """The drift: from the media's clock to the transcript's."""

    def __init__(self, inserts):
        self.inserts = inserts

    def __call__(self, media):
        missing = sum(min(max(media - at, 0.0), length) for at, length in self.inserts)
        return (media - missing) * RATE + OFFSET


def find(words, text, occurrence):
    """Index of the n-th word with this very spelling."""
    hits = [i for i, word in enumerate(words) if word.text == text]
    assert len(hits) >= occurrence, f"the talk has no {text!r} number {occurrence}"
    return hits[occurrence - 1]


def recognise(words, clock):
    """The items, punctuation included, in order."""
    rng = random.Random(SEED)
    misheard = {find(words, w, n): heard for w, n, heard in talk.MISHEARD}
    doubted = {find(words, w, n): rival for w, n, rival in talk.DOUBTED}
    dropped = {find(words, w, n) for w, n in talk.DROPPED}
    imagined = {find(words, w, n): heard for w, n, heard in talk.IMAGINED}
    spans = _jittered(words, clock, rng)
    items = []
    for i, word in enumerate(words):
        if i in imagined:
            items.append(Item(imagined[i], round(rng.uniform(0.22, 0.41), 4), word.speaker, word.turn))
        if i not in dropped:
            items.append(_heard(i, word, misheard.get(i), doubted.get(i), spans[i], rng))
        if word.punctuation:
            items.append(Item(word.punctuation, 0.0, word.speaker, word.turn))
    _place_imagined(items)
    return items


def _heard(i, word, wrong, rival, span, rng):
    if wrong:
        confidence = round(rng.uniform(0.34, 0.72), 4)
        rivals = [(word.text, round((1 - confidence) * rng.uniform(0.4, 0.8), 4))]
        return Item(wrong, confidence, word.speaker, word.turn, i, span, rivals)
    if rival:
        confidence = round(rng.uniform(0.48, 0.66), 4)
        return Item(word.text, confidence, word.speaker, word.turn, i, span, [(rival, round((1 - confidence) * 0.7, 4))])
    confidence = rng.uniform(0.86, 0.97) if rng.random() < 0.15 else rng.uniform(0.97, 0.9999)
    return Item(word.text, round(confidence, 4), word.speaker, word.turn, i, span)


def _jittered(words, clock, rng):
    """Words that touch keep touching: a recogniser hears one edge there, not two."""
    spans, floor = [], 0.0
    for i, word in enumerate(words):
        touches = i > 0 and word.start - words[i - 1].end < 0.02
        start = spans[-1][1] if touches else max(floor, _grid(clock(word.start) + _jitter(rng)))
        end = max(start + 0.03, _grid(clock(word.end) + _jitter(rng)))
        spans.append((round(start, 2), round(end, 2)))
        floor = spans[-1][1]
    return spans


def _jitter(rng):
    return max(-2.5 * JITTER, min(2.5 * JITTER, rng.gauss(0.0, JITTER)))


def _grid(seconds):
    return round(seconds, 2)


def _place_imagined(items):
    """A word that nobody spoke takes what room there is before the next word."""
    timed = [item for item in items if item.confidence > 0.0]
    for before, item, after in zip(timed, timed[1:], timed[2:]):
        if item.span is None:
            start = max(before.span[1], after.span[0] - 0.16)
            item.span = (round(start, 2), after.span[0])


def document(items):
    """The JSON document, in the schema with item ids and audio segments."""
    body, transcript = [], ""
    for i, item in enumerate(items):
        alternatives = [{"confidence": _number(item.confidence), "content": item.content}]
        alternatives += [{"confidence": _number(c), "content": w} for w, c in item.rivals]
        entry = {"id": i, "speaker_label": item.speaker, "type": "pronunciation" if item.span else "punctuation", "alternatives": alternatives}
        if item.span:
            entry |= {"start_time": _number(item.span[0]), "end_time": _number(item.span[1])}
        body.append(entry)
        transcript += item.content if not item.span else " " + item.content
    segments = _segments(items)
    return {
        "jobName": "bridge", "accountId": "000000000000", "status": "COMPLETED",
        "results": {
            "transcripts": [{"transcript": transcript.strip()}],
            "speaker_labels": {"speakers": 2, "segments": [_labels(items, ids) for ids in _turns(items)]},
            "items": body,
            "audio_segments": [{
                "id": n, "transcript": _text(items, ids), **_bounds(items, ids), "speaker_label": items[ids[0]].speaker, "items": ids,
            } for n, ids in enumerate(segments)],
        },
    }


def _turns(items):
    turns = {}
    for i, item in enumerate(items):
        turns.setdefault(item.turn, []).append(i)
    return list(turns.values())


def _segments(items):
    """One segment for each sentence."""
    segments = []
    for turn in _turns(items):
        open_segment = []
        for i in turn:
            open_segment.append(i)
            if re.fullmatch(r"[.?!]", items[i].content):
                segments.append(open_segment)
                open_segment = []
        assert not open_segment, "every turn ends with a sentence"
    return segments


def _bounds(items, ids):
    spans = [items[i].span for i in ids if items[i].span]
    return {"start_time": _number(spans[0][0]), "end_time": _number(spans[-1][1])}


def _labels(items, ids):
    speaker = items[ids[0]].speaker
    timed = [{"speaker_label": speaker, **_bounds(items, [i])} for i in ids if items[i].span]
    return {**_bounds(items, ids), "speaker_label": speaker, "items": timed}


def _text(items, ids):
    return "".join(("" if not items[i].span else " ") + items[i].content for i in ids).strip()


def _number(value):
    """Transcribe writes numbers as strings, with at least one decimal."""
    text = f"{value:.4f}".rstrip("0")
    return text + "0" if text.endswith(".") else text
