"""Speech from flite's library, with the time of every word as the synthesiser itself placed it."""

import array
import ctypes
import re

RATE = 16_000
VOICES = {"spk_0": "cmu_us_slt", "spk_1": "cmu_us_rms"}
# flite runs sentences together; people breathe.
BREATH = 0.24
# Loudness of each turn, as the root mean square of a signal whose full scale is 1.
LOUDNESS = 0.085

_P = ctypes.c_void_p


class _Wave(ctypes.Structure):
    _fields_ = [("type", ctypes.c_char_p), ("rate", ctypes.c_int), ("count", ctypes.c_int), ("channels", ctypes.c_int),
                ("samples", ctypes.POINTER(ctypes.c_short))]


def _library():
    try:
        flite = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
        for name in ("cmulex", "usenglish"):
            ctypes.CDLL(f"libflite_{name}.so.1", mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise SystemExit(f"The speech library flite is not installed ({error}). On Debian: apt-get install flite")
    for name, result, *arguments in [
        ("flite_init", ctypes.c_int), ("flite_synth_text", _P, ctypes.c_char_p, _P), ("delete_utterance", None, _P),
        ("utt_relation", _P, _P, ctypes.c_char_p), ("utt_wave", _P, _P), ("relation_head", _P, _P), ("item_next", _P, _P),
        ("ffeature_float", ctypes.c_float, _P, ctypes.c_char_p), ("ffeature_string", ctypes.c_char_p, _P, ctypes.c_char_p),
    ]:
        function = getattr(flite, name)
        function.restype, function.argtypes = result, arguments
    flite.flite_init()
    return flite


def _voice(name):
    register = getattr(ctypes.CDLL(f"libflite_{name}.so.1"), f"register_{name}")
    register.restype, register.argtypes = _P, [ctypes.c_char_p]
    return register(None)


class Speaker:
    """Reads whole turns aloud, one call of the synthesiser for each."""

    def __init__(self):
        self._flite = _library()
        self._voices = {label: _voice(name) for label, name in VOICES.items()}

    def say(self, label, text):
        """(samples as floats, [(token with its punctuation, start in s, end in s)])."""
        flite = self._flite
        utterance = flite.flite_synth_text(text.encode(), self._voices[label])
        wave = ctypes.cast(flite.utt_wave(utterance), ctypes.POINTER(_Wave)).contents
        assert wave.rate == RATE and wave.channels == 1
        samples = array.array("f", (s / 32768 for s in wave.samples[:wave.count]))
        spans = []
        item = flite.relation_head(flite.utt_relation(utterance, b"Token"))
        while item:
            spans.append((
                flite.ffeature_float(item, b"daughter.R:SylStructure.daughter.daughter.R:Segment.p.end"),
                flite.ffeature_float(item, b"daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end"),
            ))
            item = flite.item_next(item)
        flite.delete_utterance(utterance)
        tokens = text.split()
        assert len(tokens) == len(spans), f"flite counts the words of {text!r} otherwise"
        return _finish(samples, [(token, *span) for token, span in zip(tokens, spans)])


def _finish(samples, words):
    """Trims the silence at both ends, sets the loudness, and lengthens the pauses between sentences."""
    gain = LOUDNESS / (sum(s * s for s in samples) / len(samples)) ** 0.5
    edge = 0.05
    first, last = max(0.0, words[0][1] - edge), words[-1][2] + edge
    out, placed, copied, added = array.array("f"), [], int(first * RATE), 0.0
    for i, (token, start, end) in enumerate(words):
        placed.append((token, start - first + added, end - first + added))
        if re.search(r"[.?!]$", token) and i + 1 < len(words):
            middle = int((end + words[i + 1][1]) / 2 * RATE)
            out.extend(samples[copied:middle])
            out.extend([0.0] * int(BREATH * RATE))
            copied, added = middle, added + int(BREATH * RATE) / RATE
    out.extend(samples[copied:int(last * RATE)])
    return array.array("f", (max(-0.98, min(0.98, s * gain)) for s in out)), placed
