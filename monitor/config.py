"""config.toml and the environment, read once into frozen settings. The only reader of either."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from monitor.domain import SPREADS, Conventions, Edition, EpisodeRule, PolicyOptions
from monitor.errors import ConfigError

PREFIX = "RECESSION_MONITOR_"
"""Environment variables ``RECESSION_MONITOR_SECTION__KEY`` override the file."""

CONFIG_VARIABLE = "RECESSION_MONITOR_CONFIG"
"""Environment variable with the path of the settings file."""

DEFAULT_FILE = "config.toml"

Language = Literal["en", "zh_CN"]
"""Languages of the digest."""

_LANGUAGES: dict[str, Language] = {
    "en": "en", "zh": "zh_CN", "zh_cn": "zh_CN", "zh_hans": "zh_CN", "zh_hans_cn": "zh_CN",
}  # fmt: skip

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> timedelta:
    """``90s``, ``30m``, ``12h`` or ``7d`` as a ``timedelta``.

    Raises:
        ValueError: the text is not of that form.
    """
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", text.strip())
    if match is None:
        raise ValueError("write a number and a unit, for instance 90s, 30m, 12h or 7d")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def _maybe_duration(value: object) -> object:
    return duration(value) if isinstance(value, str) else value


def _known_zone(name: str) -> str:
    with suppress(KeyError, ValueError, OSError):
        return ZoneInfo(name).key
    # Only now, for listing all zones takes longer than the rest of reading the settings.
    near = difflib.get_close_matches(name, available_timezones(), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(f"is not an IANA time zone such as America/New_York{hint}")


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", text):
        raise ValueError("is not an address such as https://host.example, without a user name")
    return text.rstrip("/")


def _proxy_address(text: str) -> str:
    return _web_address(text) if text else text


def _public_address(text: str) -> str:
    if text and not re.fullmatch(r"https://[^\s/?#@\"'<>\\]+(/[^\s?#\"'<>\\]*)?", text):
        raise ValueError("is not an address such as https://host.example/digests, nor empty")
    return text.rstrip("/")


def _plain_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("is not one line of plain words")
    return text.strip()


def language(text: str) -> Language:
    """A language of the digest, however it is written: ``zh``, ``zh-CN`` or ``zh_CN``.

    Raises:
        ValueError: there is no such language.
    """
    found = _LANGUAGES.get(text.replace("-", "_").lower())
    if found is None:
        raise ValueError(f"is not one of {', '.join(get_args(Language))}")
    return found


def _maybe_language(value: object) -> object:
    return language(value) if isinstance(value, str) else value


def _known_spread(name: str) -> str:
    if name not in SPREADS:
        raise ValueError(f"is not one of {', '.join(SPREADS)}")
    return name


def _unset_if_empty(value: object) -> object:
    return None if value == "" else value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_SectionT = TypeVar("_SectionT", bound=_Section)


class StoreSettings(_Section):
    """Where the database is."""

    path: Path = Path("var/monitor.db")


class SiteSettings(_Section):
    """Where digests are written."""

    path: Path = Path("var/site")
    base_url: Annotated[str, AfterValidator(_public_address)] = ""
    title: Annotated[str, Field(max_length=80), AfterValidator(_plain_line)] = ""


class _Publisher(_Section):
    url: Annotated[str, AfterValidator(_web_address)]

    @property
    def host(self) -> str:
        """Name and port of the host."""
        return urlsplit(self.url).netloc.lower()


class FredSettings(_Publisher):
    """The FRED API, used when a key is given."""

    url: Annotated[str, AfterValidator(_web_address)] = "https://api.stlouisfed.org"
    per_minute: Annotated[int, Field(ge=1, le=120)] = 110


class FredgraphSettings(_Publisher):
    """FRED's graph download, which needs no key."""

    url: Annotated[str, AfterValidator(_web_address)] = "https://fred.stlouisfed.org"


class TreasurySettings(_Publisher):
    """The Treasury's own daily curve."""

    url: Annotated[str, AfterValidator(_web_address)] = "https://home.treasury.gov"


class BlsSettings(_Publisher):
    """The Bureau of Labor Statistics, with or without a key."""

    url: Annotated[str, AfterValidator(_web_address)] = "https://api.bls.gov"


class NyFedSettings(_Publisher):
    """The New York Fed's markets data."""

    url: Annotated[str, AfterValidator(_web_address)] = "https://markets.newyorkfed.org"


