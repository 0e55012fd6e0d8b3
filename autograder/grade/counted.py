"""A number with its noun."""


def counted(number: float, noun: str) -> str:
    """ "1 point", "0.5 points"."""
    text = f"{round(number, 2):g}"
    return f"{text} {noun}" if text == "1" else f"{text} {noun}s"
