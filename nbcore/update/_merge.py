"""Merges a newer release of a notebook with a student's, cell by cell. Pure functions of the two notebooks."""

import hashlib
import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final

from ._cells import (
    OF_RELEASE,
    Cell,
    clean,
    defined,
    digest,
    holds,
    id_digest,
    is_answer,
    is_made_of,
    label,
    make_ids_unique,
    ours,
    same,
    same_words,
    was_released_with,
)

ALIKE: Final = 0.6  # the share of words that a cell has in common with what a release has made of it
LONGEST: Final = 20_000  # characters of a cell that is compared
ABOUT: Final = "about"  # in the metadata of a note that shows text of a release: the cell it stands above

STUB: Final = (
    "**Please compare: {name}.** The new release has changed this cell, and your work is in it. It stands below. "
    "In the new release the cell is:\n\n{text}\n\nTake over what is new. Then delete this cell."
)
CHANGED: Final = (
    "**Please compare: {name}.** In your notebook this cell was different. Below stands the cell of the new release. "
    "Yours was:\n\n{text}\n\nIf you need something of it, copy it into a cell of your own. Then delete this cell."
)
GONE: Final = (
    "**Please look: {name}.** The new release has no such cell any more. It holds something of yours, so it is kept "
    "below as a cell of your own. Keep it or delete it. Then delete this cell."
)
TWICE: Final = (
    "**Please look: {name}.** Your notebook did not have this cell, but {where} has {what} too. The cell below is the "
    "one that counts: move your work into it. Then delete this cell."
)


class UpdateError(Exception):
    """Why a notebook cannot be updated. Nothing was written."""


@dataclass
class Merged:
    """A student's notebook after an update, and the names of the cells of which there is something to say."""

    notebook: dict[str, Any]
    kept: list[str] = field(default_factory=list)  # the student's work in cells of the release
    own: int = 0  # cells that the student has added
    new: list[str] = field(default_factory=list)  # the release has brought or changed them
    conflicts: list[str] = field(default_factory=list)  # marked in the notebook


def merge(release: Any, mine: Any) -> Merged:
    """The student's notebook with what is new in the release. UpdateError where they do not belong together.

    What holds no work of the student gives the release as it is. What is up to date already stays as it is.
    """
    new, old = cells_of(release, "the new release"), cells_of(mine, "your notebook")
    seen: set[str] = set()
    for cell in old:  # of two cells with one id, the second is a copy
        if cell["id"] in seen:
            cell["id"] = ""
        seen.add(cell["id"])
    make_ids_unique(new, ())
    _refuse_what_is_no_release(new)
    for cell in new:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return _Merge(new, old).run(release, mine)


def cells_of(notebook: Any, what: str) -> list[Cell]:
    """The cells of a notebook as copies. UpdateError where it is none of format 4."""
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells", notebook.get("worksheets")), list):
        raise UpdateError(f"{what} is no notebook")
    if notebook.get("nbformat") != 4:
        raise UpdateError(f"{what} is in an old notebook format: open it in JupyterLab, save it there, and try again")
    cells = []
    for number, cell in enumerate(notebook.get("cells", ()), 1):
        try:
            cells.append(clean(cell))
        except ValueError as error:
            raise UpdateError(f"{what} is damaged: part {number} of it {error}") from None
    return cells


def _refuse_what_is_no_release(new: list[Cell]) -> None:
    names = [name for cell in new if (name := label(cell))]
    if not names:
        raise UpdateError("the new release has no cells to fill in: it is no notebook of the course")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UpdateError(f"the new release has {twice[0]} twice: download it again")
    worked = [label(c) for c in new if was_released_with(c, c["source"], c["cell_type"]) is False]
    if worked:
        raise UpdateError(
            f"somebody has worked in the new release ({', '.join(worked[:3])}). Name the new release first and your "
            "notebook after it, or download the release again"
        )


