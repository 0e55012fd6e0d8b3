"""Tables that people open in a spreadsheet."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def plain_text(text: str) -> str:
    """A spreadsheet takes a cell that starts like a formula for one; the text may come from a student's file."""
    return f"'{text}" if text.startswith(_FORMULA) else text
