"""Assessments in words of one syllable: real figures, put together by hand, for the digest's tests.

Load it with the fixture ``factories`` of ``tests/conftest.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import numpy as np
from scipy import special

from monitor.domain import (
    BOUND_HORIZONS,
    HORIZONS,
    MOVES,
    POLICY_HORIZONS,
    Assessment,
    AtBound,
    ChannelReading,
    Contribution,
    Episode,
    EpisodeRecord,
    EpisodeRule,
    Evidence,
    Finding,
    Gauge,
    History,
    Implication,
    Interval,
    Inversion,
    LowerBound,
    MarketOdds,
    MeetingOdds,
    MemberScore,
    Nowcast,
    Outcome,
    PathPoint,
    PolicyOdds,
    Previous,
    Reading,
    RecessionScore,
    Regime,
    TargetRate,
    TurningPoint,
    Watch,
    Window,
    add_months,
    months_between,
)
from monitor.model import scoring

# Ten-year less bond-equivalent three-month, in basis points: year, then its months from January,
# the first year from April and the last one to September (Federal Reserve, H.15; public domain).
_SPREAD = """
1953    60 85 96 85 87 105 126 121 96
1954 128 148 132 130 160 173 157 143 135 143 153 134
1955 137 146 138 113 128 135 127 103 86 61 61 37
1956 44 47 67 53 41 46 75 68 48 38 44 31
1957 28 17 26 34 47 44 70 48 31 31 34 10
1958 60 149 166 173 200 213 228 182 127 112 101 103
1959 114 120 113 111 141 106 113 97 54 38 28 9
1960 26 43 87 98 99 164 155 145 127 154 151 155
1961 156 131 130 144 137 150 164 160 165 157 141 141
1962 130 125 115 105 112 112 103 110 114 113 103 93
1963 86 94 98 101 94 94 77 61 62 58 52 53
1964 57 54 60 68 64 61 65 61 59 54 43 25
1965 29 19 19 18 23 32 27 32 28 22 26 13
1966 -10 6 16 1 2 20 9 13 -34 -49 -31 -25
1967 -26 -5 17 66 117 140 85 90 77 80 90 60
1968 40 45 43 11 5 4 4 19 13 8 10 -11
1969 -28 -11 10 -12 10 -7 -51 -51 -16 -13 -34 -44
1970 -35 -12 23 68 85 95 81 92 109 125 141 139
1971 169 232 224 188 215 165 118 151 133 136 149 182
1972 249 281 225 239 235 211 203 209 177 162 137 115
1973 90 88 44 22 30 -52 -116 -159 -150 -67 -137 -96
1974 -105 -39 -103 -112 -94 -63 1 -125 -30 19 -4 5
1975 105 173 209 246 269 237 175 176 181 200 242 241
1976 274 278 260 257 256 230 246 249 237 236 242 241
1977 247 260 274 271 237 212 200 176 136 118 130 144
1978 132 138 156 167 174 152 140 110 30 37 -15 -41
1979 -61 -58 -73 -65 -74 -49 -64 -86 -135 -192 -167 -220
1980 -175 -107 -328 -238 129 248 191 162 82 -39 -174 -351
1981 -326 -239 -90 -70 -314 -204 -147 -143 -16 94 207 241
1982 174 28 58 57 98 125 210 406 415 294 220 232
1983 233 233 186 190 190 174 196 215 231 258 261 249
1984 244 241 243 256 319 330 283 182 172 204 265 316
1985 335 295 303 320 312 299 300 296 304 285 230 193
1986 189 141 102 106 138 140 130 148 210 211 175 142
1987 150 150 150 222 279 257 260 254 282 321 301 305
1988 269 239 251 264 264 226 212 197 150 121 93 76
1989 53 33 21 21 13 -16 -13 -6 18 11 -8 -5
1990 31 47 42 75 76 49 59 105 129 132 110 113
1991 168 174 203 223 246 255 253 242 229 241 274 292
1992 314 341 340 364 368 351 356 339 345 367 367 348
1993 354 327 297 304 302 282 270 259 235 224 255 264
1994 271 265 290 320 294 286 286 265 272 266 252 205
1995 191 153 131 125 80 55 71 94 77 61 42 43
1996 52 85 118 143 158 168 158 145 160 141 103 126
1997 141 128 141 159 152 143 103 102 113 93 60 51
1998 36 34 48 56 52 39 37 31 8 47 31 15
1999 27 45 68 78 93 121 112 110 112 112 82 94
2000 119 81 41 17 48 25 -9 -44 -38 -55 -63 -70
2001 -13 9 36 118 169 171 165 153 204 237 275 337
2002 336 316 346 347 340 320 294 261 221 233 280 282
2003 286 271 266 281 248 240 307 348 331 336 335 336
2004 326 313 287 339 368 344 315 277 245 231 208 200
2005 184 158 170 150 124 97 89 74 70 66 57 49
2006 7 3 9 27 27 19 1 -21 -22 -32 -47 -42
2007 -35 -45 -51 -31 -10 37 5 37 54 54 81 104
2008 93 158 223 237 212 221 235 214 254 313 334 239
2009 239 257 261 277 311 354 338 342 328 332 335 354
2010 367 358 358 369 326 308 285 254 250 241 262 315
2011 324 345 331 340 313 296 296 228 197 213 200 197
2012 194 188 209 197 171 153 143 158 161 165 156 165
2013 184 188 187 170 189 225 254 270 279 257 265 283
2014 282 266 267 268 253 256 251 239 251 228 231 218
2015 185 196 201 192 218 234 229 210 215 205 214 201
2016 183 147 160 158 154 137 120 126 134 143 168 197
2017 191 189 173 149 140 119 123 118 115 127 110 106
2018 115 126 111 108 109 97 89 82 83 86 74 41
2019 29 24 12 10 0 -14 -8 -36 -23 3 24 29
2020 21 -5 58 52 54 57 49 55 57 69 78 84
2021 100 122 158 162 160 148 127 123 133 153 151 141
2022 161 160 168 198 190 162 63 22 32 17 -36 -74
2023 -113 -102 -115 -159 -171 -155 -149 -128 -109 -69 -92 -136
2024 -130 -117 -117 -84 -91 -107 -109 -132 -112 -53 -17 1
2025 32 13 -2 -3 6 4 3 4 11 15 22 47
2026 56 45 56 63 80 72 78 87 96
"""

_RECESSIONS = (
    ((1953, 8), (1954, 5)), ((1957, 9), (1958, 4)), ((1960, 5), (1961, 2)),
    ((1970, 1), (1970, 11)), ((1973, 12), (1975, 3)), ((1980, 2), (1980, 7)),
    ((1981, 8), (1982, 11)), ((1990, 8), (1991, 3)), ((2001, 4), (2001, 11)),
    ((2008, 1), (2009, 6)), ((2020, 3), (2020, 4)),
)  # fmt: skip


def spread(last: date = date(2026, 9, 1)) -> tuple[tuple[date, float], ...]:
    """The monthly spread up to a month, in percentage points."""
    points = []
    for line in _SPREAD.split("\n")[1:-1]:
        year, *values = line.split()
        first = 13 - len(values) if year == "1953" else 1
        points += [
            (date(int(year), month, 1), int(value) / 100)
            for month, value in enumerate(values, first)
        ]
    return tuple(point for point in points if point[0] <= last)


@cache
def rate(last: date = date(2026, 9, 1)) -> tuple[tuple[date, float], ...]:
    """The effective federal funds rate up to a month, in percent, as the bundled history ends."""
    table = (files("monitor") / "data" / "monthly" / "FEDFUNDS.csv").read_text("utf-8")
    rows = [line.split(",") for line in table.splitlines()[1:]]
    known = [
        (date.fromisoformat(f"{row[0]}-01"), [cell for cell in row[1:] if cell]) for row in rows
    ]
    return tuple((month, float(cells[-1])) for month, cells in known if cells and month <= last)


def episode(
    start: tuple[int, int],
    end: tuple[int, int],
    months: int,
    trough: tuple[float, int, int],
    peak: tuple[int, int] | None,
    *,
    outcome: Outcome | None = None,
    ongoing: bool = False,
) -> Episode:
    """An inversion; months as ``(year, month)``."""
    first, last = date(*start, 1), date(*peak, 1) if peak else None
    return Episode(
        start=first,
        end=date(*end, 1),
        months=months,
        trough=trough[0],
        trough_month=date(trough[1], trough[2], 1),
        peak=last,
        lag_months=months_between(first, last) if last else None,
        outcome=outcome or ("hit" if last else "miss"),
        ongoing=ongoing,
    )


EPISODES = (
    episode((1966, 9), (1967, 2), 6, (-0.49, 1966, 10), None),
    episode((1968, 12), (1969, 12), 11, (-0.51, 1969, 8), (1969, 12)),
    episode((1973, 6), (1973, 11), 6, (-1.59, 1973, 8), (1973, 11)),
    episode((1978, 11), (1980, 1), 15, (-2.20, 1979, 12), (1980, 1)),
    episode((1980, 10), (1981, 7), 10, (-3.51, 1980, 12), (1981, 7)),
    episode((1989, 6), (1989, 12), 5, (-0.16, 1989, 6), (1990, 7)),
    episode((2000, 7), (2001, 1), 7, (-0.70, 2000, 12), (2001, 3)),
    episode((2006, 8), (2007, 5), 10, (-0.51, 2007, 3), (2007, 12)),
    episode((2019, 6), (2019, 9), 4, (-0.36, 2019, 8), (2020, 2)),
    episode((2022, 11), (2025, 4), 27, (-1.71, 2023, 5), None),
)


def history(last: date = date(2026, 9, 1), *, recession_open: bool = False) -> History:
    """Spread, inversions and recessions up to a month, with what was settled by it."""
    recessions: list[tuple[date, date | None]] = [
        (date(*start, 1), date(*end, 1)) for start, end in _RECESSIONS if date(*start, 1) <= last
    ]
    if recession_open:
        recessions[-1] = (recessions[-1][0], None)
    return History(
        spread=spread(last),
        episodes=tuple(known for known in EPISODES if known.start <= last),
        recessions=tuple(recessions),
        rate=rate(last),
    )


def record(episodes: tuple[Episode, ...]) -> EpisodeRecord:
    """Counts over some inversions."""
    lags = [known.lag_months for known in episodes if known.lag_months is not None]
    return EpisodeRecord(
        episodes=len(episodes),
        hits=len(lags),
        misses=sum(known.outcome == "miss" for known in episodes),
        open=sum(known.outcome == "open" for known in episodes),
        mean_lag_months=sum(lags) / len(lags) if lags else None,
    )


def by_horizon(*values: float) -> dict[int, float]:
    """One value for each horizon, shortest first."""
    return dict(zip(HORIZONS, values, strict=True))


def intervals(*ends: tuple[float, float]) -> dict[int, Interval]:
    """One interval for each horizon, shortest first."""
    return dict(zip(HORIZONS, (Interval(low, high) for low, high in ends), strict=True))


_MEMBERS = (
    MemberScore(
        id="lag",
        probability=by_horizon(0.021, 0.041, 0.08, 0.117, 0.152),
        interval=intervals((0.01, 0.03), (0.02, 0.07), (0.03, 0.14), (0.05, 0.2), (0.06, 0.26)),
        weight=0.06,
        note="46 months since the start of the inversion",
    ),
    MemberScore(
        id="background",
        probability=by_horizon(0.021, 0.043, 0.09, 0.13, 0.17),
        interval=intervals((0.01, 0.05), (0.02, 0.09), (0.04, 0.16), (0.06, 0.22), (0.08, 0.3)),
        weight=0.94,
        note="log odds calibrated: +0.10, times 1.10",
    ),
    MemberScore(
        id="nyfed_published",
        probability=by_horizon(0.033, 0.065, 0.126, 0.183, 0.236),
        interval=intervals((0.02, 0.05), (0.04, 0.1), (0.07, 0.19), (0.1, 0.27), (0.14, 0.34)),
        weight=0.0,
        note="spread of 2026-09; coefficients estimated on 1959-2009, frozen since",
    ),
)


_WATCH = Watch(
    unemployment=Gauge(
        4.2, "percent", date(2026, 9, 1), 0.0, -0.2, 0.233, date(1948, 1, 1), ("UNRATE",),
        age_days=53, stale=True,
        implies=Implication("cut", "neutral", "unemployment_steady"),
    ),
    sahm_gap=Gauge(
        0.0333, "percentage points", date(2026, 9, 1), -0.1, -0.17, 0.45,
        date(1948, 12, 1), ("UNRATE",), age_days=53, stale=True,
        implies=Implication("recession", "neutral", "sahm_below", "nowcast"),
    ),
    breakeven_10y=Gauge(
        2.35, "percent", date(2026, 9, 1), 0.06, -0.02, 0.737, date(2003, 1, 1),
        ("GS10", "FII10"), age_days=53, stale=True,
        implies=Implication("cut", "neutral", "in_line_with_objective"),
    ),
    policy_rate=Gauge(3.75, "percent", date(2026, 9, 1), 0.12, -0.47),
    total_assets=None,
    reserve_bank_credit=Gauge(6542.98, "billions of USD", date(2025, 10, 1), -67.3, -430.1),
    reserves=Gauge(2936.0, "billions of USD", date(2026, 8, 1), -142.8, -345.9),
    breakeven_5y5y=Gauge(
        2.23, "percent", date(2026, 11, 19), 0.11, -0.03, 0.42, date(2003, 1, 2),
        ("T5YIFR",), age_days=3,
        implies=Implication("cut", "neutral", "in_line_with_objective"),
    ),
    michigan_1y=Gauge(
        4.8, "percent", date(2026, 9, 1), 1.4, -1.8, 0.88, date(1978, 1, 1), ("MICH",),
        age_days=53, implies=Implication("cut", "lowers", "survey_high"),
    ),
    bank_loans_to_gdp=Gauge(
        8.84, "percent of GDP", date(2026, 4, 1), 0.13, None, 1.0, date(1948, 1, 1),
        ("BUSLOANS", "GDP"), age_days=145, revised=True,
    ),
    sofr_less_iorb=Gauge(
        5.0, "basis points", date(2026, 11, 19), 11.0, 12.0, None, date(2021, 7, 29),
        ("SOFR", "IORB"), age_days=3,
        implies=Implication("reserve_management", "raises", "reserves_scarce"),
    ),
    effr_less_iorb=Gauge(
        -2.0, "basis points", date(2026, 11, 19), 5.0, 5.0, None, date(2021, 7, 29),
        ("EFFR", "IORB"), age_days=3,
        implies=Implication("reserve_management", "neutral", "reserves_ample"),
    ),
)  # fmt: skip


def today() -> Assessment:
    """November 2026: a steep curve, the inversion of 2022 a false alarm, total assets missing."""
    as_of = date(2026, 11, 22)
    return Assessment(
        as_of=as_of,
        generated_at=datetime(2026, 11, 22, 21, 58, 30, tzinfo=UTC),
        model_id="pool/2: lag/2 + background/1",
        inputs_sha256="3f7a9c51d2" + "0" * 54,
        recession=RecessionScore(
            probability=by_horizon(0.027, 0.053, 0.103, 0.15, 0.194),
            interval=intervals(
                (0.01, 0.05), (0.02, 0.09), (0.04, 0.18), (0.06, 0.25), (0.08, 0.32)
            ),
            level=0.8,
            band="normal",
            members=_MEMBERS,
            contributions=(
                Contribution("base", 0.061),
                Contribution("inversion_clock", 0.018),
                Contribution("spread", 0.021),
                Contribution("spread_lag6", 0.003),
            ),
            now=Nowcast(
                month=date(2026, 11, 1),
                probability=0.08,
                interval=Interval(0.04, 0.15),
                contributions=(Contribution("base", 0.05), Contribution("sahm_gap", 0.03)),
                sahm_gap=0.0333,
                payrolls_change=0.2,
                age=None,
                note="unemployment of 2026-09, payrolls of 2026-09",
            ),
            any=by_horizon(0.1, 0.13, 0.175, 0.22, 0.26),
            at=by_horizon(0.07, 0.06, 0.07, 0.08, 0.09),
            in_recession=False,
            last_turning_point=TurningPoint("trough", date(2020, 4, 1), date(2021, 7, 19)),
        ),
        inversion=Inversion(
            rule=EpisodeRule(),
            month=date(2026, 9, 1),
            value=0.96,
            inverted=False,
            episode=None,
            record=record(EPISODES),
            last_seven=record(EPISODES[-7:]),
            window=None,
            false_alarm=0.94,
            daily_value=0.69,
            daily_date=date(2026, 6, 1),
        ),
        watch=_WATCH,
        series=_readings(as_of),
        findings=(
            Finding(
                "stale",
                "warning",
                "DGS10",
                "Treasury constant maturity, 10 years (DGS10): the newest value is of 2026-06-01;"
                " the next was due by 2026-06-03.",
            ),
            Finding(
                "gap",
                "info",
                "UNRATE",
                "Civilian unemployment rate (UNRATE): there is no value for 2025-10; none was"
                " published.",
            ),
            Finding(
                "not_available",
                "warning",
                "WALCL",
                "Total assets of the Federal Reserve (WALCL): no value is stored; it comes with"
                " the first answer of fred or fredgraph.",
            ),
        ),
        previous=Previous(
            date(2026, 11, 20),
            by_horizon(0.026, 0.051, 0.098, 0.147, 0.19),
            "pool/2: lag/2 + background/1",
        ),
        policy=hiking_odds(),
        regime=organic(),
        channels=channels(),
        confounded=CONFOUNDED,
        policy_model_id="policy/1",
    )


def _readings(as_of: date) -> dict[str, Reading]:
    def monthly(value: float, period: date, known_from: date, due: date | None) -> Reading:
        end = add_months(period, 1)
        late = due is not None and (as_of - due).days > 5
        return Reading(value, period, known_from, "bundled", (as_of - end).days + 1, due, late)

    september, next_due = date(2026, 9, 1), date(2026, 11, 3)
    daily = {"DGS10": 4.47, "DGS3MO": 3.78}
    return {
        "GS10": monthly(4.99, september, date(2026, 10, 3), next_due),
        **{
            name: Reading(value, date(2026, 6, 1), date(2026, 6, 2), "bundled", 174,
                          date(2026, 6, 3), stale=True)
            for name, value in daily.items()
        },
        "TB3MS": monthly(3.94, september, date(2026, 10, 3), next_due),
        "FII10": monthly(2.64, september, date(2026, 10, 3), next_due),
        "FEDFUNDS": monthly(3.75, september, date(2026, 10, 3), next_due),
        "UNRATE": monthly(4.2, september, date(2026, 10, 10), date(2026, 11, 20)),
        "PAYEMS": monthly(158900.0, september, date(2026, 10, 10), date(2026, 11, 20)),
        "INDPRO": monthly(101.2, date(2026, 8, 1), date(2026, 9, 20), date(2026, 11, 20)),
        "TOTRESNS": monthly(2936.0, date(2026, 8, 1), date(2026, 9, 30), date(2026, 11, 29)),
        "RSBKCRNS": monthly(6542.98, date(2025, 10, 1), date(2025, 11, 7), None),
    }  # fmt: skip


def inverted() -> Assessment:
    """July 2007 as it might have looked: the clock runs, the risk is high and rising."""
    base, as_of = today(), date(2007, 7, 12)
    running = episode(
        (2006, 8), (2007, 5), 10, (-0.51, 2007, 3), None, outcome="open", ongoing=True
    )
    known = (*EPISODES[:7], running)
    return replace(
        base,
        as_of=as_of,
        recession=replace(
            base.recession,
            probability=by_horizon(0.21, 0.34, 0.523, 0.58, 0.61),
            interval=intervals((0.1, 0.34), (0.2, 0.5), (0.32, 0.74), (0.36, 0.8), (0.38, 0.84)),
            band="high",
            last_turning_point=TurningPoint("trough", date(2001, 11, 1), date(2003, 7, 17)),
        ),
        inversion=replace(
            base.inversion,
            month=date(2007, 5, 1),
            value=-0.1,
            inverted=True,
            episode=running,
            record=record(known),
            last_seven=record(known[-7:]),
            window=Window(date(2007, 8, 1), date(2007, 12, 1), date(2008, 11, 1)),
            false_alarm=0.31,
            daily_value=-0.02,
            daily_date=date(2007, 7, 11),
        ),
        watch=replace(
            base.watch,
            total_assets=Gauge(6754321.0, "millions of USD", date(2007, 7, 1), 1200.0, -35400.0),
        ),
        findings=(),
        policy=None,
        regime=None,
        channels=(),
        previous=Previous(date(2007, 7, 11), by_horizon(0.2, 0.33, 0.49, 0.55, 0.6), base.model_id),
    )


def inverted_history() -> History:
    """What :func:`inverted` knew."""
    past = history(date(2007, 5, 1))
    running = inverted().inversion.episode
    return replace(past, episodes=(*EPISODES[:7], *([running] if running else [])))


def in_recession() -> Assessment:
    """January 2009: NBER has dated the peak of December 2007 and no trough."""
    base = today()
    return replace(
        base,
        as_of=date(2009, 1, 15),
        recession=replace(
            base.recession,
            probability=by_horizon(0.002, 0.004, 0.02, 0.04, 0.07),
            in_recession=True,
            last_turning_point=TurningPoint("peak", date(2007, 12, 1), date(2008, 12, 1)),
        ),
        inversion=replace(
            base.inversion,
            month=date(2008, 12, 1),
            value=2.39,
            record=record(EPISODES[:8]),
            last_seven=record(EPISODES[1:8]),
            false_alarm=None,
            daily_value=2.1,
            daily_date=date(2009, 1, 14),
        ),
        previous=Previous(date(2009, 1, 14), {}, "pool/0"),
        policy=at_bound_odds(),
    )


def bare() -> Assessment:
    """Everything that may be missing is missing."""
    base = today()
    nothing = EpisodeRecord(0, 0, 0, 0, None)
    return replace(
        base,
        recession=replace(
            base.recession, interval={}, members=(), last_turning_point=None, level=0.8
        ),
        inversion=replace(
            base.inversion,
            record=nothing,
            last_seven=nothing,
            false_alarm=None,
            daily_value=None,
            daily_date=None,
        ),
        watch=Watch(None, None, None, None, None, None, None),
        series={},
        findings=(),
        previous=None,
        policy=None,
        regime=None,
        channels=(),
        confounded=(),
        policy_model_id="",
    )


def no_history() -> History:
    """Nothing is known of the past."""
    return History(spread=(), episodes=(), recessions=())


HOSTILE = '<img src=x onerror=alert(1)> & "quoted" {{ 7 * 7 }} \x1b[31mred\nSubject: forged'


def hostile() -> Assessment:
    """Foreign text that tries to be markup, a template, a terminal command or a header."""
    base = today()
    return replace(
        base,
        model_id=HOSTILE,
        recession=replace(
            base.recession, members=(replace(_MEMBERS[0], id="<b>x</b>", note=HOSTILE),)
        ),
        findings=(
            Finding("odd", "error", "<s>", HOSTILE),
            Finding("long", "warning", None, "long " * 400 + "x" * 300),
        ),
        previous=Previous(date(2026, 11, 20), by_horizon(0.1, 0.2, 0.3, 0.4, 0.5), HOSTILE + "2"),
        policy=replace(hiking_odds(), why=(HOSTILE,), market=replace(_MARKET, source=HOSTILE)),
        regime=replace(organic(), evidence=(Evidence("x", None, "", HOSTILE),), basis=HOSTILE),
        channels=tuple(replace(one, proxy=HOSTILE, note=HOSTILE) for one in channels()),
        policy_model_id=HOSTILE,
    )


# ---------------------------------------------------------------------------------------- the Fed
def _moves(cut: float, hold: float, hike: float) -> dict[Any, float]:
    return dict(zip(MOVES, (cut, hold, hike), strict=True))


def _within(*values: float) -> dict[int, float]:
    return dict(zip(POLICY_HORIZONS, values, strict=True))


def _between(horizons: tuple[int, ...], *ends: tuple[float, float]) -> dict[int, Interval]:
    return {it: Interval(*pair) for it, pair in zip(horizons, ends, strict=True)}


def _path(*points: tuple[float, float, float]) -> tuple[PathPoint, ...]:
    return tuple(
        PathPoint(horizon, *point)
        for horizon, point in zip((*POLICY_HORIZONS, 24), points, strict=True)
    )


def cutting_odds() -> PolicyOdds:
    """December 2019: cuts first, 1.50 points above the bound."""
    return PolicyOdds(
        target=TargetRate(
            1.5, 1.75, date(2019, 12, 11), 1.55, date(2019, 11, 1), inferred=False
        ),
        cut=_within(0.0413, 0.5443, 0.69005, 0.81655),
        hold=_within(0.9587, 0.43685, 0.273, 0.1253),
        hike=_within(0.0, 0.01885, 0.03695, 0.05815),
        any_hike=_within(0.0, 0.0219, 0.0546, 0.1371),
        path=_path(
            (1.6056, 1.625, 1.625), (1.3478, 0.875, 1.625), (1.1242, 0.375, 1.625),
            (0.8359, 0.125, 1.625), (0.6096, 0.125, 1.875),
        ),
        meetings=(
            MeetingOdds(date(2020, 1, 29), _moves(0.3664, 0.6244, 0.0092),
                        {1.25: 0.1082, 1.5: 0.2344, 1.75: 0.6045, 2.0: 0.0086}),
            MeetingOdds(date(2020, 3, 18), _moves(0.3109, 0.6726, 0.0166),
                        {1.25: 0.1737, 1.5: 0.2114, 1.75: 0.4382, 2.0: 0.0143}),
        ),
        lower_bound=dict(zip(BOUND_HORIZONS, (0.3246, 0.6242), strict=True)),
        qe=dict(zip(BOUND_HORIZONS, (0.2261, 0.4243), strict=True)),
        bound=LowerBound(0.0, 1.5, None, easings=9, deeper=9, mean_easing=4.871),
        at_bound=AtBound(1, 1, 2 / 3, Interval(0.2236, 0.9747)),
        stance="cut_first",
        why=(
            "The target lies 1.50 points above the lower bound of 0.00 percent: cuts come first.",
            "The last move was a cut of 25 bp on 2019-10-30.",
        ),
        interval={
            "cut": _between(
                POLICY_HORIZONS, (0.03, 0.054), (0.448, 0.63), (0.57, 0.785), (0.731, 0.895)
            ),
            "hike": _between(
                POLICY_HORIZONS, (0.0, 0.0), (0.008, 0.032), (0.018, 0.066), (0.024, 0.097)
            ),
            "lower_bound": _between(BOUND_HORIZONS, (0.199, 0.447), (0.491, 0.735)),
            "qe": _between(BOUND_HORIZONS, (0.11, 0.352), (0.201, 0.619)),
        },
        decisions=236,
        rates_of=date(2019, 12, 19),
    )  # fmt: skip


_MARKET = MarketOdds(
    date(2026, 11, 20), "futures.csv", "FedWatch method; steps of 25 bp",
    (
        MeetingOdds(date(2026, 12, 9), _moves(0.01, 0.29, 0.7), {4.25: 0.7}),
        MeetingOdds(date(2028, 1, 26), _moves(0.2, 0.5, 0.3), {4.5: 0.4}),
    ),
    {1: _moves(0.01, 0.29, 0.7), 3: _moves(0.06, 0.14, 0.8)},
)  # fmt: skip


def hiking_odds() -> PolicyOdds:
    """November 2026: hikes are the likelier, the target is inferred, and there are prices."""
    return replace(
        cutting_odds(),
        target=TargetRate(3.75, 4.0, None, 3.75, date(2026, 9, 1), inferred=True),
        cut=_within(0.0127, 0.1121, 0.1992, 0.3737),
        hold=_within(0.4218, 0.2452, 0.1406, 0.0666),
        hike=_within(0.5655, 0.6427, 0.6602, 0.5598),
        path=_path(
            (4.061, 3.875, 4.375), (4.1126, 3.875, 4.625), (4.1903, 3.375, 4.875),
            (4.2095, 2.875, 5.625), (4.0103, 1.375, 6.125),
        ),
        meetings=(
            MeetingOdds(date(2026, 12, 9), _moves(0.0056, 0.4287, 0.5658), {4.0: 0.42, 4.25: 0.41}),
        ),
        lower_bound=dict(zip(BOUND_HORIZONS, (0.0291, 0.0714), strict=True)),
        qe=dict(zip(BOUND_HORIZONS, (0.0353, 0.0789), strict=True)),
        bound=LowerBound(0.0, 3.75, 0.5, easings=10, deeper=7, mean_easing=4.537),
        at_bound=AtBound(2, 2, 0.75, Interval(0.3684, 0.983)),
        stance="tightening",
        why=("The last move was a hike of 25 bp on 2026-09-16.",),
        interval={
            "cut": _between(
                POLICY_HORIZONS, (0.006, 0.02), (0.094, 0.128), (0.176, 0.223), (0.339, 0.4)
            ),
            "hike": _between(
                POLICY_HORIZONS, (0.478, 0.657), (0.567, 0.721), (0.584, 0.732), (0.52, 0.604)
            ),
        },
        decisions=289,
        rates_of=date(2026, 9, 1),
        market=_MARKET,
        weight=0.43,
    )  # fmt: skip


def at_bound_odds() -> PolicyOdds:
    """June 2020: the target at its lower bound and a programme under way."""
    return replace(
        cutting_odds(),
        target=TargetRate(0.0, 0.25, date(2020, 6, 10), 0.05, date(2020, 5, 1), inferred=False),
        cut=_within(0.0, 0.001, 0.004, 0.02),
        hold=_within(0.99, 0.98, 0.963, 0.93),
        hike=_within(0.01, 0.019, 0.033, 0.05),
        path=_path(
            (0.125, 0.125, 0.125), (0.13, 0.125, 0.125), (0.14, 0.125, 0.125),
            (0.147, 0.125, 0.125), (0.3, 0.125, 0.625),
        ),
        lower_bound={12: 1.0, 24: 1.0},
        qe={12: 1.0, 24: 1.0},
        bound=LowerBound(0.0, 0.0, None, easings=0, deeper=0, mean_easing=None),
        stance="qe_active",
        why=("QE4 is under way.",),
        interval={},
        basis="months",
        decisions=368,
        rates_of=date(2020, 6, 29),
    )  # fmt: skip


def organic() -> Regime:
    """October 2019: bills and repo, which is no QE."""
    return Regime(
        "reserve_management",
        date(2019, 10, 11),
        None,
        (
            Evidence("directive", None, "",
                     'In force since 2019-10-11: Bill purchases of 2019 ("purely technical").'),
            Evidence("outright_holdings", 1.23, "percent of GDP in a quarter",
                     "Reserve Bank credit changed by +1.23 percent of GDP in a quarter; a run-off"
                     " is -0.15 or less."),
        ),
        "Reserve Bank credit as a whole, to 2019-11; without total assets",
    )  # fmt: skip


_PROGRAMMES = ("QE1", "QE2", "MEP", "QE3", "organic", "QE4", "RMP")


def channels() -> tuple[ChannelReading, ...]:
    """Seven channels: daily, monthly and weekly proxies, three of them not stored."""
    base = ChannelReading(
        "signalling", "federal funds futures", "two-year Treasury yield", ("DGS2",), 1.62,
        "percent", date(2019, 12, 19), 0.226, date(1976, 6, 1), -0.12, "flat",
        dict(zip(_PROGRAMMES, (-44, -3, -6, 0, 8, -1, -9), strict=True)),
        "A premium that falls looks like a lower path.", "Second opinion: funds -0.44.",
    )  # fmt: skip
    unknown = dict.fromkeys(_PROGRAMMES)
    missing = replace(
        base, value=None, period=None, percentile=None, since=None, change_13w=None,
        direction=None, moves=unknown, note="Nothing was known of DAAA on 2019-12-20.",
    )  # fmt: skip
    return (
        base,
        replace(
            base, channel="duration_risk", proxy="thirty-year less five-year yield",
            series=("DGS30", "DGS5"), value=0.62, unit="percentage points", percentile=0.504,
            change_13w=0.41, direction="tightening",
            moves=dict(zip(_PROGRAMMES, (1, -1, -107, 14, -4, -5, 5), strict=True)),
        ),
        replace(missing, channel="liquidity_premium", proxy="Aaa less twenty-year yield"),
        replace(missing, channel="safety_premium", proxy="Baa less Aaa corporate yield"),
        replace(
            base, channel="prepayment_risk", proxy="mortgage rate less ten-year yield",
            series=("MORTGAGE30US", "DGS10"), value=1.81, unit="percentage points",
            percentile=None, since=None, change_13w=None, direction=None, moves=unknown,
        ),
        replace(missing, channel="default_risk", proxy="Baa less ten-year Treasury yield"),
        replace(
            base, channel="inflation_expectations", proxy="ten-year breakeven, monthly means",
            series=("GS10", "FII10"), value=1.64, period=date(2019, 11, 1), percentile=0.14,
            since=date(2003, 1, 1), change_13w=0.05, moves=unknown,
        ),
    )  # fmt: skip


CONFOUNDED = ("QE1", "MEP", "QE3", "taper", "organic", "QE4", "RMP")


def cutting() -> Assessment:
    """December 2019: the clock runs, the curve is not inverted, cuts come first."""
    base, running = inverted(), EPISODES[-2]
    open_still = replace(running, peak=None, lag_months=None, outcome="open")
    return replace(
        base,
        as_of=date(2019, 12, 20),
        inversion=replace(
            base.inversion,
            month=date(2019, 11, 1),
            value=0.24,
            inverted=False,
            episode=open_still,
            window=Window(date(2020, 2, 1), date(2020, 7, 1), date(2021, 3, 1)),
            daily_value=0.35,
            daily_date=date(2019, 12, 19),
        ),
        watch=_WATCH,
        findings=today().findings,
        policy=cutting_odds(),
        regime=organic(),
        channels=channels(),
        confounded=CONFOUNDED,
        policy_model_id="policy/1",
        previous=replace(base.previous, as_of=date(2019, 12, 19)) if base.previous else None,
    )


# ------------------------------------------------------------------------------- the scoreboard
_SCORED = ("pool", "lag", "nyfed_published", "probit", "probit_lag6", "wright", "logit",
           "climatology")  # fmt: skip
_ALARM = 0.3


def _made_up() -> tuple[list[date], Any, Any]:
    """Months since 1970, who was in recession, and forecasts of a kind from the real spread."""
    known = history()
    spread = np.array([value for _, value in known.spread])
    before = np.roll(spread, 6)
    inside = np.array(
        [any(start <= month <= (end or month) for start, end in known.recessions)
         for month, _ in known.spread]
    )  # fmt: skip
    since = np.full(spread.size, 99)  # months since an inversion began
    for at in range(13, spread.size):
        begins = spread[at] < 0 and (spread[at - 12 : at] >= 0).all()
        since[at] = 0 if begins else since[at - 1] + 1
    clock = 0.7 * np.exp(-(((since - 9) / 6) ** 2))
    members = (
        1 - (1 - clock) * (1 - np.minimum(special.ndtr(-0.5 - 0.8 * spread), 0.12)),
        0.02 + clock,
        special.ndtr(-0.5333 - 0.6330 * spread),
        special.ndtr(-0.6 - 0.8 * spread),
        special.ndtr(-0.5 - 0.5 * spread - 0.6 * before),
        special.ndtr(-0.7 - 0.7 * spread),
        special.expit(-1.5 - 1.1 * before),
        np.full(spread.size, 0.13) + 0.05 * np.sin(np.arange(spread.size) / 60),
    )
    return [month for month, _ in known.spread], inside, np.array(members)


def _came_true(inside: Any, target: str, horizon: int) -> Any:
    """Outcomes of the months: 0 or 1, or not a number where the window is not over."""
    ahead = np.lib.stride_tricks.sliding_window_view(inside, horizon + 1).astype(float)
    if target == "start":
        came = np.where(ahead[:, 0] > 0, np.nan, ahead.max(axis=1))
    else:
        came = ahead[:, -1] if target == "at" else ahead[:, 1:].max(axis=1)
    return np.concatenate([came, np.full(horizon, np.nan)])


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    months, inside, members = _made_up()
    rows = []
    for target, horizon in product(("start", "at", "any"), HORIZONS):
        came = _came_true(inside, target, horizon)
        for window, last in (("1985-2022", date(2022, 9, 1)), ("1985-now", date(2026, 9, 1))):
            asked = np.array([date(1985, 1, 1) <= month <= last for month in months])
            asked &= np.isfinite(came)
            forecasts = dict(zip(_SCORED, members[:, asked], strict=True))
            scores, _ = scoring.score_all(
                forecasts, came[asked], seed=1, against="nyfed_published",
                climatology="climatology", draws=30,
            )  # fmt: skip
            rows += [
                {"member": name, "target": target, "horizon": horizon, "window": window,
                 "events": 4} | scored.row()
                for name, scored in scores.items()
            ]  # fmt: skip
    return tuple(rows)


def scoreboard() -> dict[str, Any]:
    """A backtest document: real spread and recessions, forecasts of no model that exists."""
    months, inside, members = _made_up()
    came = _came_true(inside, "start", 12)
    told = [at for at, month in enumerate(months) if month >= date(1970, 1, 1)]
    return {
        "schema": 1,
        "as_of": "2026-11-22",
        "data_through": "2025-09",
        "model_id": "pool-3",
        "first_origin": "1970-01",
        "windows": ["1985-2022", "1985-now"],
        "members": list(_SCORED),
        "rows": [dict(row) for row in _rows()],
        "episodes": [
            {"peak": "1990-07", "recession_start": "1990-08", "announced": "1991-04-25",
             "first_warning": "1989-07", "lead_months": 13, "warned_months": 9, "missed": False},
            {"peak": "2001-03", "recession_start": "2001-04", "announced": "2001-11-26",
             "first_warning": "2000-09", "lead_months": 7, "warned_months": 7, "missed": False},
            {"peak": "2007-12", "recession_start": "2008-01", "announced": "2008-12-01",
             "first_warning": "2006-10", "lead_months": 15, "warned_months": 15, "missed": False},
            {"peak": "2020-02", "recession_start": "2020-03", "announced": "2020-06-08",
             "first_warning": None, "lead_months": None, "warned_months": 0, "missed": True},
        ],
        "false_alarms": [
            {"start": "2023-02", "end": "2024-08", "months": 19, "max_probability": 0.71,
             "open": False},
        ],
        "bands": [
            {"band": "normal", "floor": 0.0, "months": 300, "starts": 4, "rate": 4 / 300,
             "low": 0.007, "high": 0.025},
            {"band": "watch", "floor": 0.15, "months": 60, "starts": 12, "rate": 0.2,
             "low": 0.14, "high": 0.27},
            {"band": "elevated", "floor": 0.3, "months": 50, "starts": 17, "rate": 0.34,
             "low": 0.26, "high": 0.43},
            {"band": "high", "floor": 0.5, "months": 0, "starts": 0, "rate": None,
             "low": None, "high": None},
        ],
        "history": [
            {
                "month": f"{months[at]:%Y-%m}",
                "probability": {"12": None if inside[at] else float(members[0, at])},
                "low": None if inside[at] else float(members[0, at]) * 0.6,
                "high": None if inside[at] else 1 - (1 - float(members[0, at])) ** 1.5,
                "nyfed": float(members[2, at]),
                "outcome": None if np.isnan(came[at]) else int(came[at]),
                "in_recession": bool(inside[at]),
            }
            for at in told
        ],
        "options": {"warning": _ALARM, "seed": 1, "draws": 60, "block_months": 48},
    }  # fmt: skip
