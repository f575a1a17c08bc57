#!/usr/bin/env python3
"""Stands in for Bedrock Runtime: Converse, ConverseStream, and InvokeModel of embedding models.

    python bedrock_stand_in.py PORT        0 for any; says `ready http://127.0.0.1:PORT` once it listens

Every request is held against the model of the service that botocore publishes, and against what is documented beside it; what the service would not take
is answered with its ValidationException. Answers follow the schema or the tool that the request carries: times lie within the frames that the prompt names
as `[frame 3 at 00:00:12.480]`, numbers within their limits. The same request has the same answer.

Control, all JSON:
    POST /_ctl/faults   {"queue": [KIND or {"kind": KIND, "model": PART OF ITS ID}], "share": {KIND: 0..1}, "seed": N, "seconds": S}
                        one request each, in order, then each request by chance, which hangs on the seed, the request and how often
                        it was made and on nothing else; `seconds` is how long hang and stream_stall last
    POST /_ctl/bucket   {"requests_per_minute": N or null, "tokens_per_minute": N or null, "burst_seconds": S}
    POST /_ctl/answers  [{"when": PART OF THE PROMPT, "answer": JSON or text}]   the first that fits is said instead of what is made up
    POST /_ctl/latency  {"ms": N}
    POST /_ctl/reset    forgets all of it, and the log
    GET  /_ctl/log      [{"key", "op", "model", "fault", "status", "paid", "input", "output"}], oldest first

Kinds of faults: throttle, 500, 503, 408, 424, 403, reset, truncate, hang, stream_error, stream_cut, stream_stall, wrong_schema, not_json, refusal, too_long.
"""

import base64
import binascii
import hashlib
import json
import math
import random
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.session

SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
ERRORS = {
    "throttle": (429, "ThrottlingException", "Too many requests, please wait before trying again."),
    "500": (500, "InternalServerException", "The system encountered an unexpected error."),
    "503": (503, "ServiceUnavailableException", "The service is unable to process the request."),
    "408": (408, "ModelTimeoutException", "Model processing timed out."),
    "424": (424, "ModelErrorException", "The model failed."),
    "403": (403, "ExpiredTokenException", "The security token included in the request is expired"),
}
MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "gif": b"GIF8", "webp": b"RIFF"}
PICTURE_BYTES, PICTURE_EDGE, PICTURES, DOCUMENTS, DOCUMENT_BYTES = 3_750_000, 8_000, 20, 5, 4_500_000
REQUEST_BYTES = 25_000_000
FRAME = re.compile(r"\[frame \d+ at (\d+):(\d\d):(\d\d)\.(\d{3})\]")


class Refused(Exception):
    """What is wrong with a request."""


# Requests against the published model.

def shaped(value, shape, path):
    """The value with its blobs decoded. Refused where the model of the service does not allow it."""
    if getattr(shape, "is_document_type", False):
        return value
    return SHAPED[shape.type_name](value, shape, path)


def expect(value, types, path, what):
    if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
        raise Refused(f"{path}: expected {what}")


def bounded(size, shape, path, what):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        raise Refused(f"{path}: {what} must be at least {low}")
    if high is not None and size > high:
        raise Refused(f"{path}: {what} must be at most {high}")


def structure(value, shape, path):
    expect(value, dict, path, "an object")
    unknown = sorted(set(value) - set(shape.members))
    if unknown:
        raise Refused(f"{path}: extraneous key [{unknown[0]}] is not permitted")
    missing = [name for name in shape.required_members if value.get(name) is None]
    if missing:
        raise Refused(f"{path}: required key [{missing[0]}] not found")
    present = {name: member for name, member in value.items() if member is not None}
    if getattr(shape, "is_tagged_union", False) and len(present) != 1:
        raise Refused(f"{path}: exactly one member must be set")
    return {name: shaped(member, shape.members[name], f"{path}.{name}") for name, member in present.items()}


