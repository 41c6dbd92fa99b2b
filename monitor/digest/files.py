"""Where the templates, the translations and the fonts of the digest lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from monitor.errors import RenderError


@cache
def templates() -> Path:
    """Folder of the templates: inside an installed package, else beside it in a checkout.

    Raises:
        RenderError: there is none.
    """
    package = Path(__file__).parents[1]
    places = [package / "templates", package.parent / "templates"]
    for place in places:
        if (place / "web" / "digest.html").is_file():
            return place
    raise RenderError(
        f"no digest templates in {' or '.join(map(str, places))}: install recession-monitor again"
    )
