"""tools/build_history.py on packages small enough to be read here."""

from __future__ import annotations

import base64
import gzip
import importlib.util
import io
import json
import os
import sys
import tarfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType, ModuleType

import numpy as np
import pytest

REPOSITORY = Path(__file__).parents[2]

INDEX = """\
# St Louis Fed (a few series)
homes  Homeownership Rate, %, NSA
A  1984 - 1986  n = 3
unrate  Unemployment Rate, %, SA
M  2025.08 - 2025.12  n = 5
mich  Inflation Expectation, %, NSA
M  2025.08 - 2025.09  n = 2
gdp  Gross Domestic Product, Bil. of $, SAAR
Q  1947.4 - 1948.2  n = 3
"""
VALUES = [64.5, 63.9, 63.8, 4.3, 4.4, -999, 4.5, -999, 4.8, 4.7, 259.745, 265.742, 272.567]
FIRST = date(2025, 12, 31)
SECOND = date(2026, 2, 1)


def load_tool() -> ModuleType:
    path = REPOSITORY / "tools" / "build_history.py"
    spec = importlib.util.spec_from_file_location("build_history", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


tool = load_tool()


def binary(values: list[float]) -> bytes:
    return np.array(values, "<f4").tobytes()


def folder(path: Path, day: date, values: list[float], index: str = INDEX) -> Path:
    path.mkdir()
    (path / "fedstl.idx").write_text(index, "utf-8")
    (path / "fedstl.bin").write_bytes(binary(values))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
    os.utime(path / "fedstl.idx", (noon, noon))
    return path


def debian_package(path: Path, day: date, values: list[float]) -> Path:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:xz") as archive:
        for name, content in (("fedstl.bin", binary(values)), ("fedstl.idx", INDEX.encode())):
            member = tarfile.TarInfo(f"./usr/share/gretl/db/{name}")
            member.size = len(content)
            member.mtime = int(datetime(day.year, day.month, day.day, 23, tzinfo=UTC).timestamp())
            archive.addfile(member, io.BytesIO(content))
    members = [("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz",
               inner.getvalue())]  # fmt: skip
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in members:
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))
    return path


def sdist(path: Path, days: list[str], recorded: Mapping[str, str] = MappingProxyType({})) -> Path:
    lines = ["interactions:"]
    for position, name in enumerate(tool.DAILY):
        rows = [
            {"date": day, "value": "." if day == "2026-01-01" or position == index else "3.50"}
            for index, day in enumerate(days)
        ]
        answer = {"realtime_start": recorded.get(name, "2026-06-02"), "observations": rows}
        body = base64.encodebytes(gzip.compress(json.dumps(answer).encode())).decode().split()
        lines += [
            "- request:",
            f"    uri: https://fred.example/fred/series/observations?limit=9&series_id={name}",
            "  response:",
            "    body:",
            "      string: !!binary |",
            *(f"        {line}" for line in body),
            "    headers: {}",
        ]
    content = "\n".join([*lines, ""]).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(f"openbb_fred-2.0.0/tests/record/{tool.CASSETTE}")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def build(out: Path, *arguments: object) -> int:
    return int(tool.main([*map(str, arguments), "--out", str(out)]))


# ----------------------------------------------------------------------------------------- decoding
def test_values_are_found_by_counting_every_series_whatever_its_frequency() -> None:
    assert tool.decode(INDEX, binary(VALUES)) == {
        "UNRATE": {"2025-08": "4.3", "2025-09": "4.4", "2025-10": ".", "2025-11": "4.5"},
        "GDP": {"1948-01": "265.742", "1948-04": "272.567"},
    }


def test_a_series_of_a_third_party_is_counted_but_never_decoded() -> None:
    assert "MICH" not in tool.decode(INDEX, binary(VALUES))


