"""The tape: what a watched program did, as a graph of operations on objects known by identity.

Nothing is wrapped and no type changes. A value that an operation made is the tape's node; where the
same object is taken by a later operation, that operation refers to the node, and to how often the
memory behind it had been written to by then.
"""

from __future__ import annotations

import copy
import itertools
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from diagnose.recording.choices import is_fresh
from diagnose.recording.keeping import Keeping
from diagnose.recording.matrices import as_arrays
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, is_whole
from diagnose.recording.operations import ARRAYS, memory
from diagnose.recording.origins import Origins
from diagnose.recording.threads import NONE

LONGEST = 512  # lists up to this long are looked into
DEEPEST = 3


def tracked(value: Any) -> bool:
    """Whether a value is one that the tape follows."""
    kind = type(value)
    if kind is float or kind is np.ndarray:
        return True
    if kind is int:
        return is_fresh(value)
    return issubclass(kind, ARRAYS) and kind is not np.bool_


class Tape:
    """What the program did so far.

    own: the files that are watched. origins: which rows the arrays hold, for as long as that is
    asked for.
    """

    def __init__(self, own: set[str]) -> None:
        self.own = own
        # Sees each operation when it was done: its place, kind, what it is, what it took and gave.
        self.witness: Callable[[int, str, Any, tuple[Any, ...], Any], None] | None = None
        # What was there before this tape was begun anew.
        self.earlier: Tape | None = None
        # Sees which list was taken out of which, where that is asked for.
        self.rows: Callable[[int, Any, Any, list[Any]], None] | None = None
        # Is told by its id which array is referred to no more.
        self.forgotten: Callable[[int], None] = lambda _: None
        self.recording = True
        # Nobody looks: what is done is done, and nothing else; unless it is at another site than
        # the usual ones, where ``woken`` is called first. followed: sites that are looked at also
        # then, each time; threaded: those of them whose rows are followed too. noticed: the sites
        # of what is done meanwhile. unseen: while nobody looks, the usual sites that are not
        # followed; of most that is done, nothing else is asked.
        self.idle = False
        # plain: the statements of which that is true as a whole, which run as they were written.
        self.unseen: frozenset[int] = NONE
        self.plain: frozenset[int] = NONE
        self.usual: set[int] = set()
        self.followed: set[int] = set()
        self.threaded: set[int] = set()
        self.woken: Callable[[], None] = lambda: None
        self.noticed: set[int] | None = None
        self.taps: dict[int, Callable[[str, tuple[Any, ...], dict[str, Any], Any], None]] = {}
        # The same where nobody looks and nothing else is asked: called with both operands and the
        # value of ``left + right``.
        self.quick: dict[int, Callable[[Any, Any, Any], None]] = {}
        self._begin()
        self.calls_begun = 0
        self.serial = itertools.count(1)
        self.lengths: dict[int, int] = {}  # of loops over what has a length
        # How many items are left, of loops that said so when they began; 0 when none was found.
        self.items_left: dict[int, int] = {}
        self.begun: Counter[int] = Counter()  # how often a for loop began
        self.whiles: Counter[int] = Counter()  # and how often a while loop
        self.ran_out: Counter[int] = Counter()  # and how often one found nothing left
        self.running: Counter[int] = Counter()  # and how often it has, and is not at its end
        self.spent: Counter[int] = Counter()  # and how often with a generator that is at its end
        # The tests that what is done now depends on, by their nodes; None of no numbers.
        self.reasons: list[int | None] = []
        self.origins: Origins | None = Origins()

    def _begin(self) -> None:
        self.keeping = Keeping()
        self.nodes: list[Node] = []
        self.known: dict[int, tuple[Any, int]] = {}
        self.writes: dict[int, list[int]] = {}
        # What arrays that were written into were by then, and the rows that they then held.
        self.versions: dict[tuple[int, int], Any] = {}
        self.held_then: dict[tuple[int, int], Any] = {}
        self.turns: list[tuple[int, int]] = []
        self.passes: dict[int, list[int]] = {}  # where a for loop begins with its first item
        self.calls: dict[tuple[int, str], int] = {}
        self.roots: dict[int, tuple[Any, int]] = {}
        self.calls_done: list[tuple[int, int, int]] = []
        # What the author's functions were given by name, by the call.
        self.given: dict[tuple[int, int, int], dict[str, Ref]] = {}
        # How many calls had begun before each that is done, with it; and what was unpacked to
        # names: how many nodes and calls there were by then, the name, and the value.
        self.calls_numbers: dict[tuple[int, int, int], int] = {}
        self.unpackings: list[tuple[int, int, str, Ref]] = []

    def begin_anew(self) -> Tape:
        """Go on with nothing on the tape; what was on it, as a tape that records no more.

        Whatever was written while it did not record, values are then met as they are.
        """
        earlier = copy.copy(self)
        earlier.recording = False
        self.earlier = self.earlier or earlier
        self.reasons[:] = [None] * len(self.reasons)
        self._begin()
        self.keeping.always = self.recording = True
        return earlier

    # what is known of a value

    def forget(self, array: np.ndarray) -> None:
        """An array is to be resized, which NumPy refuses where anything refers to it."""
        self.known.pop(id(array), None)
        self.roots.pop(id(array), None)
        if self.earlier is not None:
            self.earlier.forget(array)
        if self.origins is not None:
            self.origins.forget(array)
        self.forgotten(id(array))

    def taken(self, value: Any, depth: int = 0) -> Taken:
        """A value as an operation takes it."""
        kind = type(value)
        if tracked(value):
            return self.ref(value)
        if (kind is list or kind is tuple) and len(value) <= LONGEST and depth < DEEPEST:
            return Group(kind, [self.taken(one, depth + 1) for one in value])
        if kind is slice:
            ends = (value.start, value.stop, value.step)
            return Group(slice, [self.taken(one, depth + 1) for one in ends])
        if kind is dict and len(value) <= LONGEST and depth < DEEPEST:
            items = [self.taken(one, depth + 1) for one in value.values()]
            return Group(dict, items, list(value))
        return Const(value)

    def value_of(self, taken: Taken) -> Any:
        """What an operation took, as it was then; None for what was not kept."""
        if isinstance(taken, Const):
            return taken.value
        if isinstance(taken, Ref):
            if taken.version:
                return self.versions.get((taken.node, taken.version))
            return self.nodes[taken.node].value
        items = [self.value_of(one) for one in taken.items]
        if taken.of is slice:
            return slice(*items)
        of = taken.of
        return dict(zip(taken.keys or (), items, strict=True)) if of is dict else of(items)

    def ref(self, value: Any, *, passing: bool = False) -> Ref:
        """The node of a value; a new one if it was made out of sight.

        passing: nobody asks what stands there now, as in a sum that is added to once more.
        """
        number = self._number(value)
        if number is None:
            number = self.add(0, "leaf", None, [], {}, value).number
        node = self.nodes[number]
        if self.origins is not None and node.held is None:
            node.held = self.origins.of(value)
        version = 0
        if isinstance(value, np.ndarray):
            version = len(self.writes.get(node.root or 0, ()))
            if self.keeping.always and node.value is None and not version:
                node.value = self.keeping.made(node, value)  # it was too large to be kept before
            if version and not passing and (number, version) not in self.versions:
                kept = self.keeping.written_into(value)
                if kept is not None:
                    self.versions[number, version] = kept
                    if self.origins is not None:
                        self.held_then[number, version] = self.origins.of(value)
        return Ref(number, version)

    def _number(self, value: Any) -> int | None:
        known = self.known.get(id(value))
        if known is None:
            return None
        there = known[0]() if isinstance(known[0], weakref.ref) else known[0]
        return known[1] if there is value else None

    def place_of(self, value: Any) -> Ref | None:
        """The node of a value that is on the tape; None of any other."""
        number = self._number(value)
        if number is None:
            return None
        return Ref(number, len(self.writes.get(self.nodes[number].root or 0, ())))

    def add(
        self,
        site: int,
        kind: str,
        done: Any,
        args: list[Taken],
        kw: dict[str, Taken],
        value: Any,
        *,
        write: bool = False,
    ) -> Node:
        """Put an operation on the tape, after a spare one where it is done for a reason."""
        if self.reasons and self.reasons[-1] is not None:
            self._append(site, "spare", "spare", [Ref(self.reasons[-1], 0)], {})
        node = self._append(site, kind, done, args, kw)
        self.keeping.keep(node, float(value) if type(value) is int else value)
        if isinstance(value, np.ndarray):
            node.root = self._root(memory(value))
        if write:
            self.writes.setdefault(node.root or 0, []).append(node.number)
        else:
            held = weakref.ref(value) if isinstance(value, np.ndarray) else value
            self.known[id(value)] = (held, node.number)
        return node

    def _append(
        self, site: int, kind: str, done: Any, args: list[Taken], kw: dict[str, Taken]
    ) -> Node:
        node = Node()
        node.number, node.site, node.kind, node.done = len(self.nodes), site, kind, done
        node.args, node.kw, node.root, node.whole = args, kw, None, False
        node.call = self.calls[site, kind] = self.calls.get((site, kind), -1) + 1
        node.value = node.held = None
        self.nodes.append(node)
        return node

    def _root(self, array: np.ndarray) -> int:
        """The number of an array's memory; another's, once it has died, has another number."""
        held = self.roots.get(id(array))
        if held is None or held[0]() is not array:
            held = self.roots[id(array)] = (weakref.ref(array), next(self.serial))
        return held[1]

    def note(
        self, site: int, kind: str, done: Any, args: tuple[Any, ...], kw: dict[str, Any], value: Any
    ) -> Any:
        """Note an operation that made a value, and return the value."""
        # what is asked of each of many samples is asked without another call, here and below
        if self.idle:
            if site not in self.followed and self.passed_over(site):
                return value
        elif self.noticed is not None:
            self.noticed.add(site)
        kind, done, args, kw = as_arrays(kind, done, args, kw)
        if self.origins is not None and kind != "call" and (not self.idle or site in self.threaded):
            try:
                self.origins.made(site, kind, done, args, kw, value)
            except Exception:  # as in ``follow``
                self.origins = None
        if self.witness is not None:
            self.witness(site, kind, done, args, value)
        if not self.recording:
            tap = self.taps.get(site)
            if tap:
                tap(kind, args, kw, value)
            return value
        if tracked(value):
            if self._number(value) is None:
                taken = [self.taken(one) for one in args]
                self.add(site, kind, done, taken, self._named(kw), value)
        elif kind == "call" and type(value) in (tuple, list) and 0 < len(value) <= LONGEST:
            fresh = [one for one in value if tracked(one) and self._number(one) is None]
            if fresh:
                taken = [self.taken(one) for one in args]
                whole = self.add(site, kind, done, taken, self._named(kw), value)
                for at, one in enumerate(value):
                    if any(one is other for other in fresh):
                        self.add(site, "item", at, [Ref(whole.number, 0)], {}, one)
        return value

    def passed_over(self, site: int) -> bool:
        """Whether nobody looks at what is done at a site."""
        if self.idle:
            if site in self.followed:
                return False
            if site in self.usual:
                return True
            self.woken()
        elif self.noticed is not None:
            self.noticed.add(site)
        return False

    def threads(self, site: int) -> bool:
        """Whether the rows of what is done at a site are followed now."""
        return not self.idle or site in self.threaded

    def follow(self, what: Callable[..., Any], *given: Any) -> Any:
        """Tell the origins what happened; what they have no answer to must not stop the program."""
        try:
            return what(*given)
        except Exception:
            self.origins = None
            return None

    def _named(self, kw: dict[str, Any]) -> dict[str, Taken]:
        return {name: self.taken(one) for name, one in kw.items()}

    def wrote(
        self, site: int, kind: str, done: Any, taken: list[Taken], kw: dict[str, Taken], array: Any
    ) -> None:
        """Note an operation that wrote into an array."""
        node = self.add(site, kind, done, taken, kw, array, write=True)
        node.whole = array.base is None and is_whole(node)

    def _tapped(
        self, site: int, kind: str, args: tuple[Any, ...], kw: dict[str, Any], value: Any
    ) -> None:
        tap = self.taps.get(site)
        if tap:
            tap(kind, args, kw, value)