class BoardSettings(_Publisher):
    """The Board of Governors' data download."""

    url: Annotated[str, AfterValidator(_web_address)] = "https://www.federalreserve.gov"


class CsvDirSettings(_Section):
    """The user's own files."""

    path: Annotated[Path | None, BeforeValidator(_unset_if_empty)] = None


class SourceSettings(_Section):
    """How publishers are asked. Times in seconds unless a unit is written."""

    offline: bool = False
    proxy: Annotated[str, AfterValidator(_proxy_address)] = ""
    trust_environment: bool = False
    timeout: Annotated[float, Field(gt=0, le=600)] = 20
    deadline: Annotated[float, Field(gt=0, le=7200)] = 300
    min_interval: Annotated[timedelta, BeforeValidator(_maybe_duration)] = timedelta(hours=1)
    refresh: Annotated[timedelta, BeforeValidator(_maybe_duration)] = timedelta(days=7)
    second_opinion: bool = True
    fred: FredSettings = FredSettings()
    fredgraph: FredgraphSettings = FredgraphSettings()
    treasury: TreasurySettings = TreasurySettings()
    bls: BlsSettings = BlsSettings()
    nyfed: NyFedSettings = NyFedSettings()
    board: BoardSettings = BoardSettings()
    csvdir: CsvDirSettings = CsvDirSettings()

    @property
    def hosts(self) -> frozenset[str]:
        """The only hosts that are ever asked."""
        chosen = (self.fred, self.fredgraph, self.treasury, self.bls, self.nyfed, self.board)
        return frozenset(publisher.host for publisher in chosen)


class EpisodeSettings(_Section):
    """How months of inversion become episodes; see :class:`monitor.domain.EpisodeRule`."""

    min_months: Annotated[int, Field(ge=1, le=24)] = 2
    merge_gap_months: Annotated[int, Field(ge=0, le=36)] = 3
    max_lag_months: Annotated[int, Field(ge=1, le=60)] = 24


class ModelSettings(_Section):
    """Which spread is judged, and how."""

    spread: Annotated[str, AfterValidator(_known_spread)] = "10y-3m"
    episodes: EpisodeSettings = EpisodeSettings()

    @property
    def episode_rule(self) -> EpisodeRule:
        """The rule as the pure part of the house takes it."""
        return EpisodeRule(spread=self.spread, **self.episodes.model_dump())


class PolicySettings(_Section):
    """What the odds of policy rest on. Rates in percent."""

    lower_bound: Annotated[float, Field(ge=-2, le=2, allow_inf_nan=False)] = 0.0
    reversal_rate: Annotated[
        Annotated[float, Field(ge=-5, le=5, allow_inf_nan=False)] | None,
        BeforeValidator(_unset_if_empty),
    ] = None
    futures: Annotated[Path | None, BeforeValidator(_unset_if_empty)] = None
    meeting_day: Literal["before", "after"] = "before"
    anchors: Literal["upcoming", "all"] = "upcoming"
    solve: Literal["forward", "backward"] = "backward"

    @property
    def options(self) -> PolicyOptions:
        """The options as the pure part of the house takes them."""
        conventions = Conventions(self.meeting_day, self.anchors, self.solve)
        return PolicyOptions(self.lower_bound, self.reversal_rate, conventions)


class DigestSettings(_Section):
    """How the digest speaks."""

    language: Annotated[Language, BeforeValidator(_maybe_language)] = "en"
    edition: Edition = "daily"
    timezone: Annotated[str, AfterValidator(_known_zone)] = "America/New_York"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose calendar day an assessment carries."""
        return ZoneInfo(self.timezone)


class LoggingSettings(_Section):
    """What goes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "warning"
    format: Literal["text", "json"] = "text"


class Settings(_Section):
    """Everything that can be set, with paths made absolute.

    Keys come from the environment alone and never appear in a ``repr``.
    """

    store: StoreSettings = StoreSettings()
    site: SiteSettings = SiteSettings()
    sources: SourceSettings = SourceSettings()
    model: ModelSettings = ModelSettings()
    policy: PolicySettings = PolicySettings()
    digest: DigestSettings = DigestSettings()
    logging: LoggingSettings = LoggingSettings()
    fred_api_key: SecretStr | None = Field(default=None, exclude=True)
    bls_api_key: SecretStr | None = Field(default=None, exclude=True)
    origin: str = Field(default="defaults", exclude=True)

    def secret(self, publisher: Literal["fred", "bls"]) -> str | None:
        """The key for a publisher, if one is set."""
        key = self.fred_api_key if publisher == "fred" else self.bls_api_key
        return key.get_secret_value() if key else None


