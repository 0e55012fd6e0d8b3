"""What a session of a notebook knows of the student's functions: which of them fail a test, and which are the present
ones. The checks write it down; figures and widgets over these functions ask."""

import dataclasses
import dis
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from .call import bound_name, unwrapped

DEPTH = 4  # of what is looked into for functions


class Failure(NamedTuple):
    """A check that has failed. said: the first line of its message. code: of the student's functions, by name."""

    said: str
    code: dict[str, list[CodeType]]


_failures: dict[Any, Failure] = {}


def failed(key: Any, functions: list[Any], said: str) -> None:
    """A check has failed with these functions. key: the same for the same check."""
    code: dict[str, list[CodeType]] = {}
    for function in functions:
        code.setdefault(title(function), []).extend(_code(function))
    _failures[key] = Failure(said, code)


def title(function: Any) -> str:
    """How a student knows a function: by its name in the notebook, and a method by its class."""
    qualified = getattr(unwrapped(function), "__qualname__", "").rpartition("<locals>.")[2]
    return bound_name(function) or qualified.partition(".")[0]


def passed(key: Any) -> None:
    """A check has passed; those of other keys stand as they are."""
    _failures.pop(key, None)


def anything_failed() -> bool:
    return bool(_failures)


def failing(value: Any) -> dict[str, str]:
    """Of the functions in a value, and of those that they call: the names of those that fail a test, as they stand now,
    with what was said of them."""
    if not _failures:
        return {}
    codes = [function.__code__ for function in reached(value)]
    return {
        name: failure.said
        for failure in _failures.values()
        for name, own in failure.code.items()
        if any(code is one for code in own for one in codes)
    }


def drawn_with(value: Any) -> str:
    """A sentence for beside a figure, or "": which of the functions behind it fail their tests."""
    names = list(failing(value))
    if not names:
        return ""
    fail = "which fails its test" if len(names) == 1 else "which fail their tests"
    return f"Computed with your {listed(names)}, {fail}."


_told: list[set[str]] = []  # what the cell that runs has said; empty where none runs that is watched


def cell_begins() -> None:
    _told[:] = [set()]


def cell_ends() -> None:
    _told.clear()


def told_before(said: str) -> bool:
    """Whether the cell that runs has said this already; from now on it has."""
    before = any(said in told for told in _told)
    for told in _told:
        told.add(said)
    return before


def listed(names: list[str]) -> str:
    """One name or more, in words: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def present(value: Any, depth: int = DEPTH) -> Any:
    """The same with each function and class of a notebook as it is defined there now."""
    if isinstance(value, FunctionType):
        now = value.__globals__.get(value.__name__)
        return now if isinstance(now, FunctionType) else value
    if isinstance(value, type):
        space = next((f.__globals__ for f in vars(value).values() if isinstance(f, FunctionType)), {})
        now = space.get(value.__name__)
        return now if isinstance(now, type) else value
    if depth == 0:
        return value
    if isinstance(value, dict):
        renewed = {key: present(entry, depth - 1) for key, entry in value.items()}
        return renewed if any(renewed[key] is not value[key] for key in value) else value
    if isinstance(value, list | tuple):
        entries = [present(entry, depth - 1) for entry in value]
        if all(a is b for a, b in zip(entries, value, strict=True)):
            return value
        return type(value)._make(entries) if hasattr(value, "_make") else type(value)(entries)
    if dataclasses.is_dataclass(value):
        old = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        changed = {name: now for name, entry in old.items() if (now := present(entry, depth - 1)) is not entry}
        return dataclasses.replace(value, **changed) if changed else value  # type: ignore[type-var]
    return value


def reached(value: Any) -> Iterator[FunctionType]:
    """The functions in a value, and those of their notebook that they name, themselves or in a function inside."""
    seen: list[CodeType] = []
    waiting = list(_functions(value, DEPTH))
    while waiting:
        function = waiting.pop()
        code = function.__code__
        if any(code is one for one in seen):
            continue
        seen.append(code)
        yield function
        names = [function.__globals__[name] for name in names_read(code) if name in function.__globals__]
        cells = [cell.cell_contents for cell in function.__closure__ or () if _filled(cell)]
        waiting += [f for other in [*names, *cells] for f in _functions(other, 1)]


def names_read(code: CodeType) -> list[str]:
    """The names outside of it that a function reads, and the modules that it imports; those of functions inside too."""
    found = [
        step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME")
    ]
    inside = [name for constant in code.co_consts if isinstance(constant, CodeType) for name in names_read(constant)]
    return list(dict.fromkeys(found + inside))


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _functions(value: Any, depth: int) -> Iterator[FunctionType]:
    value = unwrapped(value)
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, type):
        yield from (f for f in vars(value).values() if isinstance(f, FunctionType))
    elif hasattr(value, "__func__"):
        yield from _functions(value.__func__, depth)
    elif depth and isinstance(value, dict | list | tuple):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _functions(entry, depth - 1)
    elif depth and dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _functions(getattr(value, field.name, None), depth - 1)


def _code(function: Any) -> Iterator[CodeType]:
    yield from (f.__code__ for f in _functions(function, 1))