def sequence(value, shape, path):
    expect(value, list, path, "an array")
    bounded(len(value), shape, path, "the number of items")
    return [shaped(item, shape.member, f"{path}.{n}") for n, item in enumerate(value)]


def mapping(value, shape, path):
    expect(value, dict, path, "an object")
    bounded(len(value), shape, path, "the number of members")
    return {shaped(k, shape.key, f"{path}.key"): shaped(v, shape.value, f"{path}.{k}") for k, v in value.items()}


def text(value, shape, path):
    expect(value, str, path, "a string")
    if shape.enum and value not in shape.enum:
        raise Refused(f"{path}: value '{value}' is not one of {list(shape.enum)}")
    bounded(len(value), shape, path, "the length")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        raise Refused(f"{path}: value does not match {pattern}")
    return value


def blob(value, shape, path):
    expect(value, str, path, "base64")
    try:
        content = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise Refused(f"{path}: not base64") from None
    bounded(len(content), shape, path, "the number of bytes")
    return content


def whole_number(value, shape, path):
    expect(value, int, path, "an integer")
    bounded(value, shape, path, "the value")
    return value


def number(value, shape, path):
    expect(value, (int, float), path, "a number")
    bounded(value, shape, path, "the value")
    return value


def truth(value, _shape, path):
    expect(value, bool, path, "a boolean")
    return value


SHAPED = {
    "structure": structure, "list": sequence, "map": mapping, "string": text, "blob": blob, "integer": whole_number, "long": whole_number,
    "float": number, "double": number, "boolean": truth,
}


# What is documented beside the model.

def sizes(kind, content):
    """Width and height of a PNG or JPEG."""
    if kind == "png":
        return struct.unpack(">II", content[16:24]) if len(content) >= 24 else (0, 0)
    at = 2
    while at + 9 < len(content):
        if content[at] != 0xFF:
            break
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2:at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5:at + 9])
            return width, height
        at += 2 + length
    return 0, 0


def check_picture(picture, path):
    content = picture["source"].get("bytes", b"")
    if not content.startswith(MAGIC[picture["format"]]):
        raise Refused(f"{path}: could not process image: it is no {picture['format']}")
    if len(content) > PICTURE_BYTES:
        raise Refused(f"{path}: image exceeds 3.75 MB")
    if picture["format"] in ("png", "jpeg") and max(sizes(picture["format"], content)) > PICTURE_EDGE:
        raise Refused(f"{path}: image exceeds {PICTURE_EDGE} pixels")


def check_video(video, path):
    content = video["source"].get("bytes", b"")
    if video["format"] == "mp4" and content[4:8] != b"ftyp":
        raise Refused(f"{path}: could not process video: it is no mp4")
    if len(content) * 4 / 3 > REQUEST_BYTES:
        raise Refused(f"{path}: the request exceeds 25 MB")


def check_documents(documents):
    if len(documents) > DOCUMENTS:
        raise Refused(f"messages: more than {DOCUMENTS} documents")
    names = [document["name"] for document in documents]
    if len(set(names)) < len(names):
        raise Refused("messages: duplicate document names")
    for document in documents:
        if not re.fullmatch(r"[A-Za-z0-9\-()\[\]]+( [A-Za-z0-9\-()\[\]]+)*", document["name"]):
            raise Refused("messages: the document name may hold letters, digits, single spaces, hyphens, parentheses and brackets alone")
        if len(document["source"].get("bytes", b"")) > DOCUMENT_BYTES:
            raise Refused("messages: document exceeds 4.5 MB")


