"""Where arrays are in an object, its lists and its dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from diagnose.network.arrays import Array, acts_as_array

# Where an array is in an object: attribute names, positions in lists and keys of dicts.
Path = tuple[str | int, ...]


# Where arrays are in an object


def same(one: Array, other: Array) -> bool:
    """Whether two arrays hold the same numbers, nan being the same as nan."""
    return one is other or (
        one.shape == other.shape and bool(((one == other) | (one != one)).all())
    )


def arrays_in(thing: Any) -> Iterator[tuple[str, Path]]:
    """The name and the path of every array within an object, its lists, dicts and objects.

    An attribute goes by its name, what is in a list by its position, and what is in a dict by its
    key alone, for that is how its author calls it. Of several of one name it is the first.
    """
    named_already: set[str] = set()
    for name, path in every_in(thing, acts_as_array):
        if name not in named_already:
            named_already.add(name)
            yield name, path


def every_in(thing: Any, wanted: Callable[[Any], bool]) -> Iterator[tuple[str, Path]]:
    """The name and the path of everything that is wanted, also of several of one name."""
    seen: set[int] = set()

    def walk(one: Any, name: str, path: Path) -> Iterator[tuple[str, Path]]:
        if wanted(one):
            yield name, path
            return
        if id(one) in seen or len(path) > 6:
            return
        seen.add(id(one))
        if isinstance(one, dict):
            for key, value in one.items():
                if isinstance(key, str | int):
                    yield from walk(value, str(key), (*path, key))
        elif isinstance(one, list | tuple):
            for at, value in enumerate(one):
                yield from walk(value, f"{name}[{at}]", (*path, at))
        elif hasattr(one, "__dict__") and not isinstance(one, type | ModuleType):
            for key, value in list(vars(one).items()):
                yield from walk(value, f"{name}.{key}" if name else key, (*path, key))

    yield from walk(thing, "" if not isinstance(thing, list) else "layers", ())


def get(thing: Any, path: Path) -> Any:
    """What is at a path; AttributeError, KeyError or IndexError if nothing is."""
    for key in path:
        is_container = isinstance(thing, list | tuple | dict)
        thing = thing[key] if is_container else getattr(thing, str(key))
    return thing


def find(thing: Any, path: Path) -> Any:
    """What is at a path, or None."""
    try:
        return get(thing, path)
    except (AttributeError, KeyError, IndexError, TypeError):
        return None


def put(thing: Any, path: Path, value: Any) -> None:
    """Put a value at a path, into a dict or list that there is, or else as an attribute."""
    owner = get(thing, path[:-1])
    if isinstance(owner, list) and path[-1] == len(owner):
        owner.append(value)
    elif isinstance(owner, list | dict):
        owner[path[-1]] = value  # type: ignore[index]
    else:
        setattr(owner, str(path[-1]), value)


def derivative(thing: Any, path: Path) -> Any:
    """The gradient at a path, or None; in a dict it may go by ``dW1`` as well as by ``W1``."""
    there = find(thing, path)
    return find(thing, (*path[:-1], f"d{path[-1]}")) if there is None else there


def put_derivative(thing: Any, path: Path, value: Any) -> None:
    """Put a gradient where backward leaves it; the list or dict there may not be made yet."""
    put_new(thing, path, value)
    owner = get(thing, path[:-1])
    if isinstance(owner, dict):
        owner[f"d{path[-1]}"] = value


def put_new(thing: Any, path: Path, value: Any) -> None:
    """Put a value at a path; the list or dict there may not be made yet."""
    *way, last = path
    if find(thing, tuple(way)) is None:
        put(thing, tuple(way), [] if isinstance(last, int) else {})
    put(thing, path, value)


def without(template: Any, paths: Mapping[str, Path]) -> Any:
    """The object without its parameters, so that a copy of it is made quickly."""
    for path in paths.values():
        put(template, path, None)
    return template


def path_of(name: str) -> Path:
    """``layer1.W`` as a path."""
    return tuple(name.split("."))
