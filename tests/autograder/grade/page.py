"""Reads a page as a browser would, for what of an attacker's own would run or lead away. The needle is `evil`."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Collects what a browser or MathJax would run. Program text is shown in <pre>."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open += [tag] if tag in ("script", "pre", "svg", "iframe") else []
        for name, value in attrs:
            if "evil" in (value or "") and (name.startswith("on") or name in ("href", "src", "srcdoc", "style")):
                self.active.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            del self._open[self._open.index(tag) :]

    def handle_data(self, data: str) -> None:
        if "evil" in data and ("script" in self._open or "iframe" in self._open):
            self.active.append(data)
        if "\\href" in data and not self._open:
            self.active.append(data)


def active_parts(text: str) -> list[str]:
    page = Page()
    page.feed(text)
    page.close()
    return page.active
