"""An assessment as one JSON document, and the documents that other answers are made of.

Of schema 1: fields are only ever added. Probabilities are fractions in [0, 1], rounded to six
places; months are written ``YYYY-MM`` and days ``YYYY-MM-DD``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from monitor import watch as watchlist
from monitor.domain import (
    HEADLINE_HORIZON,
    HORIZONS,
    SCHEMA,
    Assessment,
    Came,
    ChannelReading,
    Contribution,
    Due,
    Episode,
    EpisodeRecord,
    EpisodeRule,
    Finding,
    Interval,
    MarketOdds,
    MeetingOdds,
    MemberScore,
    Moved,
    Nowcast,
    Panel,
    PolicyOdds,
    Previous,
    RecessionScore,
    Regime,
    TurningPoint,
    add_months,
)
from monitor.model import factor, outlook
from monitor.model.programmes import REVIEWED, Programme

TARGET: Final = "an NBER recession starts within the horizon"

_AND: Final = "; "
"""Between the models of the recession and that of policy, in ``model_id``."""

_EXACT: Final = 12
"""Decimals of the parts of a change: six would leave a rest where they are added up."""


# -------------------------------------------------------------------------------------- assessment
def document(assessment: Assessment) -> dict[str, Any]:
    """The assessment as the JSON document of schema 1; fields are only ever added."""
    score, curve, watch = assessment.recession, assessment.inversion, assessment.watch
    return {
        "schema": SCHEMA,
        "as_of": assessment.as_of.isoformat(),
        "generated_at": assessment.generated_at.isoformat(timespec="seconds").replace(
            "+00:00", "Z"
        ),
        "model_id": _AND.join(filter(None, (assessment.model_id, assessment.policy_model_id))),
        "inputs_sha256": assessment.inputs_sha256,
        "degraded": assessment.degraded,
        "recession": {
            "target": TARGET,
            "probability": _by_horizon(score.probability),
            "interval": {"level": score.level} | _intervals(score),
            "band": score.band,
            "members": [
                {
                    "id": member.id,
                    "probability": _by_horizon(member.probability),
                    "interval": _intervals(member),
                    "weight": member.weight,
                    "note": member.note,
                }
                for member in score.members
            ],
            "contributions": _parts(score.contributions),
            "in_recession": score.now and round(score.now.probability, 6),
            "nowcast": _nowcast(score.now),
            "any": _by_horizon(score.any),
            "at": _by_horizon(score.at),
            "nber": {
                "in_recession": score.in_recession,
                "last_turning_point": _turning_point(score.last_turning_point),
            },
        },
        "inversion": {
            "spread": curve.rule.spread,
            "month": _month(curve.month),
            "value": _rounded(curve.value),
            "inverted": curve.inverted,
            "episode": None if curve.episode is None else episode_document(curve.episode),
            "record": record_document(curve.record),
            "last_seven": record_document(curve.last_seven),
            "window": curve.window
            and {
                "p10": _month(curve.window.p10),
                "p50": _month(curve.window.p50),
                "p90": _month(curve.window.p90),
            },
            "false_alarm": _rounded(curve.false_alarm),
            "daily": curve.daily_date
            and {"date": curve.daily_date.isoformat(), "value": _rounded(curve.daily_value)},
        },
        "policy": policy_document(assessment.policy)
        if assessment.policy
        else {"target": {"effective": watch.policy_rate and watch.policy_rate.value}},
        "balance_sheet": {
            **_today(assessment.regime),
            "total_assets_bn": watch.total_assets and _rounded(watch.total_assets.value),
            "change_13w_bn": watch.total_assets and _rounded(watch.total_assets.change_3m),
            "reserve_bank_credit": watchlist.gauge_document(watch.reserve_bank_credit),
            "reserves": watchlist.gauge_document(watch.reserves),
        },
        "channels": [
            channel_document(reading, assessment.confounded) for reading in assessment.channels
        ],
        "watch": watchlist.document(watch),
        "peers": _peers(assessment),
        "previous": assessment.previous
        and {
            "as_of": assessment.previous.as_of.isoformat(),
            "probability": _by_horizon(assessment.previous.probability),
            "model_id": assessment.previous.model_id,
            "cut": _by_horizon(assessment.previous.cut),
            "hike": _by_horizon(assessment.previous.hike),
            "qe": _by_horizon(assessment.previous.qe),
            "policy_model_id": assessment.previous.policy_model_id,
            "spread": _rounded(assessment.previous.spread),
            "regime": assessment.previous.regime,
            "told": assessment.previous.told,
        },
        "moved": _moved(assessment.moved),
        "news": _news(assessment.moved),
        "came": [_came(came) for came in assessment.came],
        "agenda": [_due(due) for due in assessment.agenda],
        "series": {
            name: {
                "value": reading.value,
                "period": reading.period.isoformat(),
                "known_from": reading.known_from.isoformat(),
                "source": reading.source,
                "age_days": reading.age_days,
                "due": reading.due and reading.due.isoformat(),
                "stale": reading.stale,
            }
            for name, reading in assessment.series.items()
        },
        "findings": findings_document(assessment.findings),
    }


def previous(stored: Mapping[str, Any]) -> Previous:
    """What a later assessment needs to know of a stored document."""
    probability, policy = stored["recession"]["probability"], stored.get("policy", {})
    model_id, _, policy_model_id = stored["model_id"].partition(_AND)
    cut, hike, qe = (
        {int(horizon): p for horizon, p in policy.get(name, {}).items()}
        for name in ("cut", "hike", "qe")
    )
    return Previous(
        as_of=date.fromisoformat(stored["as_of"]),
        probability={h: probability[str(h)] for h in HORIZONS},
        model_id=model_id,
        cut=cut,
        hike=hike,
        qe=qe,
        policy_model_id=policy_model_id,
        spread=stored.get("inversion", {}).get("value"),
        regime=stored.get("balance_sheet", {}).get("regime"),
    )


def as_seen(stored: Mapping[str, Any], panel: Panel) -> Panel:
    """What a stored document had seen of its day.

    A digest of the morning does not know what is published in the afternoon, which still belongs
    to its day.

    Args:
        stored: the document.
        panel: what is held to have been known on its day.

    Returns:
        The panel without periods and turning points later than the newest that the document names.
    """
    newest = {
        name: date.fromisoformat(reading["period"])
        for name, reading in stored.get("series", {}).items()
    }
    point = stored["recession"]["nber"]["last_turning_point"]
    last = point["month"] if point else ""
    return replace(
        panel,
        series={
            name: values[: newest[name].isoformat()] if name in newest else values
            for name, values in panel.series.items()
        },
        turning_points=tuple(it for it in panel.turning_points if _month(it.month) <= last),
    )


def findings_document(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as they stand in JSON."""
    return [
        {
            "code": finding.code,
            "severity": finding.severity,
            "series": finding.series,
            "message": finding.message,
        }
        for finding in findings
    ]


