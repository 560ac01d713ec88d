"""A script as it was read, made by hand: its lines say in a comment what they compute."""

import ast
import re
from types import SimpleNamespace

from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source, Splice, patched
from diagnose.patching.trial import Trials

ROLES = ("init", "forward", "backward", "update")


def function(name, lines):
    """A function of no use whose code stands on these lines of the script."""
    made = ast.parse(f"def {name}(*given):\n    pass").body[0]
    made.body = []
    for line in lines:
        one = ast.parse("print()").body[0]
        for node in ast.walk(one):
            if hasattr(node, "lineno"):
                node.lineno = node.end_lineno = line
        made.body.append(one)
    made.lineno = made.end_lineno = lines[0]
    space = {}
    exec(compile(ast.Module([made], []), "/somewhere/s.py", "exec"), space)
    return space[name]


def script(text, *, layout="rows", outputs=3, rate=0.1, epochs=10, found=(), activations=("relu",)):
    """The script of a text whose lines end in ``#: role``; samples and targets are x and t."""
    lines, roles = {role: [] for role in ROLES}, {}
    for number, line in enumerate(text.splitlines(), 1):
        for said in re.findall(r"#: ([a-z ,]+)", line):
            for role in said.split(", "):
                if role in ROLES:
                    lines[role].append(number)
                names = {"samples": "x", "targets": "t"}
                roles[role] = {"line": number, "text": names.get(role, "")}
    network = SimpleNamespace(
        name="s", layout=layout, outputs=outputs, classes=outputs, epochs=epochs,
        learning_rate=lambda epoch: rate, dropout=(), encode=None,
        layers=[SimpleNamespace(weight=f"W{at}", bias=f"b{at}", activation=one)
                for at, one in enumerate(activations, 1)],
        **{role: function(role, one or [10_000]) for role, one in lines.items()},
    )  # fmt: skip
    findings = [SimpleNamespace(defect=name, numbers=numbers, status="present", where=None,
                                observed="", part="")
                for name, numbers in dict(found).items()]  # fmt: skip
    report = SimpleNamespace(findings={"s": findings}, twin=None)
    source = Source(text.encode(), "s.py")
    return Script(source=source, network=network, roles=roles, report=report)


def changed(script, edit):
    """The lines that an edit writes anew, without their comments."""
    before = script.source.code.decode().splitlines()
    after = patched(script.source, [edit]).decode().splitlines()
    return [line.split("  #:")[0].strip() for line in after if line not in before]


def ways(script, maker):
    """What each of the edits writes."""
    return [changed(script, edit) for edit in maker(script)]


def trials_of(source, folder, **given):
    """Trials of copies of a script of which nothing was read; given: what is told otherwise."""
    plain = {"arguments": (), "seconds": 30.0, "found": None, "seed": 0}
    shown = {"show": lambda done, total: None}
    return Trials(source=source, folder=folder, **plain | shown | given)


def mend(made, old, new, part="step", defect="update-direction"):
    """The edit of a script that writes other words where these stand."""
    start = made.source.code.index(old.encode())
    splice = Splice(start=start, end=start + len(old.encode()), text=new)
    return Edit(splices=(splice,), part=part, why="so", defect=defect)


class OneByOne:
    """Trials that begin no copy before its turn."""

    each = Trials.each

    def foresee(self, sets):
        pass
