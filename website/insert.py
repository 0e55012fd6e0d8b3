"""A hook of MkDocs: puts the page of a notebook, which lies beside its Markdown file as HTML, into the site's frame.

It runs in the environment of the site, which has none of the course's packages.
"""

import json
from pathlib import Path
from typing import Any

from mkdocs.structure.toc import get_toc  # type: ignore[import-not-found]

SEARCH = '<div class="md-search" data-md-component="search" role="dialog"'


def on_post_page(output: str, **_: Any) -> str:
    """The page with a name for the theme's dialog."""
    if SEARCH not in output:
        raise ValueError("the theme writes the search in another way")
    return output.replace(SEARCH, f'{SEARCH} aria-label="Search"')


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """The page with the notebook behind what its Markdown file says, and the notebook's sections as its contents."""
    inside = Path(page.file.abs_src_path).with_suffix(".inside")
    if not inside.is_file():
        return html
    found = json.loads(inside.read_text(encoding="utf-8"))
    tokens = [{"level": level, "id": anchor, "name": text, "children": []} for level, anchor, text in found["headings"]]
    first, *rest = tokens
    page.toc = get_toc([{**first, "children": rest}])
    return html + found["html"]