# -------------------------------------------------------------------------------------- inversions


def episode_document(episode: Episode) -> dict[str, Any]:
    """An episode as it stands in JSON, months as ``YYYY-MM``."""
    return {
        "start": _month(episode.start),
        "end": _month(episode.end),
        "months": episode.months,
        "trough": _rounded(episode.trough),
        "trough_month": _month(episode.trough_month),
        "peak": episode.peak and _month(episode.peak),
        "lag_months": episode.lag_months,
        "lag_from_end_months": episode.lag_from_end_months,
        "outcome": episode.outcome,
        "ongoing": episode.ongoing,
        "closes": episode.closes
        and {
            "first": episode.closes.first.isoformat(),
            "last": episode.closes.last.isoformat(),
            "inverted": episode.closes.inverted,
        },
    }


def rule_document(rule: EpisodeRule) -> dict[str, Any]:
    """A definition of inversions as it stands in JSON."""
    return {
        "spread": rule.spread,
        "min_months": rule.min_months,
        "merge_gap_months": rule.merge_gap_months,
        "max_lag_months": rule.max_lag_months,
        "basis": rule.basis,
        "merge_across_recessions": rule.merge_across_recessions,
    }


def record_document(record: EpisodeRecord) -> dict[str, Any]:
    """Counts over episodes as they stand in JSON."""
    return {
        "episodes": record.episodes,
        "hits": record.hits,
        "misses": record.misses,
        "open": record.open,
        "resolved": record.hits + record.misses,
        "mean_lag_months": _rounded(record.mean_lag_months),
    }


