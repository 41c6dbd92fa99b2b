"""The regimes of the balance sheet, as their user calls them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

DAY = "2019-12-20"


def test_the_chronology_has_no_gaps_and_ends_with_today(reader: Any) -> None:
    done = reader("regimes", "--as-of", "2026-09-30", "--json")
    assert (done.code, done.err) == (0, "")
    document = done.document
    assert (document["schema"], document["as_of"]) == (1, "2026-09-30")
    assert "programmes" not in document
    spans = document["regimes"]
    for one, after in pairwise(spans):
        end = date.fromisoformat(one["end"])
        assert date.fromisoformat(after["start"]) == end + timedelta(days=1)
    assert spans[-1]["end"] is None
    assert all(span["evidence"] and span["basis"] for span in spans)
    kinds = {(span["start"], span["end"]): span["regime"] for span in spans}
    assert kinds["2008-11-25", "2010-03-31"] == "qe"
    assert kinds["2019-10-11", "2020-03-14"] == "reserve_management"
    assert spans[0]["regime"] == "yield_cap"


def test_the_words_carry_every_span_and_all_that_speaks_for_today(reader: Any) -> None:
    document = reader("regimes", "--as-of", DAY, "--json").document
    text = reader("regimes", "--as-of", DAY).out
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= 100
    spans = document["regimes"]
    for span in spans:
        (line,) = [it for it in lines if it.startswith(f"{span['start']}  ")]
        assert line.split()[1] == (span["end"] or "today")
        words = span["evidence"][0].split()
        assert line.split()[-1] in words
    assert f"Today, reserve management since {spans[-1]['start']}:" in lines
    told = " ".join(text.split())
    assert all(evidence in told for evidence in spans[-1]["evidence"])
    assert spans[-1]["basis"] in told


def test_the_past_is_told_as_it_was_seen_then(reader: Any) -> None:
    before, later = (
        reader("regimes", "--as-of", day, "--json").document["regimes"]
        for day in ("2008-11-24", "2008-11-25")
    )
    assert before[-1]["regime"] == "lending"
    assert later[-1]["regime"] == "qe"
    assert [span["start"] for span in later[:-1]] == [span["start"] for span in before]


def test_programmes_have_a_source_for_each_date_and_amount(reader: Any) -> None:
    options = ("regimes", "--programmes", "--as-of", "2026-09-30")
    programmes = reader(*options, "--json").document["programmes"]
    for programme in programmes:
        told = {name for name in ("announced", "first", "last", "terms") if programme[name]}
        assert {"announced", "terms"} <= told <= programme["basis"].keys()
        assert all(programme["basis"][name] for name in told)
    first = next(it for it in programmes if it["id"] == "qe1")
    assert (first["announced"], first["last"]) == ("2008-11-25", "2010-03-31")
    assert first["basis"]["announced"].startswith("verified")
    text = reader(*options).out
    assert max(len(line) for line in text.splitlines()) <= 100
    told = " ".join(text.split())
    for programme in programmes:
        assert f"announced {programme['announced']} [{programme['basis']['announced']}]" in told
        assert programme["terms"] in told


def test_on_a_past_day_nothing_is_told_of_what_lay_ahead(reader: Any) -> None:
    options = ("regimes", "--programmes", "--as-of", "2010-11-05", "--json")
    programmes = {it["id"]: it for it in reader(*options).document["programmes"]}
    assert [*programmes][-2:] == ["qe1", "qe2"]
    ahead = programmes["qe2"]
    assert (ahead["first"], ahead["last"], ahead["later"]) == (None, None, None)
    assert {"first", "last", "later"}.isdisjoint(ahead["basis"])
    over = programmes["qe1"]
    assert (over["first"], over["last"]) == ("2008-12-05", "2010-03-31")
    # What became of it tells of days up to the last review of the table.
    assert over["later"] is None


def test_the_first_day_of_all_has_its_regime(reader: Any) -> None:
    spans = reader("regimes", "--as-of", "1953-06-01", "--json").document["regimes"]
    assert [span["regime"] for span in spans] == ["yield_cap", "steady"]


def test_a_dry_run_answers_the_same_and_stores_nothing(monitor: Any) -> None:
    done = monitor("regimes", "--dry-run", "--json", "--as-of", DAY)
    assert done.code == 0
    assert done.document["regimes"][-1]["regime"] == "reserve_management"
    assert not monitor.database.exists()
