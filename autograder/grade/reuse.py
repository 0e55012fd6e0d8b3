"""What a mended test leaves as it is: the tests that were mended are run alone on a notebook that is graded, where by
all that can be read nothing else depends on them. Where in doubt, the whole notebook is graded again.

The answer is yes or no. All marks are made by the one way of grading.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from nbformat import NotebookNode, from_dict

from ..course.markup import is_autograded
from ..course.needed import CodeCell, Tagged, imported_alike, is_harmless, left_out
from ..course.stateless import are_stateless, data_names
from ..engine.record import CellJob, CellRecord, Job, Mark, NotebookRecord

_ALL_ELSE: Final = ""  # beside the names of test cells
Basis = dict[str, str]


def basis(job: Job, source: bytes, others: Sequence[str]) -> Basis:
    """Digests of what the result of a notebook depends on beside what was handed in: of each test cell by its name, and
    of all else. source: the author's notebook. others: digests or names of what there is beside it."""
    found = of_tests({cell.grade_id: cell.source for cell in job.cells if cell.grade_id and cell.points is not None})
    rest = [
        [{**cell.flags(), "checksum": ""}, "" if cell.name in found else cell.source] for cell in job.assignment.cells
    ]
    found[_ALL_ELSE] = _digest(json.dumps([rest, _without_tests(source), repr(job.limits), *others]))
    return found


def of_tests(sources: Mapping[str, str]) -> Basis:
    """Digests of test cells, by their names, as a basis has them."""
    return {name: _digest(source) for name, source in sources.items()}


@lru_cache(maxsize=50)
def _without_tests(source: bytes) -> str:
    """Of the author's notebook, what is no test cell: the solution, from which examples and hints are made."""
    try:
        cells = [from_dict(cell) for cell in json.loads(source)["cells"]]
        return _digest(json.dumps(["".join(cell.source) for cell in cells if not is_autograded(cell)]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _digest(source.decode(errors="replace"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def mended(record: NotebookRecord, now: Basis) -> frozenset[str] | None:
    """The test cells that are others than when this was graded; None where more has changed, or grading found something
    that need not come again."""
    if record.ended is not None or any(finding.kind != "repair" for finding in record.all_findings):
        return None
    if record.basis.keys() != now.keys() or record.basis[_ALL_ELSE] != now[_ALL_ELSE]:
        return None
    return frozenset(name for name, digest in now.items() if record.basis[name] != digest)


def alone(
    record: NotebookRecord, graded: NotebookNode, job: Job, tagged: Tagged, changed: frozenset[str]
) -> Job | None:
    """The job in which the tests `changed` are run and what they need, without what follows from lost points. None
    where another cell may depend on them, or they on another test, or one of them has not passed before.

    graded: the notebook as it was graded. job: the same with the tests as they are now.
    """
    marks = {mark.cell: mark for mark in record.marks}
    new = [n for n, cell in enumerate(job.cells) if cell.points is not None and cell.grade_id in changed]
    if 4 * max(record.cpu / job.whole_limits.cpu, record.wall / job.whole_limits.wall) > 1:
        return None  # a test that takes longer now may end a whole run
    if len(new) < len(changed) or not all(_was_passed(job.cells[n], marks) for n in new):
        return None
    tests = {n for n, cell in enumerate(job.cells) if cell.points is not None}
    texts = {n: "".join(graded.cells[job.cells[n].index].source) for n in new}
    same = imported_alike([*(cell.source for cell in job.cells), *texts.values()])
    code = [CodeCell(cell.source, cell.grade_id, cell.locked, n in tests, same) for n, cell in enumerate(job.cells)]
    before = [CodeCell(text, None, True, True, same) for text in texts.values()]
    kept = left_out(code, tagged)
    others = [cell.source for n, cell in enumerate(code) if n not in tests and n not in kept]
    if not are_stateless(others):
        return None
    data = data_names(others) | frozenset().union(*(code[n].bound for n in tests.difference(new)))
    read = frozenset().union(*(cell.read for n, cell in enumerate(code) if n not in new))
    if any(not _is_on_its_own(cell, data) or cell.bound & read for cell in (*before, *(code[n] for n in new))):
        return None
    spare = {n for n in tests.difference(new) if _is_on_its_own(code[n], data - code[n].bound)}
    free = left_out(code, tagged, spare)
    cells = tuple(replace(cell, left_out=n in free) for n, cell in enumerate(job.cells))
    return replace(job, cells=cells, assignment=replace(job.assignment, recording=None), questions=False)


def _is_on_its_own(test: CodeCell, data: frozenset[str]) -> bool:
    return is_harmless(test.source) and not test.read & data


def _was_passed(cell: CellJob, marks: Mapping[str, Mark]) -> bool:
    mark = marks.get(cell.grade_id or "")
    return bool(cell.hidden) and not cell.directives.separate and mark is not None and _has_passed(mark)


def _has_passed(mark: Mark) -> bool:
    return mark.score == mark.max_score and mark.verdict is not None and mark.verdict.passed


def stay(graded: NotebookNode, found: NotebookRecord, changed: frozenset[str]) -> bool:
    """Whether the tests that were run alone have passed, and shown what they had shown before."""
    cells = [cell for cell in found.cells if cell.mark is not None and cell.mark.cell in changed]
    return (
        len(cells) == len(changed)
        and found.ended is None
        and not found.all_findings
        and all(_has_passed(cell.mark) and _is_shown(cell, graded) for cell in cells if cell.mark is not None)
    )


def _is_shown(cell: CellRecord, graded: NotebookNode) -> bool:
    return _plain(cell.outputs) == _plain(graded.cells[cell.index].outputs)


def _plain(outputs: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps([{**output, "execution_count": None} for output in outputs], sort_keys=True)