# ---------------------------------------------------------------------- policy and balance sheet
def policy_document(odds: PolicyOdds) -> dict[str, Any]:
    """The odds of policy as they stand in JSON; horizons and targets are keys."""
    target, bound, arrivals = odds.target, odds.bound, odds.at_bound
    return {
        "target": {
            "lower": target.lower,
            "upper": target.upper,
            "effective": target.effective,
            "effective_period": target.effective_period and target.effective_period.isoformat(),
            "effective_series": target.effective_series,
            "since": target.since and target.since.isoformat(),
            "inferred": target.inferred,
        },
        "cut": _by_horizon(odds.cut),
        "hold": _by_horizon(odds.hold),
        "hike": _by_horizon(odds.hike),
        "any_hike": _by_horizon(odds.any_hike),
        "path": [
            {
                "horizon": point.horizon,
                "mean": round(point.mean, 6),
                "low": round(point.low, 6),
                "high": round(point.high, 6),
            }
            for point in odds.path
        ],
        "meetings": _meetings(odds.meetings),
        "lower_bound": _by_horizon(odds.lower_bound),
        "qe": _by_horizon(odds.qe),
        "bound": {
            "bound": bound.bound,
            "room": _rounded(bound.room),
            "reversal_rate": bound.reversal_rate,
            "easings": bound.easings,
            "deeper": bound.deeper,
            "mean_easing": _rounded(bound.mean_easing),
        },
        "at_bound": {
            "arrivals": arrivals.arrivals,
            "followed": arrivals.followed,
            "mean": round(arrivals.mean, 6),
            "interval": _ends(arrivals.interval),
        },
        "stance": odds.stance,
        "why": list(odds.why),
        "market": odds.market and _market(odds.market),
        "weight": round(odds.weight, 6),
        "interval": {"level": outlook.LEVEL}
        | {
            name: {str(horizon): _ends(ends) for horizon, ends in by_horizon.items()}
            for name, by_horizon in odds.interval.items()
        },
        "basis": odds.basis,
        "decisions": odds.decisions,
        "rates_of": odds.rates_of and odds.rates_of.isoformat(),
    }


def _market(market: MarketOdds) -> dict[str, Any]:
    return {
        "settled": market.settled.isoformat(),
        "source": market.source,
        "conventions": market.conventions,
        "meetings": _meetings(market.meetings),
        "moves": {
            str(horizon): {move: round(p, 6) for move, p in odds.items()}
            for horizon, odds in market.moves.items()
        },
    }


def _meetings(meetings: Iterable[MeetingOdds]) -> list[dict[str, Any]]:
    return [
        {
            "day": meeting.day.isoformat(),
            "odds": {move: round(p, 6) for move, p in meeting.odds.items()},
            # Before 1994 there were targets in sixteenths.
            "target": {str(round(rate, 4)): round(p, 6) for rate, p in meeting.target.items()},
        }
        for meeting in meetings
    ]


def regime_document(regime: Regime) -> dict[str, Any]:
    """A span of the chronology as it stands in JSON, its evidence as sentences."""
    return {
        "start": regime.start.isoformat(),
        "end": regime.end and regime.end.isoformat(),
        "regime": regime.kind,
        "evidence": [it.text for it in regime.evidence],
        "basis": regime.basis,
    }


def _today(regime: Regime | None) -> dict[str, Any]:
    """The regime of the day with the measures behind it."""
    return {
        "regime": regime and regime.kind,
        "since": regime and regime.start.isoformat(),
        "evidence": [
            {
                "measure": it.measure,
                "value": _rounded(it.value),
                "unit": it.unit,
                "text": it.text,
            }
            for it in (regime.evidence if regime else ())
        ],
        "basis": regime and regime.basis,
    }


def programme_document(programme: Programme, as_of: date) -> dict[str, Any]:
    """A programme as it stands in JSON, as far as it was known on a day.

    Args:
        programme: one that had been announced by then.
        as_of: the day. What lay ahead then is ``None``; what became of a programme is told on the
            day up to which the table was reviewed and after it, and on no day before.
    """
    first = programme.first if programme.first <= as_of else None
    last = programme.last if programme.ended(as_of) else None
    told = {
        "name": programme.name,
        "regime": programme.kind,
        "form": programme.form,
        "announced": programme.announced.isoformat(),
        "first": first and first.isoformat(),
        "last": last and last.isoformat(),
        "terms": programme.terms,
        "words": programme.words or None,
        "later": (programme.later or None) if as_of >= REVIEWED else None,
    }
    return {
        "id": programme.id,
        **told,
        "basis": {
            name: basis
            for name, basis in programme.basis.items()
            if told["regime" if name == "kind" else name] is not None
        },
    }


