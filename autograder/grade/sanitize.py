"""A student's HTML and Markdown, made safe for the browser of another person. Pure functions over text.

What can neither run nor call out is shown, pictures and sounds above all that stand in the page itself.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape, unescape
from typing import Any, Final
from urllib.parse import unquote
from xml.parsers.expat import ExpatError, ParserCreate

import nh3
from nbconvert.filters import markdown2html

from .tags import is_too_deep, tags

# An SVG in <img> is a still picture: browsers run no script of it and load nothing that it names.
IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
# Commands of MathJax that put links, identifiers or styles into the page.
_ACTIVE_MATHS: Final = re.compile(r"\\(?:href|require|cssId|class|style|data|html[A-Za-z]*)(?![A-Za-z])")
_NO_MATHS: Final = frozenset({"pre", "code"})  # where MathJax looks for no formula
_TAGS: Final = re.compile(r'(<(?:[^">]|"[^"]*")*>)')
# nbconvert stops at the name of an attachment that is not there, so they go through it under another scheme.
_ATTACHMENT, _SCHEME = "attachment:", "x-attached:"
_ATTACHED: Final = re.compile(rf'src="{_SCHEME}([^"]*)"')
_INLINE: Final = re.compile(r"(?:image|audio|video)/[a-z0-9.+-]+[;,]", re.IGNORECASE)  # behind "data:"
_FILE: Final = re.compile(r"[\w.][^:\\?]*")  # beside the page, and no address
_BOX: Final = re.compile(r"<input\b[^<>]*\btype=[\"']?(checkbox|radio)\b[^<>]*>", re.IGNORECASE)
_BOXES: Final = {"checkbox": "\N{BALLOT BOX}\N{BALLOT BOX WITH CHECK}", "radio": "\N{WHITE CIRCLE}\N{FISHEYE}"}
_CHECKED: Final = re.compile(r"\schecked\b", re.IGNORECASE)
_ACTS: Final = re.compile(r"<(?:script|foreignobject)\b|[\s/\"']on\w+\s*=", re.IGNORECASE)

_TAGS_SHOWN: Final = nh3.ALLOWED_TAGS | {
    "address",
    "audio",
    "big",
    "fieldset",
    "font",
    "label",
    "legend",
    "main",
    "meter",
    "nobr",
    "progress",
    "section",
    "source",
    "tfoot",
    "video",
}
_SIZES: Final = {"width", "height"}
_CELL: Final = {"align", "valign", "bgcolor", "nowrap", *_SIZES}
_MORE_ATTRIBUTES: Final = {
    "*": {"style", "title", "lang", "dir"},
    "a": {"title"},
    "audio": {"src", "controls", "loop"},
    "details": {"open"},
    "font": {"color", "size"},
    "img": {"title"},
    "li": {"value"},
    "meter": {"value", "min", "max", "low", "high", "optimum"},
    "ol": {"type", "reversed"},
    "progress": {"value", "max"},
    "source": {"src", "type"},
    "table": {"border", "cellpadding", "cellspacing", *_CELL},
    "td": _CELL,
    "th": _CELL,
    "tr": _CELL,
    "video": {"src", "controls", "loop", *_SIZES},
    **{f"h{level}": {"align"} for level in range(1, 7)},
    "div": {"align"},
    "p": {"align"},
}
_ATTRIBUTES: Final = {
    tag: nh3.ALLOWED_ATTRIBUTES.get(tag, set()) | _MORE_ATTRIBUTES.get(tag, set())
    for tag in {*nh3.ALLOWED_ATTRIBUTES, *_MORE_ATTRIBUTES}
}
# Nothing that places an element elsewhere, or takes an image.
_SIDES: Final = ("border", "border-top", "border-right", "border-bottom", "border-left")
_PROPERTIES: Final = {
    *(f"{side}{what}" for side in _SIDES for what in ("", "-color", "-style", "-width")),
    "background-color",
    "border-collapse",
    "color",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "max-height",
    "max-width",
    "min-width",
    "padding",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
    "width",
}
_STYLE_LOADS: Final = re.compile(r"url|image|src|attr|\\", re.IGNORECASE)
# Looks only: no reader asks where they went. Nor for the frame of a whole page.
_LOOKS: Final = frozenset(
    {"style", "class", "id", "border", "scoped", "rel", "role", "target", "tabindex", "html", "head", "body"}
    | {"autoplay", "datetime", "decoding", "for", "loading", "muted", "name", "playsinline", "preload"}
)
_INERT: Final = ("data-", "aria-")

Attachments = Mapping[str, Mapping[str, Any]]


def clean(text: str) -> str:
    """HTML without anything that acts or is loaded from elsewhere, and without formulas that make a link.

    Loading a picture tells its server who reads the page, and an address of the reader's own server may act there.
    """
    plainer = _plainer(text) if "<" in text else ""
    if is_too_deep(plainer):  # which takes the time of its depth in the square, here and in a browser
        text = escape(text)
    elif plainer:
        text = nh3.clean(
            plainer,
            tags=_TAGS_SHOWN,
            attributes=_ATTRIBUTES,
            attribute_filter=_safe_value,
            url_schemes=nh3.ALLOWED_URL_SCHEMES | {_SCHEME[:-1], "data"},
            filter_style_properties=_PROPERTIES,
        )
    return "".join(_ACTIVE_MATHS.sub(r"\\text", part) if formulas else part for part, formulas in parts_of(text))


def _safe_value(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "style":
        return None if _STYLE_LOADS.search(value) else value
    if attribute not in ("src", "href"):
        return value
    # As a browser reads an address: without what it ignores.
    address = re.sub(r"[\t\n\r]", "", value).strip("".join(map(chr, range(33))))
    scheme, colon, rest = address.partition(":")
    is_data = bool(colon) and scheme.lower() == "data"
    if attribute == "href":
        return None if is_data else value
    if is_data:
        return address if _INLINE.match(rest) else None
    if address.startswith(_SCHEME):
        return address
    return address if not address or (_FILE.fullmatch(address) and ".." not in unquote(address)) else None


def _plainer(html: str) -> str:
    """A box to tick or a choice as a character, and a drawing within the text as a picture."""
    html = _BOX.sub(lambda box: _BOXES[box[1].lower()][_CHECKED.search(box[0]) is not None], html)
    if "</svg" not in html.lower():
        return html
    parts, done = [], 0
    for start, end in _drawings(html):
        parts += [html[done:start], _as_image(html[start:end])]
        done = end
    return "".join([*parts, html[done:]])


def _as_image(svg: str) -> str:
    """A drawing as a picture. One that acts, or that is no XML and so no picture, goes, and the reader is told."""
    head, bracket, rest = svg.partition(">")
    if "xmlns=" not in head:
        head = f'{head[:4]} xmlns="http://www.w3.org/2000/svg"{head[4:]}'
    if "xlink:" in rest and "xmlns:xlink=" not in svg:
        head = f'{head[:4]} xmlns:xlink="http://www.w3.org/1999/xlink"{head[4:]}'
    drawn = head + bracket + rest
    try:
        ParserCreate().Parse(drawn, True)
    except (ExpatError, UnicodeError):
        return svg
    return svg if _ACTS.search(svg) else picture("image/svg+xml", drawn)


def _drawings(html: str) -> Iterator[tuple[int, int]]:
    """Where the outermost `<svg>` begin and end."""
    depth = start = 0
    for tag in tags(html):
        if tag.name == "svg" and not tag.is_end and not tag.empty:
            start = start if depth else tag.start
            depth += 1
        elif tag.name == "svg" and tag.is_end and depth:
            depth -= 1
            if not depth:
                yield start, tag.end


def picture(kind: str, data: str) -> str:
    """An HTML image of an output's data: base64, or an SVG's text. Empty where it is none."""
    address = _address(kind, data)
    return f'<img alt="" src="{address}">' if address else ""


def _address(kind: str, data: object) -> str:
    if not isinstance(data, str):
        return ""
    if kind == "image/svg+xml" and data.lstrip().startswith("<"):
        return f"data:{kind};base64,{base64.b64encode(data.encode('utf-8', 'replace')).decode()}"
    try:
        exact = base64.b64encode(base64.b64decode("".join(data.split()), validate=True)).decode()
    except (ValueError, binascii.Error):
        return ""
    return f"data:{kind};base64,{exact}"


def parts_of(html: str) -> Iterator[tuple[str, bool]]:
    """The clean HTML in parts, each with whether MathJax looks for formulas in it."""
    depth = 0
    for part in _TAGS.split(html):
        name = re.match(r"</?(\w*)", part)
        if name and part.endswith(">") and name[1] in _NO_MATHS:
            depth = max(0, depth - 1) if part.startswith("</") else depth + 1
        yield part, depth == 0


def rendered(text: str, attachments: Attachments | None = None) -> str:
    """Markdown as clean HTML in one block. Markdown itself cannot be cleaned: it spells a link in too many ways."""
    return block(_with_images(clean(html_of(text)), attachments or {}))


@lru_cache(512)  # most of a class's texts are the author's
def html_of(text: str) -> str:
    """Markdown as HTML, not cleaned. What cannot be converted, a thousand quotes in each other, is shown as it is."""
    try:
        return str(markdown2html(text.replace(_ATTACHMENT, _SCHEME)))
    except Exception:  # the converter promises nothing, and a page must not fail because of a student's text
        return f"<pre>{escape(text)}</pre>"


def block(html: str) -> str:
    """HTML that Markdown leaves alone: a blank line would end the block, and what follows be read as Markdown."""
    return "<div>\n" + re.sub(r"\n(?=[^\S\n]*\n)", "&#10;", html.strip().replace("\r", "")) + "\n</div>"


def _with_images(html: str, attachments: Attachments) -> str:
    def source(match: re.Match[str]) -> str:
        bundle = attachments.get(unquote(unescape(match[1])), {})
        addresses = (_address(kind, bundle.get(kind)) for kind in IMAGES)
        return f'src="{next(filter(None, addresses), "")}"'

    return _ATTACHED.sub(source, html).replace(_SCHEME, _ATTACHMENT)


def takes_something(before: str, after: str) -> bool:
    """Whether cleaning has taken elements or attributes away, other than those of looks."""
    wanted = _Parts(_plainer(before))
    return bool(wanted.seen - _Parts(after).seen) or wanted.active_maths


class _Parts:
    """seen: its elements and their attributes, but for looks. active_maths: whether a formula of it acts."""

    def __init__(self, html: str) -> None:
        self.seen: Counter[str] = Counter()
        self.active_maths = False
        no_maths = behind = 0
        for tag in tags(html):
            self.active_maths = self.active_maths or (not no_maths and _acts(html[behind : tag.start]))
            behind = tag.end
            if tag.name in _NO_MATHS:
                no_maths = max(0, no_maths + (-1 if tag.is_end else 1))
            if not tag.is_end:
                names = (tag.name, *tag.attributes())
                self.seen.update(n for n in names if n not in _LOOKS and not n.startswith(_INERT))
        self.active_maths = self.active_maths or (not no_maths and _acts(html[behind:]))


def _acts(text: str) -> bool:
    return _ACTIVE_MATHS.search(unescape(text)) is not None
