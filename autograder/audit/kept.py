"""Keeps what a run of all variants has shown, so that the build and the audit after it need not both run them.

The file lies in the course's `build` folder. It is used only while the fingerprint is the same: that of the sources,
the bank, this package and the students', and the libraries.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from ..course.fingerprint import fingerprint
from ..course.paths import Course
from .trials import STOPPED, Verdict

Verdicts = Mapping[str, Sequence[Verdict]]  # by key of the variant


def kept_verdicts(course: Course, name: str, keys: Sequence[str]) -> dict[str, list[Verdict]] | None:
    """What was kept for these variants; None where nothing was, or where it may no longer hold."""
    try:
        data = json.loads(course.verdicts(name).read_text(encoding="utf-8"))
        if data["fingerprint"] != fingerprint(course, name) or data["verdicts"].keys() != set(keys):
            return None
        return {
            key: [Verdict(cell, error, seconds, tuple(hints)) for cell, error, seconds, hints in data["verdicts"][key]]
            for key in keys
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_verdicts(course: Course, name: str, verdicts: Verdicts) -> None:
    """Keeps them for the next run, unless one was stopped: on an idle machine it might have come to its end."""
    if any((verdict.error or "").startswith(STOPPED) for row in verdicts.values() for verdict in row):
        return
    path = course.verdicts(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = {key: [astuple(verdict) for verdict in row] for key, row in verdicts.items()}
    half = path.with_name(f".{path.name}.new")
    half.write_text(json.dumps({"fingerprint": fingerprint(course, name), "verdicts": rows}), encoding="utf-8")
    half.replace(path)