def channel_document(reading: ChannelReading, confounded: Collection[str]) -> dict[str, Any]:
    """A channel of asset purchases as it stands in JSON.

    Args:
        reading: the channel.
        confounded: programmes whose announcements came with other news.
    """
    return {
        "channel": reading.channel,
        "instrument": reading.instrument,
        "proxy": reading.proxy,
        "series": list(reading.series),
        "value": reading.value,
        "unit": reading.unit,
        "period": reading.period and reading.period.isoformat(),
        "percentile": _rounded(reading.percentile),
        "since": reading.since and reading.since.isoformat(),
        "change_13w": reading.change_13w,
        "direction": reading.direction,
        "moves": dict(reading.moves),
        "confounded": [
            name
            for name, moved in reading.moves.items()
            if moved is not None and name in confounded
        ],
        "note": " ".join(filter(None, (reading.note, reading.opinion))),
    }


# ------------------------------------------------------------------------------------ small pieces
def _moved(moved: Moved | None) -> dict[str, Any] | None:
    if moved is None:
        return None
    return {
        "since": moved.since.isoformat(),
        "before": round(moved.before, _EXACT),
        "after": round(moved.after, _EXACT),
        "told": moved.told,
    }


def _came(came: Came) -> dict[str, Any]:
    return {
        "series": came.series,
        "new": came.new,
        "revised": came.revised,
        "period": came.period.isoformat(),
        "value": came.value,
        "before_period": came.before_period and came.before_period.isoformat(),
        "before": came.before,
    }


def _due(due: Due) -> dict[str, Any]:
    return {
        "kind": due.kind,
        "what": due.what or None,
        "series": list(due.series),
        "period": due.period and due.period.isoformat(),
        "first": due.first.isoformat(),
        "last": due.last.isoformat(),
        "estimated": due.estimated,
    }


def _news(moved: Moved | None) -> list[dict[str, Any]]:
    return [
        {
            "series": news.series,
            "kind": news.kind,
            "period": news.period and news.period.isoformat(),
            "periods": news.periods,
            "before": _rounded(news.before),
            "after": _rounded(news.after),
            "points": round(news.points, _EXACT),
        }
        for news in (moved.news if moved else ())
    ]


def _peers(assessment: Assessment) -> list[dict[str, Any]]:
    peers: list[dict[str, Any]] = []
    theirs = next((it for it in assessment.recession.members if it.id == factor.ID), None)
    if theirs is not None:
        there = add_months(assessment.inversion.month, HEADLINE_HORIZON)
        peers.append(
            {
                "id": "nyfed",
                "target": f"in recession in {_month(there)}",
                "value": _rounded(theirs.probability[HEADLINE_HORIZON]),
            }
        )
    if gap := assessment.watch.sahm_gap:
        peers.append(
            {
                "id": "sahm",
                "target": f"0.50 or more: a recession has begun (as of {_month(gap.period)})",
                "value": _rounded(gap.value),
            }
        )
    # Of a revised gauge nobody knows what it said that day.
    if (smoothed := assessment.watch.smoothed) and not smoothed.revised:
        peers.append(
            {
                "id": "chauvet_piger",
                "target": f"in recession in {_month(smoothed.period)}, smoothed",
                "value": _rounded(smoothed.value / 100),
            }
        )
    return peers


def _nowcast(now: Nowcast | None) -> dict[str, Any] | None:
    if now is None:
        return None
    return {
        "month": _month(now.month),
        "probability": round(now.probability, 6),
        "interval": _ends(now.interval),
        "contributions": _parts(now.contributions),
        "note": now.note,
    }


def _parts(contributions: Iterable[Contribution]) -> list[dict[str, Any]]:
    return [{"feature": it.feature, "points": round(it.points, 6)} for it in contributions]


def _by_horizon(values: Mapping[int, float]) -> dict[str, float]:
    return {str(h): round(value, 6) for h, value in values.items()}


def _intervals(score: RecessionScore | MemberScore) -> dict[str, Any]:
    return {str(h): _ends(interval) for h, interval in score.interval.items()}


def _ends(interval: Interval) -> list[float]:
    return [round(interval.low, 6), round(interval.high, 6)]


def _turning_point(point: TurningPoint | None) -> dict[str, str] | None:
    if point is None:
        return None
    return {
        "kind": point.kind,
        "month": _month(point.month),
        "announced": point.announced.isoformat(),
    }


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
