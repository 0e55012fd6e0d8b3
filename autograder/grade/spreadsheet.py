"""Tables that people open in a spreadsheet."""

from typing import Final

# The signs that https://owasp.org/www-community/attacks/CSV_Injection names; the last four are wide forms.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def plain_text(text: str) -> str:
    """A spreadsheet takes a cell that starts like a formula for one; the text may come from a student's file."""
    return f"'{text}" if text.startswith(_FORMULA) and text != "-" else text
