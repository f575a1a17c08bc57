#!/usr/bin/env python3
"""Rules about what may depend on what, and under which licence. Reads `cargo metadata` and the UI's package-lock.json.

    dev/check_rules.py               check this project; 1 when a rule is broken
    dev/check_rules.py --self-test   prove on made-up projects that every rule can fail
"""

import json
import re
import subprocess
import sys
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINUX = "x86_64-unknown-linux-gnu"

# What each package of the workspace may depend on within it. A new package must be given its place here.
_LIBRARIES = {
    "plumbline-core", "plumbline-project", "plumbline-pipeline", "plumbline-adapters", "plumbline-aws", "plumbline-runs", "plumbline-flows",
    "plumbline-parquet",
}
_SHELLS_SHARE = _LIBRARIES | {"plumbline-worker"}
LAYERS = {
    "plumbline-core": set(),
    "plumbline-project": {"plumbline-core"},
    "plumbline-pipeline": {"plumbline-core"},
    "plumbline-adapters": {"plumbline-core", "plumbline-pipeline"},
    "plumbline-aws": {"plumbline-core", "plumbline-pipeline"},
    "plumbline-runs": {"plumbline-core", "plumbline-pipeline"},
    "plumbline-flows": {"plumbline-core", "plumbline-project", "plumbline-pipeline"},
    "plumbline-parquet": {"plumbline-core", "plumbline-flows"},
    "plumbline-worker": _LIBRARIES,
    "plumbline-lambda": _SHELLS_SHARE,
    "plumbline-cli": _SHELLS_SHARE | {"plumbline-parquet"},
    "plumbline-desk": _LIBRARIES,
}

# What a package's tests may use besides: flows are proved over real files, calls of services with a real ledger and kept artifacts.
TESTS_ALSO = {
    "plumbline-flows": {"plumbline-adapters", "plumbline-aws", "plumbline-runs"},
    "plumbline-aws": {"plumbline-adapters", "plumbline-runs"},
}

# What a package must not reach by any chain of normal dependencies, and why.
_WINDOW = {"tauri", "wry", "tao", "gtk", "webkit2gtk"}
OUT_OF_REACH = {
    "plumbline-core": (
        _WINDOW | {"tokio", "async-std", "smol", "mio", "rusqlite", "ffmpeg-next", "ffmpeg-sys-next", "reqwest", "hyper", "axum", "tempfile", "memmap2", "walkdir",
                   "notify", "getrandom", "rand", "chrono", "time"},
        "core does no IO, runs no async code, reads no clock and draws no random numbers of its own"),
    "plumbline-project": (_WINDOW | {"ffmpeg-next", "reqwest", "hyper", "axum"}, "a project is one file and knows neither media nor network nor window"),
    "plumbline-pipeline": (_WINDOW | {"rusqlite", "ffmpeg-next"}, "a worker carries no database, and media come in through a port"),
    "plumbline-adapters": (_WINDOW | {"rusqlite", "aws-config"}, "a worker carries neither database nor window, and works without an account"),
    "plumbline-aws": (_WINDOW | {"rusqlite", "ffmpeg-next"}, "services are reached over the network alone"),
    "plumbline-runs": (_WINDOW | {"ffmpeg-next", "aws-config"}, "the ledger is one file and knows neither media nor network"),
    "plumbline-worker": (_WINDOW, "a worker runs where there is no window system"),
    "plumbline-lambda": (_WINDOW, "a function runs where there is no window system"),
    "plumbline-cli": (_WINDOW, "the command line must run where there is no window system"),
}

LICENCES = {
    "MIT", "MIT-0", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "MPL-2.0", "Unicode-3.0", "CC0-1.0", "0BSD",
    "BSL-1.0", "CDLA-Permissive-2.0", "BlueOak-1.0.0",
}
# Licences that are fine for these packages only.
LICENCES_OF = {
    "ffmpeg-next": {"WTFPL"},
    "ffmpeg-sys-next": {"WTFPL"},
    "@fontsource/atkinson-hyperlegible": {"OFL-1.1"},
    "@fontsource/inter": {"OFL-1.1"},
}


# Licence expressions (SPDX): names joined by AND, OR and WITH, with parentheses; older crates write "/" for OR.

