"""Asks a student's process what its own functions do in a call, and makes questions of it.

Called after grading. What the process says is read as what a stranger says: text of bounded length, of one form, from
which numbers, shapes and names of Python's own errors are taken and nothing else.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from ..examiner.examine import consult
from ..examiner.session import Session
from .changes import QUESTION, Compared, changes, in_words
from .code import Cell
from .rules import Candidate, Question, Rules, Watched, best

_SECONDS: Final = 0.3  # of CPU time for an exercise: nearly all take less than 10 ms
_ALL_SECONDS: Final = 1.0  # for a notebook
_SHARE: Final = 0.5  # of the CPU time of a submission
_CHANGES: Final = 2
_LONGEST: Final = 500_000  # characters of an answer


def questions(session: Session, calls: Mapping[str, Sequence[str]], answers: Mapping[str, str]) -> list[Question]:
    """At most two on each exercise. calls: for each exercise that is asked about. answers: the student's cells."""
    started, cpu = time.monotonic(), session.cpu()
    found: list[Question] = []
    for exercise, codes in calls.items():
        used = session.cpu() - cpu
        late = used > _ALL_SECONDS or time.monotonic() - started > session.limits.patience * _ALL_SECONDS
        if session.dead is not None or late or session.cpu() > _SHARE * session.limits.cpu:
            break
        cell = Cell.of(answers.get(exercise, ""))
        if cell is not None and cell.lines and codes:
            found += _of_exercise(session, exercise, cell, tuple(codes), found)
    return found


def _of_exercise(
    session: Session, exercise: str, cell: Cell, codes: tuple[str, ...], before: Sequence[Question]
) -> list[Question]:
    def use(_: Mapping[str, Any]) -> list[Question]:
        said = _read(session.request("watch", (cell.source, codes)), list[Watched | None])
        calls = [Rules(exercise, cell, code, one) for code, one in zip(codes, said, strict=True) if one is not None]
        found = [candidate for rules in calls for candidate in rules.candidates()]
        return best([*found, *_what_if(session, cell, calls)], before)

    return consult(session, (), _SECONDS, use, call=_SECONDS) or []


def _what_if(session: Session, cell: Cell, calls: Sequence[Rules]) -> Iterator[Candidate]:
    """On the changes that make the best questions."""
    wanted = [(change, rules) for rules in calls for change in changes(cell, rules.running())]
    wanted = sorted(wanted, key=lambda pair: -pair[0].worth)[:_CHANGES]
    for rules in calls:
        own = [change for change, of in wanted if of is rules]
        if not own:
            continue
        others = tuple(cell.changed(change.place, change.old, change.new) for change in own)
        said = session.request("compare", (cell.source, others, rules.code))
        for change, compared in zip(own, _read(said, list[Compared]), strict=True):
            if answer := in_words(compared, change.of_sign):
                where = "these lines" if change.line.several else "this line"
                question = QUESTION.format(where=where, new=change.new, old=change.old)
                yield rules.ask(change.worth, "what if", change.line, question, answer)


def _read(said: object, kind: Any) -> Any:
    """Raises ValueError for what is not of this form."""
    if type(said) is not str or len(said) > _LONGEST:
        raise ValueError("not an answer")
    return msgspec.json.decode(said, type=kind)
