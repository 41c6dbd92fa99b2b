from __future__ import annotations

import base64
import hashlib
import re

from monitor.digest import script


def test_the_policy_allows_this_script_and_no_other() -> None:
    found = re.fullmatch(r"'sha256-([A-Za-z0-9+/]{43}=)'", script.csp_hash())
    assert found
    assert base64.b64decode(found[1]) == hashlib.sha256(script.SOURCE.encode()).digest()


def test_the_script_can_stand_in_a_page_as_it_is() -> None:
    for end in ("</script", "<!--", "\r", "&amp;"):
        assert end not in script.SOURCE
    assert len(script.SOURCE) < 3_500


def test_the_script_asks_for_nothing_and_writes_no_markup() -> None:
    for forbidden in ("fetch", "XMLHttp", "import", "eval", "innerHTML", "http://", "https://"):
        found = script.SOURCE.replace("http://www.w3.org/2000/svg", "")
        assert forbidden not in found
    assert not re.search(r"setAttribute\(\s*[\"'](style|on)", script.SOURCE)