class _Merge:
    """One merge: which cells belong together, then what becomes of each.

    new, old: the cells of the release and of the student's notebook. Cells are named by their places in them.
    """

    def __init__(self, new: list[Cell], old: list[Cell]) -> None:
        self.new, self.old = new, old
        self.of_old: dict[int, int] = {}  # place in the student's notebook -> place in the release
        self.of_new: dict[int, int] = {}
        self.copies: dict[int, list[int]] = {}  # place in the release -> further cells of that name
        self.notes: dict[int, list[Cell]] = {}  # place in the release -> what stands above it
        self.behind: dict[int, list[Cell]] = {}  # place in the release, or -1 -> the student's cells behind it
        self.merged = Merged({})

    def run(self, release: dict[str, Any], mine: dict[str, Any]) -> Merged:
        self._pair_labels()
        self._pair_unlabelled()
        if not self.of_old:
            raise UpdateError("the two have no cell in common: this is another notebook")
        self._pair_changed()
        spine = [self._cell(at) for at in range(len(self.new))]
        self._place_others()
        self._note_twice()
        cells = list(self.behind.get(-1, ()))
        for at, cell in enumerate(spine):
            cells += [*self.notes.get(at, ()), cell, *self.behind.get(at, ())]
        cells = self._without_stale_notes(cells)
        in_release = {id(cell) for cell in spine}
        make_ids_unique([c for c in cells if id(c) not in in_release], [c["id"] for c in spine])
        if cells == self.new:
            self.merged.notebook = release
        else:
            # The kernel and the state of the widgets are the student's.
            metadata = {**_metadata(release), **_metadata(mine)}
            self.merged.notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        return self.merged

    # ---------------------------------------------------------------- which cells belong together

    def _pair(self, at: int, place: int) -> None:
        self.of_old[at], self.of_new[place] = place, at

    def _pair_labels(self) -> None:
        """By nbgrader's label; where that is lost by the id, the words, or what the cell defines."""
        places = {label(cell): place for place, cell in enumerate(self.new) if label(cell)}
        found: dict[int, list[int]] = {}
        for at, cell in enumerate(self.old):
            if label(cell) in places:
                found.setdefault(places[label(cell)], []).append(at)
        for at, cell in enumerate(self.old):
            if not label(cell) and cell["id"] in places and places[cell["id"]] not in found:
                found[places[cell["id"]]] = [at]
        for place, copies in found.items():
            worked = [at for at in copies if self._is_work(at, place)]
            counts = (worked or copies)[-1]
            self._pair(counts, place)
            self.copies[place] = [at for at in copies if at != counts]
        taken = {at for copies in found.values() for at in copies}
        labelled = any(label(cell) for cell in self.old)
        for place in places.values():
            if place in self.of_new:
                continue
            stub = self.new[place]
            free = [at for at, cell in enumerate(self.old) if at not in taken and not label(cell)]
            fits = [at for at in free if same(self.old[at], stub)]
            if not fits and is_answer(stub):
                alike = [at for at in free if self.old[at]["cell_type"] == stub["cell_type"]]
                fits = [at for at in alike if is_made_of(self.old[at]["source"], stub["source"])]
                if not fits and not labelled:
                    fits = [at for at in alike if defined(self.old[at]) & defined(stub)]
            if fits:
                self._pair(fits[-1], place)
                taken.add(fits[-1])

    def _pair_unlabelled(self) -> None:
        """By the id, then by the words."""
        places = {cell["id"]: place for place, cell in enumerate(self.new) if not label(cell)}
        for at, cell in enumerate(self.old):
            if self._is_free(at) and cell["id"] in places and places[cell["id"]] not in self.of_new:
                self._pair(at, places[cell["id"]])
        for at, cell in enumerate(self.old):
            if self._is_free(at):
                left = [place for place in places.values() if place not in self.of_new]
                fits = [place for place in left if same(cell, self.new[place])]
                if fits:
                    self._pair(at, fits[0])

    def _pair_changed(self) -> None:
        """What stands in the place of a cell of the release, and has most of its words."""
        ids_kept = any(id_digest(cell) for cell in self.old)
        last = -1
        for at, cell in enumerate(self.old):
            if at in self.of_old:
                last = self.of_old[at]
            elif self._is_free(at) and (id_digest(cell) or not ids_kept):
                end = next((self.of_old[n] for n in range(at + 1, len(self.old)) if n in self.of_old), len(self.new))
                left = [p for p in range(last + 1, end) if p not in self.of_new and not label(self.new[p])]
                shares = {p: _alike(cell, self.new[p]) for p in left}
                if shares and max(shares.values()) >= ALIKE:
                    last = max(shares, key=lambda p: shares[p])
                    self._pair(at, last)

    def _is_free(self, at: int) -> bool:
        return at not in self.of_old and not label(self.old[at])

    # ---------------------------------------------------------------- what becomes of each cell

    def _is_work(self, at: int, place: int | None = None) -> bool:
        """Whether there is something of the student in the text of a cell. Where that is not known, there is."""
        cell, new = self.old[at], None if place is None else self.new[place]
        if label(cell):
            cell_type = new["cell_type"] if new else cell["cell_type"]
            known = was_released_with(cell, cell["source"], cell_type)
        else:
            known = True if id_digest(cell) and id_digest(cell) == digest(cell) else None
        if known is None and new:
            known = same_words(cell, new)
        return not known and bool(cell["source"].strip())

    def _cell(self, place: int) -> Cell:
        """The cell that stands in this place of the release afterwards."""
        new, at = self.new[place], self.of_new.get(place)
        if at is None:
            self.merged.new.append(_name(new))
            return new
        cell = self.old[at]
        is_same = same_words(cell, new)
        changed = self._is_work(at, place)
        if changed and is_answer(new):
            self.merged.kept.append(_name(new))
            if not is_same and self._stub_is_new(at, place) and not holds(cell["source"], new["source"]):
                self._note(place, STUB, new, about=label(new))
            return self._filled(at, new, cell["source"])
        if changed and not is_same:
            if not label(new) and cell["id"] == new["id"] and id_digest(new) == digest(new):
                self.merged.kept.append(_name(new))  # the release has not changed it
                return self._filled(at, new, cell["source"])
            self._note(place, CHANGED, cell)
        elif not is_same:
            self.merged.new.append(_name(new))
        return self._filled(at, new, new["source"])

    def _stub_is_new(self, at: int, place: int) -> bool:
        """Whether the release has another stub than the one in which the student has worked. Unknown counts as yes."""
        return not was_released_with(self.old[at], self.new[place]["source"], self.new[place]["cell_type"])

    def _filled(self, at: int, new: Cell, source: str) -> Cell:
        """A cell of the release with a text, and with the outputs of the student's cell as far as they belong to it."""
        cell = self.old[at]
        own = {key: value for key, value in cell["metadata"].items() if key not in OF_RELEASE}
        filled = {**new, "source": source, "metadata": {**own, **new["metadata"]}}
        if new["cell_type"] == "code":
            stays = same_words(filled, cell) and cell["cell_type"] == "code"
            filled["outputs"] = cell["outputs"] if stays else ours(cell)
            filled["execution_count"] = cell["execution_count"] if stays else None
            for copy in self.copies.get(self.of_old[at], ()):
                if not self._stays(copy, self.of_old[at]):
                    filled["outputs"] = filled["outputs"] + ours(self.old[copy])
        elif source == cell["source"] and "attachments" in cell:
            filled["attachments"] = cell["attachments"]
        return filled

    def _stays(self, at: int, place: int) -> bool:
        """Whether a further cell of a name stays, as one of the student's own."""
        return is_answer(self.new[place]) and self._is_work(at, place)

    def _place_others(self) -> None:
        """The student's cells, each behind the cell behind which it stood."""
        copies = {at: place for place, found in self.copies.items() for at in found}
        last = -1
        for at, cell in enumerate(self.old):
            if at in self.of_old:
                last = self.of_old[at]
            elif at in copies:
                if self._stays(at, copies[at]):
                    self._keep(last, cell)
                elif self._is_work(at, copies[at]) and not same(cell, self.new[copies[at]]):
                    self._note(copies[at], CHANGED, cell)
            elif label(cell) or id_digest(cell):
                self._place_former(last, at)
            else:
                self._keep(last, cell)

    def _place_former(self, last: int, at: int) -> None:
        """A cell of an earlier release, of which the new one has nothing."""
        cell = self.old[at]
        if self._is_work(at) or ours(cell):
            self.merged.conflicts.append(_name(cell))
            self._add(last, _note(GONE, cell, name=_shown(_name(cell))))
            self._keep(last, {**cell, "id": "" if id_digest(cell) else cell["id"]})

    def _keep(self, last: int, cell: Cell) -> None:
        if label(cell):
            metadata = {k: v for k, v in cell["metadata"].items() if k not in ("nbgrader", "deletable", "editable")}
            cell = {**cell, "metadata": metadata}
        self.merged.own += "nbcore" not in cell["metadata"]
        self._add(last, cell)

    def _add(self, last: int, cell: Cell) -> None:
        self.behind.setdefault(last, []).append(cell)

    # ---------------------------------------------------------------- notes

    def _note(self, place: int, words: str, cell: Cell, about: str = "") -> None:
        """A note above a cell, with the text of the one that does not stand there. It is made once."""
        name = _name(self.new[place])
        if name not in self.merged.conflicts:
            self.merged.conflicts.append(name)
        note = _note(words, cell, about, name=_shown(name), text=_fenced(cell))
        notes = self.notes.setdefault(place, [])
        if all(one["source"] != note["source"] for one in (*self.old, *notes)):
            notes.append(note)

    def _note_twice(self) -> None:
        """Above an answer that the student's notebook did not have, where another cell of it defines the same."""
        for place, stub in enumerate(self.new):
            if place in self.of_new or not is_answer(stub):
                continue
            for at, cell in enumerate(self.old):
                if found := self._adds(at, stub["cell_type"]) & defined(stub):
                    self.merged.conflicts.append(_name(stub))
                    where = f"your cell {_shown(label(cell))}" if label(cell) else "a cell of your own"
                    parts = {"name": _shown(_name(stub)), "where": where, "what": _shown(", ".join(sorted(found)))}
                    self.notes.setdefault(place, []).append(_note(TWICE, stub, **parts))
                    break

    def _adds(self, at: int, cell_type: str) -> set[str]:
        """What the student defines in a cell where the release does not."""
        cell, place = self.old[at], self.of_old.get(at)
        if cell["cell_type"] != cell_type or "nbcore" in cell["metadata"] or not self._is_work(at, place):
            return set()
        return defined(cell) - (set() if place is None else defined(self.new[place]))

    def _without_stale_notes(self, cells: list[Cell]) -> list[Cell]:
        """Of the notes that show an answer in the text of a release, the last one stays: they are not the student's."""
        anew = {note["metadata"]["nbcore"][ABOUT]: id(note) for notes in self.notes.values() for note in notes}
        return [cell for cell in cells if not ((name := _about(cell)) and anew.get(name, id(cell)) != id(cell))]


