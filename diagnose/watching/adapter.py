"""What was read of a script, as a file that hands the network over: to keep, to read, to mend."""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.reading.pacing import Rates
from diagnose.watching import contract
from diagnose.watching.handover import Handover
from diagnose.watching.unwritten_rate import WithoutRate, WithRate

PASSES = ("init", "forward", "backward", "update")
# What such a line computes is its value alone: where nobody reads that, the line can go.
PLAIN = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Attribute)
# What stands in a setting of a network that was read, and is written as it is printed.
HELPERS = {
    "watching.contract": ("Ahead", "Carrying", "OneOutput", "Ordered"),
    "watching.unwritten_rate": ("WithRate", "WithoutRate"),
    "reading.pacing": ("Rates", "StepRates"),
    "network.record": ("Dropout",),
    "network.dropout": ("WithoutMasks",),
    "network.rescaling": ("Rescaled",),
}
DATA = '    data=(SEEN["rows"], SEEN["labels"], SEEN["test_rows"], SEEN["test_labels"]),'
SAME_DATA = (
    "    # Trained on, and tested on: put other samples in the place of the last two.",
    '    data=(SEEN["rows"], SEEN["labels"], SEEN["rows"], SEEN["labels"]),',
)
AHEAD = """
# The gradient is taken ahead of the parameters.
NETWORK = replace(NETWORK, ahead=Ahead(step=ahead, carrying=NETWORK.update))"""
# What is written of the samples.
SAMPLES = ("rows", "labels", "test_rows", "test_labels")


def adapter(read: Handover, network: Network, script: str, file: str) -> tuple[str, bytes]:
    """The text of a Python file that hands a network over as it was read, and its arrays (npz).

    file: the name of the Python file; the arrays are looked for beside it, ``.npz`` in place of
    ``.py``.
    """
    constants = {name: one for name, one in read.arrays.items() if name.startswith("constant:")}
    samples = {name: one for name, one in read.arrays.items() if name in SAMPLES}
    if network.tests_on is not None:
        samples |= {f"test_{name}": np.array(one) for name, one in vars(network.tests_on).items()}
    functions = [_written(one) for one in contract.sources(read.said) if one.name != "train"]
    call = _call(read, network)
    whole = ["import math"] if any("math." in one for one in functions) else []
    whole += ["from dataclasses import replace"] if "replace(" in call else []
    whole += ["from pathlib import Path", "", "import numpy as np"]
    whole += ["import scipy.special"] if any("scipy." in one for one in functions) else []
    whole += ["", "from diagnose.builders import from_functions"]
    for home, words in HELPERS.items():
        used = [word for word in words if re.search(rf"\b{word}[.(]", call)]
        whole += [f"from diagnose.{home} import {', '.join(used)}"] if used else []
    whole += ["", 'SEEN = np.load(Path(__file__).with_suffix(".npz"))']
    whole += [f'{name.partition(":")[2]} = SEEN["{name}"]' for name in constants]
    body = "\n\n\n".join(["\n".join(whole), *functions, call])
    return f"{_head(read, script, file)}\n{body}\n", _packed({**constants, **samples})


def unfinished(read: Handover, script: str, start: str) -> str:
    """A file to start from, with what was read of a script that is not certified above it."""
    lines = [f"What was read of {script}, each with its line:", "", *_table(read)]
    if read.parted is not None:
        lines += ["", f"There it stops, line {read.parted.line}: {read.parted.reason}."]
    lines += ["", "What follows runs as it stands. Put the script's own lines into it."]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n" + start


def _head(read: Handover, script: str, file: str) -> str:
    told = "\n".join(_table(read)).replace("\\", "\\\\").replace('"""', "'''")
    return (
        f'"""The network of {script}, as it was read while the script trained it.\n\n'
        f"    diagnose report {file}\n\n"
        f'Each line is the script\'s own operation. What was read, and where:\n\n{told}\n"""\n'
    )


def _table(read: Handover) -> list[str]:
    return [
        f"    {name:13}  line {one['line']:<4}  {one['text']}" for name, one in read.roles.items()
    ]


def _written(function: ast.FunctionDef) -> str:
    """A function's text, what the author wrote in one line in one line again."""
    function.body = _joined(_needed(function.body))
    return ast.unparse(ast.fix_missing_locations(function))


