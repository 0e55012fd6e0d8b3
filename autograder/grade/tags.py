"""The tags of some HTML, as a browser's tokenizer finds them, and how deep they nest. In one pass: the standard
library's parser takes the square of the length of what is malformed.

HTML standard, 13.2.5 (tokenization) and 13.2.6 (tree construction).
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEAD: Final = re.compile(r"<(/?)([a-z][^\s/>]*)", re.IGNORECASE)
_QUOTE_OR_END: Final = re.compile(r"=\s*[\"']|>")
_ATTRIBUTE: Final = re.compile(r"([^\s\"'>/=]+)(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]*))?")
# What stands in these is no HTML.
_RAW: Final = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"})


@dataclass(frozen=True)
class Tag:
    """start, end: its place. empty: whether it ends in "/>"."""

    name: str
    is_end: bool
    start: int
    end: int
    text: str

    @property
    def empty(self) -> bool:
        return self.text.endswith("/>")

    def attributes(self) -> list[str]:
        """Their names."""
        inside = self.text[len(self.name) + 1 : -1]
        return [name.lower() for name in _ATTRIBUTE.findall(inside)]


def tags(html: str) -> Iterator[Tag]:
    """In their order; comments are none, nor is what stands in a script. What comes behind a tag, a comment or a script
    without an end is part of it."""
    at = 0
    while (at := html.find("<", at)) >= 0:
        head = _HEAD.match(html, at)
        if head is None:
            last = "-->" if html.startswith("<!--", at) else ">" if html.startswith(("<!", "<?", "</"), at) else "<"
            found = html.find(last, at + 2 if last == "-->" else at)
            if found < 0:
                return
            at = found + len(last)
            continue
        end = _end(html, head.end())
        if end < 0:
            return
        tag = Tag(head[2].lower(), bool(head[1]), at, end, html[at:end])
        yield tag
        at = end
        if tag.name in _RAW and not tag.is_end:
            closing = re.compile(f"</{tag.name}(?![^\\s/>])", re.IGNORECASE).search(html, at)
            if closing is None:
                return
            at = closing.start()


def _end(html: str, at: int) -> int:
    """Behind the ">" of a tag, which may stand in a value before; -1 where there is none."""
    while found := _QUOTE_OR_END.search(html, at):
        if found[0] == ">":
            return found.end()
        at = html.find(found[0][-1], found.end()) + 1
        if not at:
            return -1
    return -1


# ---------------------------------------------------------------- nesting


_DEEPEST: Final = 500  # elements within each other; browsers lay out no more
_MOST_OPENED_AGAIN: Final = 1_000_000  # characters of tags
_FEW: Final = 200  # tags, which are neither deep nor many, whatever they are
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# What ends, where it is open, as an element of the name begins.
_ENDS: Final = {
    "dd": {"dd", "dt", "p"},
    "dt": {"dd", "dt", "p"},
    "li": {"li", "p"},
    "option": {"option"},
    "p": {"p"},
    "tbody": {"p", "tbody", "td", "tfoot", "th", "thead", "tr"},
    "td": {"p", "td", "th"},
    "tfoot": {"p", "tbody", "td", "tfoot", "th", "thead", "tr"},
    "th": {"p", "td", "th"},
    "tr": {"p", "td", "th", "tr"},
}
# An end tag looks for its element no further out than this.
_TABLE: Final = frozenset({"table", "template"})
_SCOPE: Final = _TABLE | {"applet", "caption", "marquee", "object", "td", "th"}
_OF_TABLES: Final = frozenset({"caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"})
# Where a block ends with one of these open, it is opened anew in what follows.
_FORMATTING: Final = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)


def is_too_deep(html: str) -> bool:
    """Whether more elements stand within each other than anybody writes, or are opened again without end."""
    return html.count("<") > _FEW and _Nesting().is_too_deep(html)


class _Nesting:
    """Follows the elements as a browser nests them, or a little deeper."""

    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []  # name, and characters of the tag
        self._of_name: Counter[str] = Counter()  # how many are open
        self._left: list[tuple[str, int]] = []  # formatting that outlives its block
        self._again = 0

    def is_too_deep(self, html: str) -> bool:
        for tag in tags(html):
            if tag.is_end:
                self._close(tag.name)
            elif tag.name not in _VOID and not (tag.empty and (self._of_name["svg"] or self._of_name["math"])):
                self._begin(tag)
                if len(self._open) + len(self._left) > _DEEPEST or self._again > _MOST_OPENED_AGAIN:
                    return True
        return False

    def _begin(self, tag: Tag) -> None:
        while self._open and self._open[-1][0] in _ENDS.get(tag.name, ()):
            self._end(len(self._open) - 1)
        self._open.append((tag.name, len(tag.text)))
        self._of_name[tag.name] += 1
        self._again += sum(size for _, size in self._left)

    def _close(self, name: str) -> None:
        borders = _TABLE if name in _OF_TABLES else _SCOPE
        for place in reversed(range(len(self._open) if self._of_name[name] else 0)):
            here = self._open[place][0]
            if here == name:
                if name not in _FORMATTING:
                    self._left += [one for one in self._open[place + 1 :] if one[0] in _FORMATTING]
                self._end(place)
                return
            if here in borders:
                return
        found = next((one for one in self._left if one[0] == name), None)
        if found is not None:
            self._left.remove(found)

    def _end(self, place: int) -> None:
        """The elements from here on."""
        self._of_name.subtract(name for name, _ in self._open[place:])
        del self._open[place:]
