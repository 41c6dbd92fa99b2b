"""Settings from the file and the environment."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from monitor import config
from monitor.digest import wording
from monitor.domain import Conventions, PolicyOptions
from monitor.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def write(tmp_path: Path) -> config.Any:
    def writer(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return path

    return writer


def test_the_file_in_the_repository_states_every_default() -> None:
    document = tomllib.loads((ROOT / "config.toml").read_text())
    shown = config.Settings.model_validate(document)
    assert shown == config.Settings()
    given = {f"{s}.{k}" for s, body in flat(document) for k in body}
    known = {f"{s}.{k}" for s, body in flat(config.Settings().model_dump()) for k in body}
    assert given == known


def flat(
    document: dict[str, config.Any], prefix: str = ""
) -> list[tuple[str, dict[str, config.Any]]]:
    plain = {k: v for k, v in document.items() if not isinstance(v, dict)}
    below = [
        item
        for k, v in document.items()
        if isinstance(v, dict)
        for item in flat(v, f"{prefix}.{k}" if prefix else k)
    ]
    return [*([(prefix, plain)] if plain else []), *below]


def test_paths_start_at_the_folder_of_the_file(write: config.Any, tmp_path: Path) -> None:
    settings = config.load(write('[store]\npath = "data/m.db"\n'), {})
    assert settings.store.path == tmp_path / "data" / "m.db"


def test_the_environment_overrides_the_file(write: config.Any) -> None:
    path = write("[sources]\noffline = false\nmin_interval = '2h'\n")
    settings = config.load(path, {"RECESSION_MONITOR_SOURCES__OFFLINE": "true"})
    assert settings.sources.offline is True
    assert settings.sources.min_interval == timedelta(hours=2)
    deep = config.load(path, {"RECESSION_MONITOR_MODEL__EPISODES__MIN_MONTHS": "3"})
    assert deep.model.episode_rule.min_months == 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            '[store]\npaht = "x"\n',
            "unknown setting store.paht; the nearest known one is store.path",
        ),
        ("[sorces]\noffline = true\n", "the nearest known one is sources"),
        ("[sources]\ndeadline = 'soon'\n", "sources.deadline = 'soon'"),
        ("[sources]\nmin_interval = '5 parsecs'\n", "90s, 30m, 12h or 7d"),
        ("[model]\nspread = '9y-1m'\n", "10y-3m, 10y-2y"),
        ("[digest]\ntimezone = 'America/NewYork'\n", "did you mean America/New_York?"),
        ("[sources.fred]\nurl = 'ftp://x'\n", "https://host.example"),
        ("[digest]\nlanguage = 'fr'\n", "digest.language = 'fr': is not one of en, zh_CN"),
        ("[digest]\nedition = 'hourly'\n", "Input should be 'daily', 'weekly' or 'monthly'"),
        ("[digest]\nlanguag = 'en'\n", "the nearest known one is digest.language"),
        ("[site]\nbase_url = 'http://host.example'\n", "https://host.example/digests"),
        ("[site]\nbase_url = 'https://host.example/?a=b'\n", "https://host.example/digests"),
        ("[site]\nbase_url = 'https://host.example/\"><script>'\n", "https://host.example/digests"),
        ('[site]\ntitle = "two\\nlines"\n', "site.title"),
        ("[site]\nbase = ''\n", "the nearest known one is site.base_url"),
        ("[policy]\nreversal_rat = 0\n", "the nearest known one is policy.reversal_rate"),
        ("[policy]\nlower_bound = 2.5\n", "policy.lower_bound = 2.5: Input should be less than"),
        ("[policy]\nlower_bound = nan\n", "policy.lower_bound = nan: Input should be a finite"),
        ("[policy]\nlower_bound = ''\n", "policy.lower_bound = ''"),
        ("[policy]\nreversal_rate = 'low'\n", "policy.reversal_rate = 'low'"),
        ("[policy]\nreversal_rate = -50\n", "policy.reversal_rate = -50: Input should be greater"),
        ("[policy]\nmeeting_day = 'on'\n", "Input should be 'before' or 'after'"),
        ("[policy]\nanchors = 'none'\n", "Input should be 'upcoming' or 'all'"),
        ("[policy]\nsolve = 'back'\n", "Input should be 'forward' or 'backward'"),
        ("[store\n", "is not valid TOML"),
        ("fred_api_key = 'secret'\n", "must not stand in the file"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file_and_remedy(
    write: config.Any, text: str, named: str
) -> None:
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    assert named in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_options_of_policy_are_what_the_section_says(write: config.Any, tmp_path: Path) -> None:
    text = """
        [policy]
        lower_bound = -0.5
        reversal_rate = -1
        futures = "prices/zq.csv"
        meeting_day = "after"
        anchors = "all"
        solve = "forward"
    """
    policy = config.load(write(text), {}).policy
    assert policy.options == PolicyOptions(-0.5, -1.0, Conventions("after", "all", "forward"))
    assert policy.futures == tmp_path / "prices" / "zq.csv"


def test_without_a_word_about_policy_there_are_no_futures_and_no_reversal_rate(
    write: config.Any,
) -> None:
    empty = "[policy]\nfutures = ''\nreversal_rate = ''\n"
    for text in ("", empty):
        policy = config.load(write(text), {}).policy
        assert policy.options == PolicyOptions()
        assert policy.futures is None
    variables = {"RECESSION_MONITOR_POLICY__REVERSAL_RATE": "0.25"}
    assert config.load(write(empty), variables).policy.options.reversal_rate == 0.25


@pytest.mark.parametrize(
    ("given", "taken"),
    [("en", "en"), ("EN", "en"), ("zh", "zh_CN"), ("zh-CN", "zh_CN"), ("zh_cn", "zh_CN"),
     ("zh-Hans", "zh_CN")],
)  # fmt: skip
def test_a_language_may_be_written_in_the_usual_ways(given: str, taken: str) -> None:
    settings = config.load(None, {"RECESSION_MONITOR_DIGEST__LANGUAGE": given})
    assert settings.digest.language == taken


def test_the_languages_of_the_settings_are_those_of_the_digest() -> None:
    assert set(get_args(config.Language)) == wording.LANGUAGES.keys()


def test_the_address_of_the_archive_ends_without_a_slash_and_may_be_empty() -> None:
    def address(text: str) -> str:
        return config.load(None, {"RECESSION_MONITOR_SITE__BASE_URL": text}).site.base_url

    assert address("https://host.example/digests/") == "https://host.example/digests"
    assert address("https://host.example:8443") == "https://host.example:8443"
    assert address("") == ""


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(ConfigError, match="RECESSION_MONITOR_STORE__PAHT"):
        config.load(None, {"RECESSION_MONITOR_STORE__PAHT": "x"})


def test_the_key_comes_from_the_environment_or_a_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("abc123\n")
    for environment in ({"FRED_API_KEY": "abc123"}, {"FRED_API_KEY_FILE": str(secret)}):
        settings = config.load(None, environment)
        assert settings.fred_api_key is not None
        assert settings.fred_api_key.get_secret_value() == "abc123"
        assert "abc123" not in f"{settings!r}{settings.model_dump()}"


def test_two_keys_or_an_unreadable_file_fail_loudly(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unset one"):
        config.load(None, {"FRED_API_KEY": "a", "FRED_API_KEY_FILE": "b"})
    with pytest.raises(ConfigError, match="FRED_API_KEY_FILE"):
        config.load(None, {"FRED_API_KEY_FILE": str(tmp_path / "none")})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        config.load(tmp_path / "none.toml", {})
