"""Trainings that will be asked for, made by processors that have nothing else to do.

Python looks at networks on one processor; meanwhile, others train what is going to be asked for
whatever is seen there. Nothing that is reported depends on it: what was made is taken when it is
asked for, and counts from then on; what was not begun by then is made as ever.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from diagnose.training import ahead, companies, compiled
from diagnose.training.companies import BLOCK
from diagnose.training.compiled import Plan, Result
from diagnose.training.engine import PATIENCE


@dataclass(kw_only=True)
class Beforehand:
    """Makes the runs of plans in threads of its own, in companies that fill a block.

    threads: at most so many at once. fewest: runs that are begun together, as long as more may come
    that fill a block with them; to those in ``_whole`` none come. working: how many threads are at
    work. A run is known by what tells its plan from others; those of a stable softmax wait in
    ``_instead`` for the run of an unstable one, which may serve.
    """

    threads: int
    fewest: int = BLOCK
    working: int = 0
    _known: set[bytes] = field(default_factory=set)
    _waiting: dict[Any, dict[bytes, Plan]] = field(default_factory=dict)
    _whole: set[Any] = field(default_factory=set)
    _unsafe: set[bytes] = field(default_factory=set)
    _instead: dict[bytes, Plan] = field(default_factory=dict)
    _making: set[bytes] = field(default_factory=set)
    _made: dict[bytes, Result] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def begin(self, plans: Iterable[Plan], *, whole: bool = False) -> None:
        """Have these made, but for those for which that was asked before.

        Of a stable softmax only where the run of an unstable one does not serve. whole: whether no
        more company comes to them.
        """
        with self._changed:
            for plan in plans:
                if plan.name in self._known:
                    continue
                if plan.unstable_name in self._known - self._unsafe:
                    self._instead[plan.unstable_name] = plan
                else:
                    self._wait_for(plan)
                if whole:
                    self._whole.add(plan.company)
            self._start()

    def _wait_for(self, plan: Plan) -> None:
        self._known.add(plan.name)
        self._waiting.setdefault(plan.company, {})[plan.name] = plan

    def begin_rest(self) -> None:
        """Have all made that waits for company: no more will come."""
        with self._changed:
            self.fewest = 1
            self._start()

    def left(self, plans: Iterable[Plan]) -> list[Plan]:
        """Those that are not made here, nor being made; they will not be begun any more."""
        with self._changed:
            left = [
                one for one in plans if one.name not in self._making and one.name not in self._made
            ]
            for one in left:
                self._waiting.get(one.company, {}).pop(one.name, None)
        return left

    def taken(self, plan: Plan) -> Result | None:
        """The run of a plan, when it is made; None where it could not be."""
        with self._changed:
            while plan.name in self._making:
                self._changed.wait(PATIENCE)
            return self._made.pop(plan.name, None)

    def end(self) -> None:
        """Begin nothing any more."""
        with self._changed:
            self._waiting.clear()
            self._instead.clear()

    def _start(self) -> None:
        while self.working < self.threads and self._enough():
            self.working += 1
            threading.Thread(target=self._work, daemon=True).start()

    def _enough(self) -> dict[bytes, Plan]:
        """The most that can be trained side by side; none where more company may come."""
        enough = [
            some
            for company, some in self._waiting.items()
            if len(some) >= (1 if company in self._whole else self.fewest)
        ]
        return max(enough, key=len, default={})

    def _next(self) -> Sequence[Plan]:
        """Some that can be trained side by side; none where more company may come."""
        some = self._enough()
        if not some:
            return []
        plans = [*some.values()]
        most = min(len(plans), companies.most_together(plans[0]))
        group = plans[: companies.in_blocks(most)]  # the rest waits for more
        for one in group:
            del some[one.name]
        return group

    def _work(self) -> None:
        while True:
            with self._changed:
                group = self._next()
                if not group:
                    self.working -= 1
                    return
                names = [one.name for one in group]
                self._making.update(names)
            made: list[Result] = []
            with suppress(Exception):  # whoever asks for them makes them, and hears of it
                ahead.wait()
                made = compiled.results(*compiled.train_group(*compiled.arguments(group)))
            with self._changed:
                self._making.difference_update(names)
                self._made.update(zip(names, made, strict=False))
                unsafe = [name for name, one in zip(names, made, strict=False) if one.unsafe]
                self._unsafe.update(unsafe)
                for plan in [self._instead.pop(one) for one in unsafe if one in self._instead]:
                    self._wait_for(plan)
                self._changed.notify_all()
