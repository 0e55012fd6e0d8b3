"""Formulas as MathML, which browsers show without any script: nothing has to be loaded. Pure functions over text.

latex2mathml turns TeX into MathML and escapes nothing, so what it gives is read as XML, and only elements and
attributes of MathML's looks are let through. A formula that it cannot turn is shown as it was written.
"""

import re
from functools import lru_cache
from html import escape, unescape
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

from latex2mathml.converter import convert

from .sanitize import parts_of

_MOST: Final = 4000  # characters: what is longer is no formula
_FORMULA: Final = re.compile(
    r"\$\$(?P<block>.+?)\$\$"
    r"|\\\[(?P<bracket>.+?)\\\]"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.+?\\end\{(?P=name)\})"
    r"|\\\((?P<paren>.+?)\\\)"
    r"|(?<![\\$])\$(?P<inline>(?:[^$\\]|\\.)+?)\$(?![\d$])",
    re.DOTALL,
)
_NAMESPACE: Final = ' xmlns="http://www.w3.org/1998/Math/MathML"'  # HTML needs none
_BLOCKS: Final = ("block", "bracket", "environment")
_ALIGNED: Final = {
    "aligned": "split",
    "align": "align*",
    "equation": "split",
    "equation*": "split",
    "gathered": "split",
}
# What the converter leaves to a browser's font, which has it only where it was made for formulas: a prime is a raised
# sign already, a minus behind a bracket or a relation is a sign, and there is a space behind the name of a function.
_LOOKS: Final = (
    (
        re.compile(r"<msup>(<m[io][^>]*>[^<]*</m[io]>)<mi>(&#x0203[2-4];)</mi></msup>"),
        r"\1<mo lspace='0' rspace='0'>\2</mo>",
    ),
    (
        re.compile(
            r"(<mo[^>]*>(?:&#x00028;|&#x0005B;|&#x0002C;|&#x0003D;|&#x02264;|&#x02265;|&#x0003C;|&#x0003E;)</mo>)<mo>(&#x02212;|\+)</mo>"
        ),
        r"\1<mo form='prefix'>\2</mo>",
    ),
    (
        re.compile(r"(<mi>(?:ln|log|exp|sin|cos|tan|tanh|max|min)</mi>)(?=<m(?:i|n|sub|sup|subsup|frac|sqrt)>)"),
        r"\1<mspace width='0.17em'/>",
    ),
)
_LINE_END: Final = re.compile(r"(?<!\\)\\\n")
_ENVIRONMENT: Final = re.compile(r"\\(begin|end)\{([a-z]+\*?)\}")
_ELEMENTS: Final = frozenset(
    {"math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle", "mpadded"}
    | {"mphantom", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "menclose"}
)
_ATTRIBUTES: Final = frozenset(
    [
        "xmlns",
        "display",
        "displaystyle",
        "scriptlevel",
        "mathvariant",
        "stretchy",
        "fence",
        "form",
        "separator",
        "accent",
        "accentunder",
        "linethickness",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "symmetric",
        "movablelimits",
        "notation",
        "columnalign",
        "rowalign",
        "columnspacing",
        "rowspacing",
        "columnlines",
        "rowlines",
        "width",
        "height",
        "depth",
        "linebreak",
        "largeop",
        "mathcolor",
        "mathsize",
        "columnspan",
    ]
)


def with_mathml(html: str) -> str:
    """Clean HTML with its formulas as MathML."""
    if "$" not in html and "\\" not in html:
        return html
    return "".join(
        _FORMULA.sub(_shown, part) if formulas and not part.startswith("<") else part
        for part, formulas in parts_of(html)
    )


def _shown(found: re.Match[str]) -> str:
    block = any(found[name] for name in _BLOCKS)
    tex = next(found[name] for name in (*_BLOCKS, "paren", "inline") if found[name])
    shown = mathml(unescape(tex).strip(), "block" if block else "inline")
    if shown is None:
        return f'<code class="tex">{escape(unescape(found[0]), quote=False)}</code>'
    return shown


@lru_cache(4096)
def mathml(tex: str, display: str = "inline") -> str | None:
    """A formula as MathML, display "inline" or "block"; None where that cannot be done safely."""
    if len(tex) > _MOST:
        return None
    try:
        # A backslash at the end of a line is a space.
        made = convert(_ENVIRONMENT.sub(_known_environment, _LINE_END.sub("\\\\ ", tex)), display=display)
    except Exception:  # the converter promises nothing
        return None
    for pattern, better in _LOOKS:
        made = pattern.sub(better, made)
    # A wide one scrolls by itself: also with the keyboard.
    return made.replace(_NAMESPACE, ' tabindex="0"' if display == "block" else "") if _is_plain(made) else None


def _known_environment(found: re.Match[str]) -> str:
    return f"\\{found[1]}{{{_ALIGNED.get(found[2], found[2])}}}"


def _is_plain(text: str) -> bool:
    """Whether this is MathML alone, in which nothing acts, leads away or is loaded."""
    good = True

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal good
        good = good and name in _ELEMENTS and _ATTRIBUTES.issuperset(attributes)

    parser = ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(text, True)
    except (ExpatError, UnicodeError):
        return False
    return good