def check_turns(messages):
    if not messages or messages[0]["role"] != "user":
        raise Refused("messages: a conversation must start with a user message")
    if messages[-1]["role"] != "user":
        raise Refused("messages: the last turn must be the user's")
    for before, after in zip(messages, messages[1:]):
        if before["role"] == after["role"]:
            raise Refused("messages: roles must alternate between user and assistant")
    for n, message in enumerate(messages):
        blocks = message["content"]
        if not blocks:
            raise Refused(f"messages.{n}.content: must not be empty")
        for at, block in enumerate(blocks):
            path = f"messages.{n}.content.{at}"
            if "text" in block and not block["text"].strip():
                raise Refused(f"{path}.text: must not be blank")
            if message["role"] != "user" and set(block) & {"image", "document", "video"}:
                raise Refused(f"{path}: only the user may send pictures, documents and video")
            if "image" in block:
                check_picture(block["image"], path)
            if "video" in block:
                check_video(block["video"], path)
            if "cachePoint" in block and (at == 0 or "cachePoint" in blocks[at - 1]):
                raise Refused(f"{path}: a cachePoint must follow content")
        if any("document" in block for block in blocks) and not any("text" in block for block in blocks):
            raise Refused(f"messages.{n}.content: a document needs a text beside it")


def check_request(model, request):
    messages = request.get("messages") or []
    check_turns(messages)
    blocks = [block for message in messages for block in message["content"]]
    if sum("image" in block for block in blocks) > PICTURES:
        raise Refused(f"messages: more than {PICTURES} images")
    videos = sum("video" in block for block in blocks)
    if videos > 1:
        raise Refused("messages: more than one video")
    if videos and "nova" not in model:
        raise Refused("messages: this model does not take video")
    check_documents([block["document"] for block in blocks if "document" in block])
    system = request.get("system") or []
    for at, block in enumerate(system):
        if "cachePoint" in block and (at == 0 or "cachePoint" in system[at - 1]):
            raise Refused(f"system.{at}: a cachePoint must follow content")
    if sum("cachePoint" in block for block in blocks + system) > 4:
        raise Refused("at most 4 cachePoints are allowed")
    check_form(model, request)


def check_form(model, request):
    tools = request.get("toolConfig")
    if tools is not None:
        names = [tool["toolSpec"]["name"] for tool in tools["tools"] if "toolSpec" in tool]
        if len(set(names)) < len(names):
            raise Refused("toolConfig.tools: duplicate names")
        for tool in tools["tools"]:
            check_schema(tool["toolSpec"]["inputSchema"].get("json"), "toolConfig.tools")
        choice = tools.get("toolChoice") or {}
        if "tool" in choice and choice["tool"]["name"] not in names:
            raise Refused("toolConfig.toolChoice: there is no such tool")
        if set(choice) & {"tool", "any"} and "no-forced-tool" in model:
            raise Refused("toolConfig.toolChoice: this model does not support a forced tool")
    output = (request.get("outputConfig") or {}).get("textFormat")
    if output is not None:
        definition = output["structure"]["jsonSchema"]
        try:
            check_schema(json.loads(definition["schema"]), "outputConfig.textFormat")
        except ValueError:
            raise Refused("outputConfig.textFormat: the schema is no JSON") from None


def check_schema(schema, path):
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise Refused(f"{path}: the schema must be of type object")


# Answers that are made up.