@pytest.mark.parametrize(
    ("number", "text"),
    [(2876.6, "2876.6"), (18767.156, "18767.156"), (159044, "159044"), (-0.29, "-0.29"),
     (0.1, "0.1"), (1e-5, "0.00001")],
)  # fmt: skip
def test_a_value_is_the_shortest_decimal_of_its_float32(number: float, text: str) -> None:
    assert tool.shortest(np.float32(number)) == text
    assert np.float32(text) == np.float32(number)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n = 2\n", "n = 1\n", "counts 12 values, the database has 13"),
        ("2025.12  n = 5", "2025.11  n = 5", "UNRATE: 2025.08 to 2025.11 is not 5 monthly"),
        ("M  2025.08 - 2025.12", "Q  2025.1 - 2026.1", "UNRATE: frequency Q is not that of the"),
        ("M  2025.08 - 2025.09", "monthly, 2", "'monthly, 2  n = 2' after 'mich"),
    ],
)
def test_an_index_that_contradicts_the_values_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    package = folder(tmp_path / "db", FIRST, VALUES, INDEX.replace(old, new))
    with pytest.raises(tool.PackageError, match=message):
        tool.read_gretl(package)


def test_a_debian_package_and_its_unpacked_folder_say_the_same(tmp_path: Path) -> None:
    packed = tool.read_gretl(debian_package(tmp_path / "a.deb", FIRST, VALUES))
    unpacked = tool.read_gretl(folder(tmp_path / "db", FIRST, VALUES))
    assert packed == unpacked
    assert packed.origin.known_from == FIRST


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK", "is not a Debian package"),
        (b"!<arch>\n", "has no member data.tar"),
        (b"!<arch>\n" + b"data.tar.zst".ljust(48) + b"4         `\nzstd", "dpkg-deb -x"),
    ],
)
def test_a_package_that_cannot_be_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    (tmp_path / "a.deb").write_bytes(content)
    assert build(tmp_path / "out", "--gretl", tmp_path / "a.deb") == 2
    problem = capsys.readouterr().err
    assert "a.deb: " in problem
    assert message in problem
    assert not (tmp_path / "out").exists()


def test_a_truncated_index_is_refused(tmp_path: Path) -> None:
    cut = INDEX.rpartition("Q  1947.4")[0]
    with pytest.raises(tool.PackageError, match="db: "):
        tool.read_gretl(folder(tmp_path / "db", FIRST, VALUES, cut))


# ----------------------------------------------------------------------------------------- encoding
def test_a_later_vintage_tells_first_values_revisions_and_new_holes_only(tmp_path: Path) -> None:
    longer = INDEX.replace("2025.12  n = 5", "2026.01  n = 6")
    changed = [64.5, 63.9, 63.8, 4.3, -999, -999, 4.6, 4.4, 4.3, 4.8, 4.7, 259.745, 265.742, 272.5]
    later = folder(tmp_path / "later", SECOND, changed, longer)
    earlier = folder(tmp_path / "earlier", FIRST, VALUES)
    assert build(tmp_path / "out", "--gretl", later, earlier) == 0
    assert (tmp_path / "out/monthly/UNRATE.csv").read_text("utf-8") == (
        "period,2025-12-31,2026-02-01\n"
        "2025-08,4.3,\n"
        "2025-09,4.4,.\n"
        "2025-10,.,\n"
        "2025-11,4.5,4.6\n"
        "2025-12,,4.4\n"
        "2026-01,,4.3\n"
    )
    assert (tmp_path / "out/monthly/GDP.csv").read_text("utf-8") == (
        "period,2025-12-31,2026-02-01\n1948-01,265.742,\n1948-04,272.567,272.5\n"
    )


def test_a_period_that_drops_out_of_the_range_is_not_stated_again(tmp_path: Path) -> None:
    shorter = INDEX.replace("M  2025.08 - 2025.12  n = 5", "M  2025.09 - 2025.11  n = 3")
    changed = [*VALUES[:3], 4.4, -999, 4.5, *VALUES[8:]]
    packages = [
        folder(tmp_path / "earlier", FIRST, VALUES),
        folder(tmp_path / "later", SECOND, changed, shorter),
    ]
    assert build(tmp_path / "out", "--gretl", *packages) == 0
    assert (tmp_path / "out/monthly/UNRATE.csv").read_text("utf-8").splitlines()[1:] == [
        "2025-08,4.3,", "2025-09,4.4,", "2025-10,.,", "2025-11,4.5,",
    ]  # fmt: skip
    assert build(tmp_path / "out", "--check", "--gretl", *packages) == 0


