"""The one script of the page: it shows values under a pointer. The page is complete without it."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from monitor.digest import files

SOURCE: Final = (files.templates() / "web" / "hover.js").read_text(encoding="utf-8")
"""The text between ``<script>`` and ``</script>``, without anything before or after it."""


def csp_hash() -> str:
    """The source expression that allows this script in a policy, with its quotes.

    ``script-src`` of Content Security Policy Level 3, section 2.3.1.
    """
    digest = hashlib.sha256(SOURCE.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