def licence_allowed(expression, allowed):
    """Whether some choice that the expression leaves lies wholly within `allowed`. ValueError if it cannot be read."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    position = 0

    def peek():
        return tokens[position].upper() if position < len(tokens) else ""

    def take():
        nonlocal position
        if position == len(tokens):
            raise ValueError("it ends too early")
        position += 1
        return tokens[position - 1]

    def any_of():
        ok = all_of()
        while peek() == "OR":
            take()
            ok = all_of() or ok
        return ok

    def all_of():
        ok = one()
        while peek() == "AND":
            take()
            ok = one() and ok
        return ok

    def one():
        name = take()
        if name == "(":
            ok = any_of()
            if take() != ")":
                raise ValueError("a parenthesis is not closed")
            return ok
        if name == ")" or name.upper() in ("AND", "OR", "WITH"):
            raise ValueError(f"unexpected {name!r}")
        if peek() == "WITH":
            take()
            name = f"{name} WITH {take()}"
        return name in allowed

    ok = any_of()
    if position != len(tokens):
        raise ValueError(f"unexpected {tokens[position]!r}")
    return ok


def licence_problem(name, expression):
    if not isinstance(expression, str) or not expression.strip():
        return f"{name} states no licence: find out which it is, and enter the package in LICENCES_OF or drop it"
    try:
        if licence_allowed(expression, LICENCES | LICENCES_OF.get(name, set())):
            return None
    except ValueError as error:
        return f"{name} states a licence that cannot be read ({expression!r}: {error})"
    return f"{name} is under {expression}, which is not on the list of allowed licences: choose another package"


# The rules. Each takes data and returns sentences, none when all is well.

def broken_layers(metadata):
    names = {p["id"]: p["name"] for p in metadata["packages"]}
    members = [names[i] for i in metadata["workspace_members"]]
    problems = []
    for package in metadata["packages"]:
        name = package["name"]
        if package["id"] not in metadata["workspace_members"]:
            continue
        if name not in LAYERS:
            problems.append(f"{name} is a new package of the workspace: give it its place in LAYERS of dev/check_rules.py")
            continue
        of_tests = TESTS_ALSO.get(name, set())
        wanted = {d["name"] for d in package["dependencies"] if d["kind"] != "dev" or d["name"] not in of_tests} & set(members)
        for other in sorted(wanted - LAYERS[name]):
            problems.append(f"{name} depends on {other}; it may depend on {', '.join(sorted(LAYERS[name])) or 'no package of the workspace'} only")
    return problems


def broken_reach(metadata):
    names = {p["id"]: p["name"] for p in metadata["packages"]}
    edges = {}
    for node in metadata["resolve"]["nodes"]:
        edges[node["id"]] = [d["pkg"] for d in node["deps"] if any(k["kind"] is None for k in d["dep_kinds"])]
    problems = []
    for member in metadata["workspace_members"]:
        forbidden, why = OUT_OF_REACH.get(names[member], (set(), ""))
        came_from, queue = {member: None}, deque([member])
        while queue:
            here = queue.popleft()
            for there in edges[here]:
                if there not in came_from:
                    came_from[there] = here
                    queue.append(there)
        for package in sorted((p for p in came_from if names[p] in forbidden), key=names.get):
            way, step = [], package
            while step:
                way.insert(0, names[step])
                step = came_from[step]
            problems.append(f"{names[member]} reaches {names[package]} ({' -> '.join(way)}): {why}")
    return problems


def broken_crate_licences(metadata):
    used = {node["id"] for node in metadata["resolve"]["nodes"]}
    packages = sorted((p for p in metadata["packages"] if p["id"] in used), key=lambda p: p["name"])
    return [problem for p in packages if (problem := licence_problem(p["name"], p["license"]))]


def broken_npm_licences(manifests):
    """`manifests`: the parsed package.json of every package that is installed."""
    return [problem for m in manifests if (problem := licence_problem(m["name"], npm_licence(m)))]


def npm_licence(manifest):
    """Old packages write {"type": …}, or a list of these, of which one may choose."""
    stated = manifest.get("license") or manifest.get("licenses")
    entries = stated if isinstance(stated, list) else [stated]
    names = [e.get("type") if isinstance(e, dict) else e for e in entries]
    return " OR ".join(n for n in names if isinstance(n, str))


def broken_lock(lock):
    found = sorted(name for name, entry in lock.get("packages", {}).items() if "://" in str(entry.get("resolved", "")))
    if not found:
        return []
    return [f"ui/package-lock.json holds download addresses, the first for {found[0]}: "
            "write it again with the project's ui/.npmrc in place (omit-lockfile-registry-resolved=true)"]


# This project.

def cargo_metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", LINUX]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if run.returncode != 0:
        sys.exit("cargo metadata failed; its message stands above")
    return json.loads(run.stdout)


def installed_manifests(lock, folder):
    for path, entry in lock.get("packages", {}).items():
        manifest = folder / path / "package.json"
        # A package for another system is in the lock file, but not installed.
        if path.startswith("node_modules/") and not entry.get("link") and manifest.exists():
            yield json.loads(manifest.read_text(encoding="utf-8"))


def check():
    metadata = cargo_metadata()
    problems = broken_layers(metadata) + broken_reach(metadata) + broken_crate_licences(metadata)
    counted = f"{len(metadata['resolve']['nodes'])} crates"
    lock_path = ROOT / "ui" / "package-lock.json"
    if lock_path.exists():
        lock = json.loads(lock_path.read_text(encoding="utf-8"))
        manifests = list(installed_manifests(lock, lock_path.parent))
        if not manifests:
            problems.append("no npm package is installed, so their licences cannot be read: run npm ci in ui/")
        problems += broken_lock(lock) + broken_npm_licences(manifests)
        counted += f" and {len(manifests)} npm packages"
    for problem in problems:
        print(f"rule broken: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"Layers and licences are in order ({counted}).")


# Self-test.

def made_up(edges, licences=None, dev_edges=()):
    """Metadata of a workspace with these normal edges; names that begin with "plumbline" are its members."""
    names = sorted({n for edge in [*edges, *dev_edges] for n in edge} | set(licences or {}))
    kinds = [(edge, None) for edge in edges] + [(edge, "dev") for edge in dev_edges]

    def dependencies(name):
        return [(to, kind) for (origin, to), kind in kinds if origin == name]

    return {
        "packages": [{"id": f"id:{n}", "name": n, "license": (licences or {}).get(n, "MIT"), "dependencies": [{"name": to, "kind": kind} for to, kind in dependencies(n)]} for n in names],
        "workspace_members": [f"id:{n}" for n in names if n.startswith("plumbline")],
        "resolve": {"nodes": [{"id": f"id:{n}", "deps": [{"pkg": f"id:{to}", "dep_kinds": [{"kind": kind}]} for to, kind in dependencies(n)]} for n in names]},
    }


def self_test():
    core, project, pipeline, adapters, flows, cli, desk = (f"plumbline-{name}" for name in ("core", "project", "pipeline", "adapters", "flows", "cli", "desk"))
    good = made_up([(project, core), (pipeline, core), (adapters, pipeline), (cli, adapters), (cli, project), (desk, core), (desk, "tauri"), (core, "serde")])
    rows = [
        # (what, rule, its data, what the sentence must hold; None: no sentence at all)
        ("good layers", broken_layers, good, None),
        ("core looks up", broken_layers, made_up([(core, project)]), "plumbline-core depends on plumbline-project"),
        ("project knows pipeline", broken_layers, made_up([(project, pipeline)]), "plumbline-project depends on plumbline-pipeline"),
        ("pipeline knows adapters, in tests only", broken_layers, made_up([], dev_edges=[(pipeline, adapters)]), "plumbline-pipeline depends on plumbline-adapters"),
        ("flows know adapters, in tests only", broken_layers, made_up([], dev_edges=[(flows, adapters)]), None),
        ("flows know adapters", broken_layers, made_up([(flows, adapters)]), "plumbline-flows depends on plumbline-adapters"),
        ("package without a place", broken_layers, made_up([("plumbline-stranger", core)]), "plumbline-stranger is a new package"),
        ("good reach", broken_reach, good, None),
        ("core reaches tokio by a detour", broken_reach, made_up([(core, "a"), ("a", "b"), ("b", "tokio")]), "plumbline-core -> a -> b -> tokio"),
        ("tokio in core's tests", broken_reach, made_up([], dev_edges=[(core, "tokio")]), None),
        ("command line reaches WebKit", broken_reach, made_up([(cli, "a"), ("a", "webkit2gtk")]), "plumbline-cli reaches webkit2gtk"),
        ("pipeline reaches SQLite", broken_reach, made_up([(pipeline, "rusqlite")]), "plumbline-pipeline reaches rusqlite"),
        ("good licences", broken_crate_licences, made_up([], {"a": "(MIT OR GPL-3.0-only) AND Unicode-3.0", "b": "Apache-2.0/MIT", "ffmpeg-next": "WTFPL"}), None),
        ("GPL crate", broken_crate_licences, made_up([], {"a": "GPL-3.0-or-later"}), "a is under GPL-3.0-or-later"),
        ("GPL in an AND", broken_crate_licences, made_up([], {"a": "MIT AND GPL-2.0-only"}), "a is under"),
        ("AND binds before OR", broken_crate_licences, made_up([], {"a": "GPL-2.0-only AND MIT OR GPL-3.0-only"}), "a is under"),
        ("another exception", broken_crate_licences, made_up([], {"a": "GPL-2.0-only WITH Classpath-exception-2.0"}), "a is under"),
        ("WTFPL elsewhere", broken_crate_licences, made_up([], {"a": "WTFPL"}), "a is under WTFPL"),
        ("no licence", broken_crate_licences, made_up([], {"a": None}), "a states no licence"),
        ("half a licence", broken_crate_licences, made_up([], {"a": "MIT OR (Apache-2.0"}), "cannot be read"),
        ("good npm", broken_npm_licences, [{"name": "a", "license": "MIT"}, {"name": "b", "licenses": [{"type": "GPL-2.0"}, {"type": "ISC"}]}], None),
        ("AGPL npm", broken_npm_licences, [{"name": "a", "license": {"type": "AGPL-3.0"}}], "a is under AGPL-3.0"),
        ("silent npm", broken_npm_licences, [{"name": "a"}], "a states no licence"),
        ("good lock", broken_lock, {"packages": {"": {}, "node_modules/a": {"integrity": "x"}, "shared": {"resolved": "../shared", "link": True}}}, None),
        ("lock with an address", broken_lock, {"packages": {"node_modules/a": {"resolved": "https://example.org/a.tgz"}}}, "node_modules/a"),
    ]
    wrong = 0
    for what, rule, data, wanted in rows:
        problems = rule(data)
        if bool(problems) != (wanted is not None) or not all(wanted in p for p in problems):
            wrong += 1
            print(f"self-test, {what}: wanted {wanted!r}, got {problems}", file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"The rules' self-test passed ({len(rows)} made-up projects).")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        check()
