"""What the environment says."""

from pathlib import Path

import pytest

from labkit.errors import UsageError
from labkit.settings import Settings


def test_an_empty_environment_gives_the_local_profile_in_the_users_folders() -> None:
    settings = Settings.from_environment({})
    assert settings.profile == "local"
    assert settings.home.name == "labkit"
    assert (settings.database_url, settings.issuer_url, settings.hub_prefix) == (None, None, None)


def test_labkit_home_moves_all_that_labkit_writes(tmp_path: Path) -> None:
    settings = Settings.from_environment({"LABKIT_HOME": str(tmp_path)})
    assert settings.home == tmp_path
    assert settings.cache == tmp_path / "cache"


def test_empty_and_blank_variables_count_as_unset() -> None:
    settings = Settings.from_environment({"LABKIT_PROFILE": "", "DATABASE_URL": "  "})
    assert settings.profile == "local"
    assert settings.database_url is None


def test_urls_are_read_without_a_slash_at_the_end() -> None:
    settings = Settings.from_environment({"LABKIT_ISSUER_URL": "http://127.0.0.1:8001/"})
    assert settings.issuer_url == "http://127.0.0.1:8001"


def test_more_names_of_the_services_stand_between_commas() -> None:
    assert Settings.from_environment({}).hosts == ()
    settings = Settings.from_environment({"LABKIT_HOSTS": " a.example.org, ,b.example.org,"})
    assert settings.hosts == ("a.example.org", "b.example.org")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LABKIT_PROFILE", "public"),
        ("LABKIT_ISSUER_URL", "127.0.0.1:8001"),
        ("LABKIT_ISSUER_URL", "file:///etc/passwd"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable(
    name: str, value: str
) -> None:
    with pytest.raises(UsageError, match=name):
        Settings.from_environment({name: value})


def test_by_default_the_environment_of_the_process_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    assert Settings.from_environment().home == tmp_path


def test_the_password_of_the_database_is_not_shown():
    settings = Settings.from_environment({"DATABASE_URL": "postgresql://lab:hunter2@127.0.0.1/x"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" in settings.database_url


def test_the_audit_trail_has_a_database_of_its_own() -> None:
    url = "postgresql://lab:hunter2@127.0.0.1/audit"
    settings = Settings.from_environment({"LABKIT_AUDIT_DATABASE_URL": url})
    assert (settings.audit_database_url, settings.database_url) == (url, None)
    assert "hunter2" not in repr(settings)


def test_a_lesson_has_no_database_and_no_model_of_the_users_own() -> None:
    environment = {
        "LABKIT_HOME": "/somewhere",
        "DATABASE_URL": "postgresql://127.0.0.1/theirs",
        "OPENAI_API_KEY": "sk-theirs",
    }
    settings = Settings.from_environment(environment)
    assert settings.unused_in_lesson() == ("DATABASE_URL",)
    lesson = settings.for_lesson()
    assert lesson == Settings.from_environment({"LABKIT_HOME": "/somewhere"})
    assert lesson.unused_in_lesson() == ()
