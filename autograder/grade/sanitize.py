"""A student's HTML and Markdown, made safe for the browser of another person. Pure functions over text."""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import unquote

import nh3
from nbconvert.filters import markdown2html

IMAGES: Final = ("image/png", "image/jpeg", "image/gif")
# Commands of MathJax that put links, identifiers or styles into the page.
_ACTIVE_MATHS: Final = re.compile(r"\\(?:href|require|cssId|class|style|data|html[A-Za-z]*)(?![A-Za-z])")
# nbconvert stops at the name of an attachment that is not there, so they go through it under another scheme.
_ATTACHMENT, _SCHEME = "attachment:", "x-attached:"
_ATTACHED: Final = re.compile(rf'src="{_SCHEME}([^"]*)"')
_SCHEMES: Final = nh3.ALLOWED_URL_SCHEMES | {_SCHEME[:-1]}
_OUTSIDE: Final = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:|[/\\])|\.\.", re.IGNORECASE)
# Looks only: no reader asks where they went.
_LOOKS: Final = frozenset({"style", "class", "id", "border", "scoped", "rel"})

Attachments = Mapping[str, Mapping[str, Any]]


def clean(text: str, *, own_images: bool = False) -> str:
    """HTML without anything that acts, and without formulas that make a link.

    own_images: leave out images that lie elsewhere. Loading one tells its server who reads the page, and an address of
    the reader's own server may act there.
    """
    if "<" in text:
        text = nh3.clean(text, url_schemes=_SCHEMES, attribute_filter=_only_own_images if own_images else None)
    return _ACTIVE_MATHS.sub(r"\\text", text)


def _only_own_images(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src" and not value.startswith(_SCHEME) and _OUTSIDE.search(value):
        return None
    return value


def rendered(text: str, attachments: Attachments | None = None, *, own_images: bool = False) -> str:
    """Markdown as clean HTML in one block. Markdown itself cannot be cleaned: it spells a link in too many ways."""
    return block(_with_images(clean(html_of(text), own_images=own_images), attachments or {}))


def html_of(text: str) -> str:
    """Markdown as HTML, not cleaned. What cannot be converted, a thousand quotes in each other, is shown as it is."""
    try:
        return str(markdown2html(text.replace(_ATTACHMENT, _SCHEME)))
    except Exception:  # the converter promises nothing, and a page must not fail because of a student's text
        return f"<pre>{escape(text)}</pre>"


def block(html: str) -> str:
    """HTML that Markdown leaves alone: a blank line would end the block, and what follows be read as Markdown."""
    return "<div>\n" + "\n".join(line for line in html.splitlines() if line.strip()) + "\n</div>"


def _with_images(html: str, attachments: Attachments) -> str:
    def source(match: re.Match[str]) -> str:
        for kind in IMAGES:
            data = attachments.get(unquote(match[1]), {}).get(kind)
            if isinstance(data, str):
                try:
                    exact = base64.b64encode(base64.b64decode("".join(data.split()), validate=True)).decode()
                except (ValueError, binascii.Error):
                    continue
                return f'src="data:{kind};base64,{exact}"'
        return 'src=""'

    return _ATTACHED.sub(source, html).replace(_SCHEME, _ATTACHMENT)


def takes_something(before: str, after: str) -> bool:
    """Whether cleaning has taken elements or attributes away, other than those of looks."""
    return bool(_parts(before) - _parts(after)) or len(_ACTIVE_MATHS.findall(before)) > 0


class _Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.update(name for name in (tag, *(name for name, _ in attrs)) if name not in _LOOKS)


def _parts(html: str) -> Counter[str]:
    parser = _Parts()
    parser.feed(html)
    parser.close()
    return parser.seen