def test_the_daily_curve_keeps_the_text_of_fred_and_leaves_out_holidays(tmp_path: Path) -> None:
    package = sdist(tmp_path / "o.tar.gz", ["2025-12-31", "2026-01-01", "2026-01-02"])
    assert build(tmp_path / "out", "--openbb", package) == 0
    first, second = [""] + ["3.50"] * 10, ["3.50"] * 2 + [""] + ["3.50"] * 8
    assert (tmp_path / "out/daily/curve.csv").read_text("utf-8") == (
        f"date,{','.join(tool.DAILY)}\n2025-12-31,{','.join(first)}\n2026-01-02,{','.join(second)}\n"
    )


def test_each_vintage_is_listed_with_the_checksum_of_its_origin(tmp_path: Path) -> None:
    out = tmp_path / "out"
    package = folder(tmp_path / "db", FIRST, VALUES)
    assert build(out, "--openbb", sdist(tmp_path / "o.tar.gz", ["2025-12-31"])) == 0
    assert build(out, "--gretl", package) == 0
    header, *lines = (out / "vintages.csv").read_text("utf-8").splitlines()
    assert header == "known_from,folder,file,sha256"
    assert [line.rpartition(",")[0] for line in lines] == [
        "2025-12-31,monthly,fedstl.bin",
        f"2026-06-02,daily,{tool.CASSETTE}",
    ]


# ----------------------------------------------------------------------------------------- checking
@pytest.mark.parametrize(
    ("file", "change", "difference"),
    [
        ("monthly/UNRATE.csv", ("4.4", "4.5"),
         "monthly/UNRATE.csv: 2025-09 in 2025-12-31 is '4.5', by the package '4.4'"),
        ("monthly/UNRATE.csv", (",.", ","),
         "monthly/UNRATE.csv: 2025-10 in 2025-12-31 is '', by the package '.'"),
        ("monthly/UNRATE.csv", ("2025-12-31", "2025-12-30"),
         "monthly/UNRATE.csv: vintage 2025-12-31 is only in the package"),
        ("daily/curve.csv", ("3.50", "3.05"), "by the package '2025-12-30,,3.50"),
        ("vintages.csv", (",daily,", ",dally,"), "vintages.csv: lacks the line 2026-06-02,daily,"),
    ],
)  # fmt: skip
def test_a_check_finds_a_flipped_value(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    change: tuple[str, str],
    difference: str,
) -> None:
    package = folder(tmp_path / "db", FIRST, VALUES)
    recording = sdist(tmp_path / "o.tar.gz", ["2025-12-30", "2025-12-31"])
    arguments = ("--gretl", package, "--openbb", recording)
    assert build(tmp_path / "out", *arguments) == 0
    assert build(tmp_path / "out", "--check", *arguments) == 0
    assert "agrees with the packages" in capsys.readouterr().out
    path = tmp_path / "out" / file
    path.write_text(path.read_text("utf-8").replace(*change, 1), "utf-8")
    assert build(tmp_path / "out", "--check", *arguments) == 1
    assert difference in capsys.readouterr().out


def test_a_check_can_be_made_with_one_package_of_several(tmp_path: Path) -> None:
    changed = [*VALUES[:3], 4.2, *VALUES[4:]]
    earlier = folder(tmp_path / "earlier", FIRST, VALUES)
    later = debian_package(tmp_path / "later.deb", SECOND, changed)
    assert build(tmp_path / "out", "--gretl", earlier, later) == 0
    assert build(tmp_path / "out", "--check", "--gretl", later) == 0
    assert build(tmp_path / "out", "--check", "--gretl", earlier) == 0


def test_recordings_of_different_days_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = sdist(tmp_path / "o.tar.gz", ["2025-12-31"], {"DGS2": "2026-06-03"})
    assert build(tmp_path / "out", "--openbb", package) == 2
    assert "different days: ['2026-06-02', '2026-06-03']" in capsys.readouterr().err


def test_a_package_without_the_recording_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tarfile.open(tmp_path / "o.tar.gz", "w:gz"):
        pass
    assert build(tmp_path / "out", "--openbb", tmp_path / "o.tar.gz") == 2
    assert f"has no recording {tool.CASSETTE}" in capsys.readouterr().err