def _alike(one: Cell, other: Cell) -> float:
    if one["cell_type"] != other["cell_type"] or len(one["source"]) > LONGEST:
        return 0.0
    return SequenceMatcher(None, one["source"].split(), other["source"].split(), autojunk=False).ratio()


def _name(cell: Cell) -> str:
    """The label of a cell, or how it begins."""
    first = next((line for line in cell["source"].splitlines() if line.strip()), "")
    words = re.sub(r"[^\w .,:()'\"=-]+", "", first).strip()
    return label(cell) or (words if len(words) <= 40 else f"{words[:37]}...") or "an empty cell"


def _metadata(notebook: dict[str, Any]) -> dict[str, Any]:
    found = notebook.get("metadata")
    return found if isinstance(found, dict) else {}


def _shown(name: str) -> str:
    words = re.sub(r"[`\s]+", " ", name)[:80]
    return f"`{words}`"


def _note(words: str, cell: Cell, about: str = "", **parts: str) -> Cell:
    source = words.format(**parts)
    found: Cell = {
        "cell_type": "markdown",
        "id": _note_id(source),
        "metadata": {"nbcore": {ABOUT: about}},
        "source": source,
    }
    if "{text}" in words and "attachments" in cell:
        found["attachments"] = cell["attachments"]
    return found


def _about(cell: Cell) -> str:
    """The name of the answer whose text of a release is shown in this note; "" where it is none, or was changed."""
    found = cell["metadata"].get("nbcore")
    name = found.get(ABOUT) if isinstance(found, dict) else None
    return name if isinstance(name, str) and cell["id"] == _note_id(cell["source"]) else ""


def _note_id(source: str) -> str:
    return f"note-{hashlib.sha256(source.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _fenced(cell: Cell) -> str:
    """The text of a cell to read, letter by letter."""
    longest = max((len(run) for run in re.findall("`+", cell["source"])), default=0)
    fence = "`" * max(3, longest + 1)
    kind = {"code": "python", "markdown": "markdown"}.get(cell["cell_type"], "")
    return f"{fence}{kind}\n{cell['source']}\n{fence}"