def _needed(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements without those whose value nobody reads."""
    left = list(body)
    while True:
        read = Counter(name for one in left for name in _names(one))
        unread = [
            one
            for one in left
            if isinstance(one, ast.Assign)
            and isinstance(one.targets[0], ast.Name)
            and isinstance(one.value, PLAIN)
            and not any(isinstance(part, ast.Call) for part in ast.walk(one.value))
            and not read[one.targets[0].id]
        ]
        if not unread:
            return left
        left = [one for one in left if one not in unread]


def _joined(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements, each value that only the next one of its line reads put into that."""
    left = list(body)
    at = len(left) - 2
    while at >= 0:
        one, after = left[at], left[at + 1]
        if (
            isinstance(one, ast.Assign)
            and isinstance(one.targets[0], ast.Name)
            and isinstance(after, ast.Assign | ast.AugAssign)
            and one.lineno == after.lineno
            and _is_passed_on(one.targets[0].id, at, left)
        ):
            left[at : at + 2] = [_Put(one.targets[0].id, one.value).visit(after)]
        at -= 1
    return left


def _is_passed_on(name: str, at: int, body: Sequence[ast.stmt]) -> bool:
    """Whether a name of ours is made here, read once by the next statement, and nowhere else."""
    made = sum(name in _targets(one) for one in body)
    elsewhere = [name for one in (*body[:at], *body[at + 2 :]) if name in set(_names(one))]
    inside = list(_names(body[at + 1])).count(name)
    return name[:1] == "v" and name[1:].isdigit() and made == 1 and inside == 1 and not elsewhere


def _names(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement reads; those that it writes into are read too."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def _targets(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


class _Put(ast.NodeTransformer):
    """Put an expression in the place of a name."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The expression, where the name is read."""
        return self.value if node.id == self.name and isinstance(node.ctx, ast.Load) else node


def _call(read: Handover, network: Network) -> str:
    """The statement that hands the network over."""
    chosen = contract.settings(read)
    if isinstance(network.backward, WithoutRate):
        chosen["learning_rate"] = network.backward.rate
    carried = network.update if isinstance(network.update, contract.Carrying) else None
    if carried:  # a step that carries more than the parameters takes them all, and says so below
        del chosen["update_takes"]
    functions = PASSES[:3] if carried else PASSES
    lines = [f"    {name}={name}," for name in functions]
    lines += [
        f"    {name}={_value(value)},"
        for name, value in {"name": network.name, **chosen, "loss": network.loss}.items()
        if value is not None
    ]
    data = (DATA,) if "test_rows" in read.arrays else SAME_DATA
    made = "\n".join(["from_functions(", *lines, *data, ")"])
    made += _dropped(network) + _tested(network) + _rated(network)
    if carried is None:
        return f"NETWORK = {made}"
    began = "".join(
        f"        {name!r}: np.full({one.shape}, {one.flat[0].item()!r}, np.{one.dtype}),\n"
        for name, one in carried.began.items()
    )
    ahead = "" if network.ahead is None else AHEAD
    return (
        f"NETWORK = {made}\n"
        "# The step carries more than the parameters: this, before the first one.\n"
        "NETWORK = replace(NETWORK, update=Carrying(\n"
        f"    step={_step(carried)},\n    parameters={carried.parameters!r},\n"
        f"    state={carried.state!r},\n"
        f"    began={{\n{began}    }},\n)){ahead}"
    )


def _step(carried: contract.Carrying) -> str:
    """The step of what carries more than the parameters."""
    if isinstance(carried.step, WithRate):
        return f"WithRate(update, {carried.step.count})"
    return "update"


def _dropped(network: Network) -> str:
    """What is said of the units that are left out of a step."""
    if not network.dropout:
        return ""
    every = "".join(f"    {one!r},\n" for one in network.dropout)
    scales = tuple((one.mask, one.scale) for one in network.dropout)
    answers = "\n    drops_when_answering=True," if network.drops_when_answering else ""
    return (
        f"\n# Units that are left out of a step at random; without masks, all of them answer.\n"
        f"DROPOUT = (\n{every})\n"
        "NETWORK = replace(\n    NETWORK, dropout=DROPOUT,"
        f" forward=WithoutMasks(NETWORK.forward, {scales!r}),{answers}\n)"
    )


def _rated(network: Network) -> str:
    """What is said of a rate that stands in the gradients."""
    if not isinstance(network.backward, WithoutRate):
        return ""
    return (
        "\n# The rate stands in the gradients, and is taken out of them here.\n"
        "NETWORK = replace(\n"
        f"    NETWORK, backward=WithoutRate(NETWORK.backward, rate={network.backward.rate!r})\n)"
    )


def _tested(network: Network) -> str:
    """What is said of test samples that are prepared otherwise than those of the training."""
    if network.tests_on is None:
        return ""
    return (
        "\n# What is made of test samples alone: without it both are prepared alike.\n"
        "NETWORK = replace(\n    NETWORK,\n"
        '    tests_on=Rescaled.of(SEEN["test_scale"], SEEN["test_shift"]),\n)'
    )


def _value(value: Any) -> str:
    """A setting as Python; the usual ones in the short words of ``from_functions``."""
    if isinstance(value, Rates) and len(set(value.rates)) == 1:
        return repr(value.rates[0])
    return repr(value)


def _packed(arrays: Mapping[str, Array]) -> bytes:
    """Arrays as the bytes of an npz file."""
    made = io.BytesIO()
    np.savez_compressed(made, **arrays)  # type: ignore[arg-type]
    return made.getvalue()
