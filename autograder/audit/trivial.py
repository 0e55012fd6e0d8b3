"""Versions of an exercise that do nothing: a constant, None, the first argument back, or a ValueError that names all
shapes, whatever they are given.

No test may give points for them: that a function changes no argument, raises no warning or refuses wrong shapes counts
only beside right values.
"""

from collections.abc import Iterator

from ..course.contract import Exercise

WAYS = {
    "returns 0.0": "0.0",
    "returns None": "None",
    "returns its argument": "(*args, None)[0]",
    "refuses every call": "int(' '.join(['shapes', *(str(getattr(one, 'shape', one)) for one in args)]))",
}
_FUNCTION = "def {name}(*args, **options):\n    return {value}\n"
_CLASS = """class {name}:
    def __init__(self, *args, **options):
        pass

    def __getattr__(self, name):
        return lambda *args, **options: {value}
"""


def trivial_versions(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """(what it does, code) of each. Methods come with their class."""
    names = [definition.split("(")[0] for definition in exercise.definitions]
    classes = {name.split(".")[0] for name in names if "." in name} | {n for n in names if n[:1].isupper()}
    for what, value in WAYS.items():
        parts = [
            (_CLASS if name in classes else _FUNCTION).format(name=name, value=value)
            for name in dict.fromkeys(name.split(".")[0] for name in names)
        ]
        yield what, "\n\n".join(parts)
