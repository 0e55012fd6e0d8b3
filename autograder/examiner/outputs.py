"""Collects the outputs of a cell as nbformat 4 dicts, from events that the student's process sends.

Every event is checked, and what is kept of them is limited: what is too much is cut off, and the cell runs on. Nothing
in them decides a mark of a hidden test.
"""

import io
import json
from dataclasses import dataclass
from typing import Any, Final

_NAMES: Final = ("stdout", "stderr")
_CUT: Final = "output limit reached: the rest of this cell's output was dropped"
# A cell's results may be points: so many, of so many bytes, are kept whatever else was printed or shown.
_RESULTS: Final = 100
_RESULT_SIZE: Final = 10_000
_ERRORS: Final = 10
_DEEPEST: Final = 50  # of JSON data within each other


@dataclass
class _Kept:
    """An output, or the text of a stream so far, with the name under which it can be updated and its size."""

    output: dict[str, Any]
    size: int = 0
    name: str | None = None
    text: io.StringIO | None = None


class OutputCollector:
    """Outputs of one cell. `room` is in characters; printed text may take `text_room` of it: figures come behind."""

    def __init__(self, room: int, text_room: int, count: int) -> None:
        self.used = self.printed = 0
        self.has_error = False
        self.dropped: list[str] = []
        self._room = room
        self._text_room = text_room
        self._count = count
        self._results, self._errors = _RESULTS, _ERRORS
        self._kept: list[_Kept] = []
        self._clear_next = False
        self._cut = False

    def add(self, event: Any) -> None:
        """One event; one that is malformed or beyond the limits is dropped, and `dropped` says why."""
        try:
            self._add(event)
        except (ValueError, TypeError, LookupError, RecursionError):
            self._note("an output that is none was dropped")

    def add_error(self, name: str, message: str, trace: list[str] | None = None) -> None:
        self.has_error = True
        lines = trace if trace is not None else [f"{name}: {message}"]
        self._append({"output_type": "error", "ename": name, "evalue": message, "traceback": lines})

    def outputs(self) -> list[dict[str, Any]]:
        return [{**kept.output, "text": kept.text.getvalue()} if kept.text else kept.output for kept in self._kept]

    def _note(self, text: str) -> None:
        if text not in self.dropped:
            self.dropped.append(text)

    def _add(self, event: Any) -> None:
        kind = event[0]
        if kind == "clear":
            if event[1] is True:
                self._clear_next = True
            else:
                self._clear()
            return
        if kind == "error":
            _, name, message, trace = event
            # Whatever else was printed or shown: without it a flood of output would hide it.
            self._errors -= 1
            if self._errors < 0:
                self._note(_CUT)
                return
            self.add_error(_text(name)[:200], _text(message)[:4000], [_text(line)[:20_000] for line in trace[:200]])
            return
        if kind == "cut":
            self._cut_off()
            return
        if self._clear_next:
            self._clear()
        if kind == "stream":
            self._stream(event[1], _text(event[2]))
        elif kind == "display":
            self._display(_size(event), *event[1:])
        elif kind == "result":
            _, count, data, metadata = event
            if type(count) is not int or not 0 <= count < 1 << 31:
                raise ValueError
            output = {
                "output_type": "execute_result",
                "execution_count": count,
                "data": _bundle(data),
                "metadata": _metadata(metadata),
            }
            size = _size(event)
            if size <= _RESULT_SIZE and self._results:
                self._results -= 1
                self._append(output, size)
            elif self._has_room(size):
                self._append(output, size)
        else:
            raise ValueError(kind)

    def _has_room(self, size: int) -> bool:
        """Whether one more output of this size is kept. If not, the outputs say so."""
        if self.used + size <= self._room and len(self._kept) < self._count:
            return True
        self._cut_off()
        return False

    def _cut_off(self) -> None:
        self._note(_CUT)
        if not self._cut:
            self._cut = True
            self._append({"output_type": "stream", "name": "stderr", "text": f"\n{_CUT}\n"})

    def _stream(self, name: Any, text: str) -> None:
        if name not in _NAMES:
            raise ValueError(name)
        last = self._kept[-1] if self._kept else None
        goes_on = last is not None and last.text is not None and last.output["name"] == name
        left = min(self._text_room - self.printed, self._room - self.used)
        part = text[: max(left, 0)]
        if part and goes_on and last is not None and last.text is not None:
            last.text.write(part)
            last.size += len(part)
            self.used += len(part)
            self.printed += len(part)
        elif part and self._has_room(len(part)):
            whole = io.StringIO()
            whole.write(part)
            self._append({"output_type": "stream", "name": name}, len(part), text=whole)
            self.printed += len(part)
        if len(part) < len(text):
            self._cut_off()

    def _display(self, size: int, data: Any, metadata: Any, name: Any, update: Any) -> None:
        bundle, extra = _bundle(data), _metadata(metadata)
        if name is not None and type(name) is not str:
            raise TypeError
        if update is True:
            for kept in self._kept[:]:
                if name is None or kept.name != name:
                    continue
                if self.used + size - kept.size > self._room:
                    self._cut_off()
                    break
                self.used += size - kept.size
                kept.output["data"], kept.output["metadata"], kept.size = bundle, extra, size
        elif self._has_room(size):
            self._append({"output_type": "display_data", "data": bundle, "metadata": extra}, size, name)

    def _append(
        self, output: dict[str, Any], size: int = 0, name: str | None = None, text: io.StringIO | None = None
    ) -> None:
        self.used += size
        self._kept.append(_Kept(output, size, name, text))

    def _clear(self) -> None:
        self._clear_next = self._cut = False
        self.used = self.printed = 0
        # What was an error stays one: clearing the screen earns nothing.
        self._kept = [_Kept(kept.output) for kept in self._kept if kept.output["output_type"] == "error"]


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("not a text")
    return value.encode("utf-8", "replace").decode("utf-8")


def _cleaned(value: Any, depth: int = 0) -> Any:
    """JSON data whose texts can be written to a file, and which is not nested too deeply for those who read it."""
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    if type(value) is dict:
        return {_text(name): _cleaned(item, depth + 1) for name, item in value.items()}
    if type(value) is list:
        return [_cleaned(item, depth + 1) for item in value]
    return _text(value) if type(value) is str else value


def _size(value: Any) -> int:
    if type(value) is tuple:
        return 16 + sum(map(_size, value))
    return len(value) if type(value) in (str, bytes) else 8


def _bundle(pairs: Any) -> dict[str, Any]:
    bundle: dict[str, Any] = {}
    for mime, value in pairs:
        name, content = _text(mime)[:200], _text(value)
        bundle[name] = _cleaned(json.loads(content)) if name.endswith("json") else content
    if not bundle:
        raise ValueError("an empty bundle")
    return bundle


def _metadata(text: Any) -> dict[str, Any]:
    value = _cleaned(json.loads(_text(text)))
    return value if type(value) is dict else {}