_OUTSIDE_FILE = frozenset({"fred_api_key", "bls_api_key", "origin"})


def load(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from a file and the environment.

    Args:
        path: the settings file. ``None`` takes ``RECESSION_MONITOR_CONFIG``, else ``config.toml``
            in the current folder if there is one, else the defaults.
        environment: usually ``os.environ``.

    Raises:
        ConfigError: the file is missing, is not TOML, or a setting is unknown or out of range;
            the message names file, setting and remedy.
    """
    if path is None and (given := environment.get(CONFIG_VARIABLE)):
        path = Path(given)
    if path is None and Path(DEFAULT_FILE).is_file():
        path = Path(DEFAULT_FILE)
    document = _read(path) if path is not None else {}
    origin = str(path) if path is not None else "defaults"
    base = path.resolve().parent if path is not None else Path.cwd()
    for name in _OUTSIDE_FILE & document.keys():
        raise ConfigError(f"{origin}: {name} must not stand in the file; use the environment")
    for name, value in sorted(environment.items()):
        if name.startswith(PREFIX) and name != CONFIG_VARIABLE:
            _override(document, name, value)
    try:
        settings = Settings.model_validate(document)
    except ValidationError as err:
        raise ConfigError(_explain(err, origin)) from None
    return settings.model_copy(
        update={
            "store": StoreSettings(path=base / settings.store.path),
            "site": settings.site.model_copy(update={"path": base / settings.site.path}),
            "sources": settings.sources.model_copy(
                update={"csvdir": _rooted(settings.sources.csvdir, "path", base)}
            ),
            "policy": _rooted(settings.policy, "futures", base),
            "fred_api_key": _secret("FRED_API_KEY", environment),
            "bls_api_key": _secret("BLS_API_KEY", environment),
            "origin": origin,
        }
    )


def _rooted(chosen: _SectionT, name: str, base: Path) -> _SectionT:
    """The same with the path of the user's files, if there is one, made absolute."""
    path: Path | None = getattr(chosen, name)
    return chosen if path is None else chosen.model_copy(update={name: base / path})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give an existing one with --config") from None
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"{path}: cannot be read: {err}") from None
    except tomllib.TOMLDecodeError as err:
        raise ConfigError(f"{path}: is not valid TOML: {err}") from None


def _override(document: dict[str, Any], name: str, value: str) -> None:
    *sections, key = name.removeprefix(PREFIX).lower().split("__")
    place = document
    for section in sections:
        place = place.setdefault(section, {})
        if not isinstance(place, dict):
            raise ConfigError(f"environment variable {name}: {section} is not a section")
    place[key] = value


def _explain(err: ValidationError, origin: str) -> str:
    problem = err.errors()[0]
    where = [str(part) for part in problem["loc"]]
    setting = ".".join(where)
    variable = PREFIX + "__".join(where).upper()
    if problem["type"] == "extra_forbidden":
        known = _fields(where[:-1])
        near = difflib.get_close_matches(where[-1], known, n=1, cutoff=0)
        return (
            f"{origin}: unknown setting {setting}; the nearest known one is "
            f"{'.'.join([*where[:-1], *near])} (or {variable} is set in the environment)"
        )
    reason = problem["msg"].removeprefix("Value error, ")
    # What stands before an @ in an address is a user's name and password.
    given = "***" if "@" in str(problem["input"]) else repr(problem["input"])
    return f"{origin}: setting {setting} = {given}: {reason}"


def _fields(sections: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for section in sections:
        annotation = model.model_fields[section].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return [name for name in model.model_fields if name not in _OUTSIDE_FILE]


def _secret(name: str, environment: Mapping[str, str]) -> SecretStr | None:
    """A secret from ``NAME`` or from the file that ``NAME_FILE`` names; fails loudly."""
    value = environment.get(name, "")
    if path := environment.get(f"{name}_FILE", ""):
        if value:
            raise ConfigError(f"both {name} and {name}_FILE are set: unset one of them")
        try:
            value = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as err:
            raise ConfigError(f"{name}_FILE = {path}: cannot be read: {err}") from None
    return SecretStr(value) if value else None