def frames_ms(said):
    return [((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms) for h, m, s, ms in FRAME.findall(said)]


EDGES = {"left", "top", "right", "bottom"}


class Made:
    """Values by a schema, the same for the same request."""

    def __init__(self, seed, said, root):
        self.dice, self.root, self.frames = random.Random(seed), root, frames_ms(said)
        self.words = [word for word in re.findall(r"[A-Za-z]{4,12}", said)][:200] or ["nothing"]

    def value(self, schema, name=""):
        if "$ref" in schema:
            target = self.root
            for step in schema["$ref"].lstrip("#/").split("/"):
                target = target[step]
            return self.value(target, name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self.value(schema[several][0], name)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = kind[0] if isinstance(kind, list) else kind
        return getattr(self, f"of_{kind}")(schema, name)

    def of_object(self, schema, _name):
        if EDGES <= set(schema.get("properties", {})):
            # Within any picture that is worth sending, in pixels as in thousandths.
            left, top = self.dice.randint(0, 150), self.dice.randint(0, 100)
            return {"left": left, "top": top, "right": left + self.dice.randint(10, 100), "bottom": top + self.dice.randint(10, 80)}
        return self.sorted_ends({key: self.value(member, key) for key, member in sorted(schema.get("properties", {}).items())})

    def sorted_ends(self, value):
        """A beginning before its end, and a box within the picture."""
        for begin, end in (("start", "end"), ("begin", "end"), ("from", "to"), ("first", "last")):
            for low in [key for key in value if key.startswith(begin)]:
                high = end + low[len(begin):]
                if high in value and isinstance(value[low], type(value[high])) and value[low] > value[high]:
                    value[low], value[high] = value[high], value[low]
        return value

    def of_array(self, schema, name):
        low = schema.get("minItems", 0)
        high = schema.get("maxItems", max(low, 3))
        count = self.dice.randint(low, min(high, max(low, 4)))
        if "prefixItems" in schema:
            return [self.value(item, name) for item in schema["prefixItems"]]
        made = [self.value(schema.get("items", {}), name) for _ in range(max(count, min(1, high)))]
        if len(made) == 4 and re.search("box|region|bbox", name) and all(isinstance(n, (int, float)) for n in made):
            # x1, y1, x2, y2
            made = [min(made[0], made[2]), min(made[1], made[3]), max(made[0], made[2]), max(made[1], made[3])]
        return made

    def time_ms(self):
        return self.dice.randint(min(self.frames), max(self.frames))

    def of_integer(self, schema, name):
        if self.frames and name in ("first_frame", "last_frame"):
            return self.dice.randint(1, len(self.frames))
        if self.frames and re.search("start|end|time|_ms|(^|_)at$", name):
            made = self.time_ms() * (1000 if name.endswith("_us") else 1)
            return made if "ms" in name or "us" in name else made // 1000
        low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        return self.dice.randint(math.ceil(low), math.floor(schema.get("maximum", schema.get("exclusiveMaximum", low + 100))))

    def of_number(self, schema, name):
        if self.frames and re.search("start|end|time|(^|_)at$", name):
            return self.time_ms() / 1000
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        return round(self.dice.uniform(low, schema.get("maximum", schema.get("exclusiveMaximum", low + 1))), 3)

    def of_boolean(self, _schema, _name):
        return self.dice.random() < 0.5

    def of_null(self, _schema, _name):
        return None

    def of_string(self, schema, name):
        if self.frames and re.search("start|end|time|(^|_)at$", name):
            ms = self.time_ms()
            return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
        made = " ".join(self.dice.choice(self.words) for _ in range(4)).ljust(schema.get("minLength", 0), "x")
        return made[:schema.get("maxLength", 400)]


def schema_of(request):
    """The schema that the answer is held to, and the name of the tool, if it is one."""
    tools = request.get("toolConfig")
    if tools:
        spec = tools["tools"][0]["toolSpec"]
        return spec["inputSchema"]["json"], spec["name"]
    output = (request.get("outputConfig") or {}).get("textFormat")
    return (json.loads(output["structure"]["jsonSchema"]["schema"]), None) if output else (None, None)


def said_in(request):
    turns = [message["content"] for message in request["messages"]]
    return "\n".join(block["text"] for blocks in [request.get("system") or [], *turns] for block in blocks if "text" in block)


def answer(request, key, fault, answers):
    """What is said: a value for a tool or a schema, else text; and the name of the tool."""
    said = said_in(request)
    schema, tool = schema_of(request)
    if fault == "wrong_schema":
        return {"unforeseen": True}, tool
    if fault == "not_json":
        return "{\"cut\": ", None
    for known in answers:
        if known["when"] in said:
            return known["answer"], tool
    if schema is None:
        return f"Seen: {' '.join(Made(key, said, {}).words[:8])}.", None
    return Made(key, said, schema).value(schema), tool


def in_order(content):
    """The same bytes for the same request: clients send the members of a schema in any order."""
    try:
        return json.dumps(json.loads(content), sort_keys=True).encode()
    except ValueError:
        return content


# Tokens, the bucket, embeddings.

def tokens_of(request):
    """A rough count: a token for four letters, one for 750 pixels."""
    count = len(said_in(request)) // 4 + 8
    for message in request["messages"]:
        for block in message["content"]:
            if "image" in block:
                width, height = sizes(block["image"]["format"], block["image"]["source"].get("bytes", b""))
                count += max(width * height // 750, 16)
            for other in ("document", "video"):
                if other in block:
                    count += len(block[other]["source"].get("bytes", b"")) // 100
    return count


class Bucket:
    def __init__(self, per_minute, burst_seconds):
        self.rate, self.at = per_minute / 60, time.monotonic()
        self.full = self.level = max(1, self.rate * burst_seconds)

    def takes(self, count):
        now = time.monotonic()
        self.level, self.at = min(self.full, self.level + (now - self.at) * self.rate), now
        return self.level >= min(count, self.full)


def embedding(content, dimensions):
    """Texts that share words lie near each other; a picture is a word of its own."""
    vector = [0.0] * dimensions
    for word in content:
        digest = hashlib.sha256(word).digest()
        for n in range(0, 16, 4):
            at, sign = struct.unpack(">I", digest[n:n + 4])[0] % dimensions, 1 if digest[16 + n] % 2 else -1
            vector[at] += sign
    length = math.sqrt(sum(n * n for n in vector)) or 1
    return [n / length for n in vector]


def need(place, names):
    if not isinstance(place, dict) or set(place) - set(names):
        raise Refused(f"Malformed input request: only {sorted(names)} are permitted")


def one_of(value, allowed, member):
    if value not in allowed:
        raise Refused(f"Malformed input request: {member} must be one of {allowed}")
    return value


COHERE_TYPES = ("float", "int8", "uint8", "binary", "ubinary")
COHERE_PURPOSES = ("search_document", "search_query", "classification", "clustering")
COHERE_PICTURE_BYTES, COHERE_TEXTS, COHERE_3_LETTERS = 5_000_000, 96, 2_048


def cohere_picture(uri):
    """The bytes of a data URI."""
    found = re.fullmatch(r"data:image/(png|jpeg);base64,(.+)", uri) if isinstance(uri, str) else None
    if not found:
        raise Refused("Malformed input request: images must be data URIs of image/jpeg or image/png")
    content = base64.b64decode(found[2], validate=True)
    if not content.startswith(MAGIC[found[1]]):
        raise Refused("Malformed input request: no image")
    if len(content) > COHERE_PICTURE_BYTES:
        raise Refused("Malformed input request: an image exceeds 5 MB")
    return content


def cohere_contents(body, is_3):
    """The words of each text, or of each picture."""
    texts, images = body.get("texts"), body.get("images")
    if (texts is None) == (images is None):
        raise Refused("Malformed input request: one of texts and images must be provided")
    contents = texts if images is None else images
    most = 1 if is_3 and images else COHERE_TEXTS
    if not isinstance(contents, list) or not 1 <= len(contents) <= most:
        raise Refused(f"Malformed input request: 1 to {most} items are permitted")
    if images is not None:
        return [[hashlib.sha256(cohere_picture(uri)).digest()] for uri in images]
    if not all(isinstance(said, str) and said for said in texts):
        raise Refused("Malformed input request: texts must be strings that are not empty")
    if is_3 and any(len(said) > COHERE_3_LETTERS for said in texts):
        raise Refused(f"Malformed input request: a text exceeds {COHERE_3_LETTERS} characters")
    return [[word.encode() for word in re.findall(r"\w+", said.lower())] for said in texts]


def cohere(model, body):
    """As `embed`, for Cohere's models: texts that are read side by side, or pictures."""
    is_3 = "-v3" in model
    common = ("input_type", "texts", "images", "truncate", "embedding_types")
    need(body, common if is_3 else (*common, "output_dimension", "max_tokens"))
    # In the third version a picture is a purpose of its own.
    of_pictures = is_3 and "images" in body
    one_of(body.get("input_type"), ("image",) if of_pictures else COHERE_PURPOSES, "input_type")
    one_of(body.get("truncate", "NONE"), ("NONE", "START", "END") if is_3 else ("NONE", "LEFT", "RIGHT"), "truncate")
    for kind in body.get("embedding_types", []):
        one_of(kind, COHERE_TYPES, "embedding_types")
    dimensions = 1024 if is_3 else one_of(body.get("output_dimension", 1536), (256, 512, 1024, 1536), "output_dimension")
    contents = cohere_contents(body, is_3)
    # Numbers as they come, not brought to length one.
    vectors = [[3 * n for n in embedding(words, dimensions)] for words in contents]
    told = {"id": "1", "texts": body.get("texts", [])}
    count = sum(len(words) for words in contents)
    if "embedding_types" not in body:
        return {**told, "response_type": "embeddings_floats", "embeddings": vectors}, count
    return {**told, "response_type": "embeddings_by_type", "embeddings": {kind: vectors for kind in body["embedding_types"]}}, count


def embed(model, body):
    """The answer of an embedding model, and the tokens read."""
    if "cohere.embed" in model:
        return cohere(model, body)
    picture, dimensions, said = None, 1024, None
    if "titan-embed-text-v2" in model:
        need(body, ("inputText", "dimensions", "normalize", "embeddingTypes"))
        said, dimensions, allowed = body.get("inputText"), body.get("dimensions", 1024), (256, 512, 1024)
    elif "titan-embed-image-v1" in model:
        need(body, ("inputText", "inputImage", "embeddingConfig"))
        said, picture = body.get("inputText"), body.get("inputImage")
        dimensions, allowed = body.get("embeddingConfig", {}).get("outputEmbeddingLength", 1024), (256, 384, 1024)
    elif "nova" in model and "embeddings" in model:
        need(body, ("schemaVersion", "taskType", "singleEmbeddingParams"))
        params = body.get("singleEmbeddingParams")
        need(params, ("embeddingPurpose", "embeddingDimension", "text", "image"))
        if body.get("taskType") != "SINGLE_EMBEDDING" or "embeddingPurpose" not in params:
            raise Refused("Malformed input request: taskType and embeddingPurpose are required")
        said, picture = params.get("text", {}).get("value"), params.get("image", {}).get("source", {}).get("bytes")
        dimensions, allowed = params.get("embeddingDimension", 3072), (256, 384, 1024, 3072)
    else:
        raise Refused("This model is no embedding model")
    if dimensions not in allowed:
        raise Refused(f"Malformed input request: dimensions must be one of {allowed}")
    if not said and not picture:
        raise Refused("Malformed input request: there is nothing to embed")
    words = [word.encode() for word in re.findall(r"\w+", (said or "").lower())]
    if picture:
        content = base64.b64decode(picture, validate=True)
        if not content.startswith((MAGIC["png"], MAGIC["jpeg"])):
            raise Refused("Malformed input request: no image")
        words.append(hashlib.sha256(content).digest())
    vector = embedding(words, dimensions)
    if "nova" in model:
        return {"embeddings": [{"embeddingType": "IMAGE" if picture else "TEXT", "embedding": vector}]}, len(words)
    return {"embedding": vector, "inputTextTokenCount": len(words)}, len(words)


# The server.

class World:
    """What control set, and the log."""

    def __init__(self):
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.queue, self.share, self.seed, self.seconds = [], {}, 0, 5
        self.requests = self.tokens = None
        self.answers, self.latency, self.log = [], 0, []

    def control(self, what, body):
        if what == "faults":
            self.queue, self.share = list(body.get("queue", [])), body.get("share", {})
            self.seed, self.seconds = body.get("seed", 0), body.get("seconds", 5)
        elif what == "bucket":
            burst = body.get("burst_seconds", 60)
            self.requests, self.tokens = (Bucket(body[name], burst) if body.get(name) else None for name in ("requests_per_minute", "tokens_per_minute"))
        elif what == "answers":
            self.answers = body
        elif what == "latency":
            self.latency = body["ms"] / 1000
        elif what == "reset":
            self.reset()
        else:
            raise Refused(f"there is no control {what}")

    def fault(self, model, key):
        for n, queued in enumerate(self.queue):
            kind, wanted = (queued, "") if isinstance(queued, str) else (queued["kind"], queued.get("model", ""))
            if wanted in model:
                del self.queue[n]
                return kind
        before = sum(line["key"] == key for line in self.log)
        dice = random.Random(f"{self.seed} {key} {before}")
        return next((kind for kind, share in sorted(self.share.items()) if dice.random() < share), None)

    def admits(self, reserved):
        """Takes a request and its tokens, where there are enough."""
        wanted = [(bucket, count) for bucket, count in ((self.requests, 1), (self.tokens, reserved)) if bucket]
        if not all(bucket.takes(count) for bucket, count in wanted):
            return False
        for bucket, count in wanted:
            bucket.level -= count
        return True

    def used(self, reserved, used):
        if self.tokens:
            self.tokens.level += reserved - used


WORLD = World()


class Broken(Exception):
    """The connection ends here."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Many small writes make one answer.
    wbufsize = 65536
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def reply(self, status, value, headers=(), cut=False):
        content = json.dumps(value).encode()
        self.send_response(status)
        for name, header in [("Content-Type", "application/json"), ("Content-Length", str(len(content))), *headers]:
            self.send_header(name, header)
        self.end_headers()
        self.wfile.write(content[:len(content) // 2] if cut else content)
        self.wfile.flush()
        if cut:
            raise Broken

    def refuse(self, line, kind, message=None):
        status, code, says = ERRORS.get(kind, (400, "ValidationException", message))
        line["status"] = status
        self.reply(status, {"message": says}, [("x-amzn-ErrorType", code)])

    def do_GET(self):
        with WORLD.lock:
            log = list(WORLD.log)
        self.reply(200, log)

    def do_POST(self):
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if self.path.startswith("/_ctl/"):
                with WORLD.lock:
                    WORLD.control(self.path[6:], json.loads(content or b"{}"))
                return self.reply(200, {})
            self.serve(content)
        except (Broken, BrokenPipeError, ConnectionResetError):
            self.close_connection = True
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def serve(self, content):
        route = re.fullmatch(r"/model/([^/]+)/(converse|converse-stream|invoke)", self.path)
        if not route:
            return self.reply(404, {"message": "no such route"}, [("x-amzn-ErrorType", "ResourceNotFoundException")])
        model, op = urllib.parse.unquote(route[1]), route[2]
        key = hashlib.sha256(model.encode() + b"\0" + in_order(content)).hexdigest()[:32]
        line = {"key": key, "op": op, "model": model, "fault": None, "status": 200, "paid": False, "input": 0, "output": 0}
        with WORLD.lock:
            line["fault"] = WORLD.fault(model, key)
            WORLD.log.append(line)
        if not (self.headers.get("Authorization") or "").startswith(("AWS4-HMAC-SHA256", "Bearer ")):
            return self.reply(403, {"message": "Missing Authentication Token"}, [("x-amzn-ErrorType", "MissingAuthenticationTokenException")])
        if "unknown-model" in model:
            line["status"] = 404
            return self.reply(404, {"message": "The model does not exist"}, [("x-amzn-ErrorType", "ResourceNotFoundException")])
        if line["fault"] in ERRORS:
            return self.refuse(line, line["fault"])
        if line["fault"] == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise Broken
        try:
            body = json.loads(content)
            if op == "invoke":
                return self.embeds(line, model, body)
            shape = SERVICE.operation_model("Converse" if op == "converse" else "ConverseStream").input_shape
            expect(body, dict, "body", "an object")
            request = shaped({**body, "modelId": model}, shape, "body")
            check_request(model, request)
        except (Refused, ValueError) as wrong:
            return self.refuse(line, "wrong", str(wrong))
        self.converses(line, request, key)

    def admitted(self, line, reserved):
        with WORLD.lock:
            if not WORLD.admits(reserved):
                line["fault"] = "throttle"
        if line["fault"] == "throttle":
            self.refuse(line, "throttle")
        return line["fault"] != "throttle"

    def embeds(self, line, model, body):
        value, count = embed(model, body)
        if self.admitted(line, count):
            self.waits(line)
            line.update(paid=True, input=count)
            self.reply(200, value, [("x-amzn-bedrock-input-token-count", str(count))], cut=line["fault"] == "truncate")

    def waits(self, line):
        time.sleep(WORLD.latency + (WORLD.seconds if line["fault"] == "hang" else 0))

    def converses(self, line, request, key):
        count, most = tokens_of(request), (request.get("inferenceConfig") or {}).get("maxTokens", 4096)
        if not self.admitted(line, count + most):
            return
        blocks = [block for message in request["messages"] for block in message["content"]]
        line.update({kind + "s": sum(kind in block for block in blocks) for kind in ("image", "document", "video")})
        fault = line["fault"]
        said, tool = answer(request, key, fault, WORLD.answers)
        written = said if isinstance(said, str) else json.dumps(said)
        stop = {"refusal": "content_filtered", "too_long": "max_tokens"}.get(fault, "tool_use" if tool else "end_turn")
        if fault == "refusal":
            said, written, tool = "I can't help with that.", "I can't help with that.", None
        usage = {"inputTokens": count, "outputTokens": min(len(written) // 4 + 1, most)}
        usage["totalTokens"] = sum(usage.values())
        self.waits(line)
        with WORLD.lock:
            WORLD.used(count + most, usage["totalTokens"])
            line.update(paid=True, input=count, output=usage["outputTokens"])
        if line["op"] == "converse-stream":
            return self.streams(fault, written, tool, stop, usage)
        block = {"toolUse": {"toolUseId": f"tooluse_{key[:22]}", "name": tool, "input": said}} if tool else {"text": written}
        message = {"role": "assistant", "content": [block]}
        cut = fault == "truncate"
        self.reply(200, {"output": {"message": message}, "stopReason": stop, "usage": usage, "metrics": {"latencyMs": 1}}, cut=cut)

    def streams(self, fault, written, tool, stop, usage):
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.piece("messageStart", {"role": "assistant"})
        if tool:
            self.piece("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "tooluse_1", "name": tool}}})
        size = len(written) // 5 + 1
        for n, at in enumerate(range(0, len(written), size)):
            part = written[at:at + size]
            self.piece("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": part}} if tool else {"text": part}})
            if n == 1 and fault == "stream_error":
                self.piece("modelStreamErrorException", {"message": "The model failed.", "originalStatusCode": 424}, "exception")
                self.wfile.write(b"0\r\n\r\n")
                return
            if n == 1 and fault in ("stream_cut", "truncate"):
                raise Broken
            if n == 1 and fault == "stream_stall":
                time.sleep(WORLD.seconds)
        self.piece("contentBlockStop", {"contentBlockIndex": 0})
        self.piece("messageStop", {"stopReason": stop})
        self.piece("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})
        self.wfile.write(b"0\r\n\r\n")

    def piece(self, name, value, kind="event"):
        """One message of the framing that Amazon documents for event streams, as one chunk."""
        headers = b""
        for header, content in ((":message-type", kind), (f":{kind}-type", name), (":content-type", "application/json")):
            headers += bytes([len(header)]) + header.encode() + b"\x07" + struct.pack(">H", len(content)) + content.encode()
        payload = json.dumps(value).encode()
        prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
        message = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + payload
        message += struct.pack(">I", binascii.crc32(message))
        self.wfile.write(b"%x\r\n%s\r\n" % (len(message), message))
        self.wfile.flush()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
    print(f"ready http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
