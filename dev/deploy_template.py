#!/usr/bin/env python3
"""Writes the state machines that `plumbline state-machine` prints into deploy/template.yaml, so that the program is the one that says what they are.

    dev/deploy_template.py PLUMBLINE            write them; PLUMBLINE is the program
    dev/deploy_template.py --check PLUMBLINE    1 where the template has others
    dev/deploy_template.py --print PLUMBLINE FOLDER    write what the program prints to FOLDER/workers.json and FOLDER/jobs.json, with ARNs that are made up
"""

import json
import subprocess
import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent.parent / "deploy" / "template.yaml"

# What the stack puts in: the option of the program, what it is called in DefinitionSubstitutions, and what stands for it where it is checked. The program takes
# numbers only, so each number that the stack puts in is printed as one that nothing else is.
LIGHT = ("--light", "Light", "arn:aws:lambda:us-east-1:111122223333:function:light")
WORKERS = [
    LIGHT,
    ("--activity", "Activity", "arn:aws:states:us-east-1:111122223333:activity:work"),
    ("--at-once", "ItemsAtOnce", 900_001),
]
JOBS = [
    LIGHT,
    ("--image", "Image", "111122223333.dkr.ecr.us-east-1.amazonaws.com/plumbline:1"),
    ("--role", "JobRole", "arn:aws:iam::111122223333:role/jobs"),
    ("--instance", "InstanceType", "ml.c5.2xlarge"),
    ("--instances", "Instances", 900_002),
    ("--volume-gb", "InstanceGB", 900_003),
]
MACHINES = {"workers": WORKERS, "jobs": JOBS}


def printed(program, machine):
    """What the program prints for a machine, parsed."""
    options = [str(part) for option, _, value in MACHINES[machine] for part in (option, value)]
    run = subprocess.run([program, "state-machine", *options], stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{program} state-machine failed; its message stands above")
    return json.loads(run.stdout)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def lines(machine):
    """A state machine with a state a line: the template may be of 51,200 bytes, and people read it. States within states have lines of their own, too."""
    out = ["{"]
    out += [f" {compact(key)}: {compact(value)}," for key, value in machine.items() if key != "States"]
    out.append(' "States": {')
    states = list(machine["States"].items())
    for n, (name, state) in enumerate(states):
        comma = "," if n + 1 < len(states) else ""
        inner = state.get("ItemProcessor")
        if inner is None:
            out.append(f"  {compact(name)}: {compact(state)}{comma}")
            continue
        rest = compact({key: value for key, value in state.items() if key != "ItemProcessor"})
        nested = lines(inner)
        out.append(f'  {compact(name)}: {rest[:-1]}, "ItemProcessor": {{')
        out += [f"   {line}" for line in nested[1:-1]]
        out.append(f"   }}}}{comma}")
    return [*out, " }", "}"]


def definition(program, machine):
    """The property of the template, line by line, with the names of what the stack puts in."""
    text = "\n".join(lines(printed(program, machine)))
    assert json.loads(text), "what is written is JSON"
    for option, name, value in MACHINES[machine]:
        if str(value) not in text:
            sys.exit(f"The state machine of {machine} has nothing of {option}: {TEMPLATE.name} would put {name} in nowhere")
        text = text.replace(str(value), f"${{{name}}}")
    return ["DefinitionString: |", *(f"  {line}" for line in text.splitlines())]


def written(template, machine, property_lines):
    """The template with the property between the marks of the machine, at their depth."""
    begin, end = f"# begin {machine}:", f"# end {machine}"
    rows = template.splitlines()
    at = [n for n, row in enumerate(rows) if row.strip().startswith(begin)]
    to = [n for n, row in enumerate(rows) if row.strip() == end]
    if len(at) != 1 or len(to) != 1 or to[0] < at[0]:
        sys.exit(f"{TEMPLATE} must have one line '{begin} …' and one line '{end}' behind it")
    depth = rows[at[0]][: len(rows[at[0]]) - len(rows[at[0]].lstrip())]
    return "\n".join([*rows[: at[0] + 1], *(depth + line for line in property_lines), *rows[to[0] :]]) + "\n"


def main(arguments):
    match arguments:
        case ["--print", program, folder]:
            Path(folder).mkdir(parents=True, exist_ok=True)
            for machine in MACHINES:
                (Path(folder) / f"{machine}.json").write_text(json.dumps(printed(program, machine), indent=1), encoding="utf-8")
        case [*check, program] if check in ([], ["--check"]) and not program.startswith("-"):
            was = TEMPLATE.read_text(encoding="utf-8")
            now = was
            for machine in MACHINES:
                now = written(now, machine, definition(program, machine))
            if check and now != was:
                sys.exit(f"The state machines in {TEMPLATE.name} are not those that the program prints. Write them: dev/deploy_template.py {program}")
            if not check:
                TEMPLATE.write_text(now, encoding="utf-8")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
