"""Collects the outputs of a cell as nbformat 4 dicts, from events that the student's process sends.

Every event is checked, and the sum of them is limited; nothing in them decides a mark of a hidden test.
"""

import json
from typing import Any, Final

_NAMES: Final = ("stdout", "stderr")


class OutputCollector:
    """Outputs of one cell. `room` is in bytes."""

    def __init__(self, room: int, count: int) -> None:
        self.used = 0
        self.flooded = 0
        self.has_error = False
        self.dropped: list[str] = []
        self._room = room
        self._count = count
        self._outputs: list[dict[str, Any]] = []
        self._ids: list[str | None] = []
        self._clear_next = False

    def add(self, event: Any) -> None:
        """One event; one that is malformed or beyond the limits is dropped, and `dropped` says why."""
        try:
            self._add(event)
        except (ValueError, TypeError, KeyError, RecursionError):
            self._note("an output that is none was dropped")

    def add_error(self, name: str, message: str, trace: list[str] | None = None) -> None:
        self.has_error = True
        lines = trace if trace is not None else [f"{name}: {message}"]
        self._append({"output_type": "error", "ename": name, "evalue": message, "traceback": lines})

    def outputs(self) -> list[dict[str, Any]]:
        return self._outputs

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
            # An error is always kept: without it a flood of output would hide it.
            self.add_error(_text(name)[:200], _text(message)[:4000], [_text(line)[:20_000] for line in trace[:200]])
            return
        size = _size(event)
        if self.used + size > self._room or len(self._outputs) >= self._count:
            self.flooded += 1
            self._note("output limit reached: the rest of this cell's output was dropped")
            return
        self.used += size
        if self._clear_next:
            self._clear()
        if kind == "stream":
            self._stream(event[1], _text(event[2]))
        elif kind == "display":
            self._display(*event[1:])
        elif kind == "result":
            _, count, data, metadata = event
            if type(count) is not int or not 0 <= count < 1 << 31:
                raise ValueError
            self._append(
                {
                    "output_type": "execute_result",
                    "execution_count": count,
                    "data": _bundle(data),
                    "metadata": _metadata(metadata),
                }
            )
        else:
            raise ValueError(kind)

    def _stream(self, name: Any, text: str) -> None:
        if name not in _NAMES:
            raise ValueError(name)
        last = self._outputs[-1] if self._outputs else None
        if last is not None and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self._append({"output_type": "stream", "name": name, "text": text})

    def _display(self, data: Any, metadata: Any, name: Any, update: Any) -> None:
        bundle, extra = _bundle(data), _metadata(metadata)
        if name is not None and type(name) is not str:
            raise TypeError
        if update is True:
            for output, other in zip(self._outputs, self._ids, strict=True):
                if name is not None and other == name:
                    output["data"], output["metadata"] = bundle, extra
            return
        self._append({"output_type": "display_data", "data": bundle, "metadata": extra}, name)

    def _append(self, output: dict[str, Any], name: str | None = None) -> None:
        self._outputs.append(output)
        self._ids.append(name)

    def _clear(self) -> None:
        self._clear_next = False
        # What was an error stays one: clearing the screen earns nothing.
        kept = [output for output in self._outputs if output["output_type"] == "error"]
        self._outputs[:] = kept
        self._ids[:] = [None] * len(kept)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("not a text")
    return value.encode("utf-8", "replace").decode("utf-8")


def _size(value: Any) -> int:
    if type(value) is tuple:
        return 16 + sum(map(_size, value))
    return len(value) if type(value) in (str, bytes) else 8


def _bundle(pairs: Any) -> dict[str, Any]:
    bundle: dict[str, Any] = {}
    for mime, value in pairs:
        name, content = _text(mime)[:200], _text(value)
        bundle[name] = json.loads(content) if name.endswith("json") else content
    if not bundle:
        raise ValueError("an empty bundle")
    return bundle


def _metadata(text: Any) -> dict[str, Any]:
    value = json.loads(_text(text))
    return value if type(value) is dict else {}
