"""What tools do to a notebook when they save it: each as a function from the notebook as JSON data to the file's bytes.

`TOOLS` names the ones that students use; the rest of what can be lost is every combination of `Saved`.
"""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

import jupytext
import nbformat

Book = dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """One way to save a notebook."""

    labels: Literal["kept", "of code only", "of text only", "lost"] = "kept"
    ids: Literal["kept", "renewed", "numbered", "none"] = "kept"
    minor: int = 5
    sources: Literal["lines", "text", "lines without ends"] = "lines"
    code: Callable[[list[str]], list[str]] | None = None
    metadata: str | None = None  # a key that the tool adds to each cell

    def __call__(self, book: Book) -> bytes:
        book = copy.deepcopy(book)
        cells = book["cells"]
        if self.code is not None:
            code = [cell for cell in cells if cell["cell_type"] == "code"]
            for cell, source in zip(code, self.code([cell["source"] for cell in code]), strict=True):
                cell["source"] = source
        for number, cell in enumerate(cells):
            if self.labels in ("lost", "of text only" if cell["cell_type"] == "code" else "of code only"):
                cell["metadata"] = {}
            if self.metadata:
                cell["metadata"][self.metadata] = {"number": number}
            if self.ids == "none":
                del cell["id"]
            elif self.ids != "kept":
                cell["id"] = str(number) if self.ids == "numbered" else f"{number * 7919:08x}"
            if self.sources != "text":
                cell["source"] = cell["source"].splitlines(keepends=self.sources == "lines")
        return json.dumps({**book, "nbformat_minor": self.minor}).encode()


def formatted(width: int) -> Callable[[list[str]], list[str]]:
    """The code as a formatter leaves it that keeps to Black's style."""

    def change(sources: list[str]) -> list[str]:
        command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={width}", "-"]
        line = "\n\n# next cell\n\n"
        done = subprocess.run(command, input=line.join(sources), capture_output=True, text=True, check=True)
        return [part.strip("\n") for part in re.split(r"\n*# next cell\n*", done.stdout)]

    return change


def by_jupytext(form: str, metadata: dict[str, Any] | None = None) -> Callable[[Book], bytes]:
    """Written as text, and read back. metadata: of the notebook, as a student's settings put it there."""

    def save(book: Book) -> bytes:
        text = jupytext.writes(nbformat.from_dict({**book, "metadata": {**book["metadata"], **(metadata or {})}}), form)
        return nbformat.writes(jupytext.reads(text, form)).encode()

    return save


def as_version_3(book: Book) -> bytes:
    return nbformat.v3.writes_json(nbformat.convert(nbformat.from_dict(book), 3)).encode()


def encoded(encoding: str) -> Callable[[Book], bytes]:
    return lambda book: json.dumps(book, ensure_ascii=False).encode(encoding)


def with_line_ends_of_windows(sources: list[str]) -> list[str]:
    return [source.replace("\n", "\r\n") for source in sources]


TOOLS: dict[str, Callable[[Book], bytes]] = {
    "JupyterLab 4, Notebook 7": Saved(),
    "VS Code": Saved(metadata="vscode"),
    "Notebook 6, CoCalc": Saved(ids="none", minor=4),
    "Colab": Saved(ids="none", minor=0, metadata="colab"),
    "Deepnote": Saved(ids="renewed", metadata="deepnote_cell_type"),
    "papermill": Saved(metadata="papermill"),
    "nbstripout": Saved(ids="numbered"),
    "Quarto": Saved(labels="of code only", ids="renewed"),
    "nb-clean, nbdev": Saved(labels="lost"),
    "marimo": Saved(labels="lost", ids="renewed"),
    "Black, Ruff": Saved(code=formatted(88)),
    "Black, Ruff, and labels lost": Saved(labels="lost", ids="none", minor=4, code=formatted(60)),
    "an editor of Windows": Saved(code=with_line_ends_of_windows),
    "jupytext: percent": by_jupytext("py:percent"),
    "jupytext: light": by_jupytext("py:light"),
    "jupytext: Markdown": by_jupytext("md"),
    "jupytext: MyST": by_jupytext("md:myst"),
    "jupytext: Sphinx": by_jupytext("py:sphinx"),
    "jupytext: Hydrogen": by_jupytext("py:hydrogen"),
    "jupytext: R Markdown": by_jupytext("Rmd"),
    "jupytext: no metadata of cells": by_jupytext(
        "py:percent", metadata={"jupytext": {"cell_metadata_filter": "-all"}}
    ),
    "notebook format 3": as_version_3,
    "UTF-16": encoded("utf-16"),
    "a byte order mark": encoded("utf-8-sig"),
}

WAYS = [
    Saved(labels, ids, minor, sources)
    for labels, ids, minor, sources in product(
        ("kept", "of code only", "of text only", "lost"),
        ("kept", "renewed", "numbered", "none"),
        (0, 4, 5),
        ("lines", "text", "lines without ends"),
    )
]
WITHOUT_MARKERS = by_jupytext("py:nomarker")  # cells end where a blank line stands
LOST = replace(Saved(), labels="lost", ids="none", minor=4)
