"""
What the environment says, read once.

Nothing else in labkit reads ``os.environ``: what a part needs to know is passed to it, so a test
or a second lab can be told something else.

Floor 0: imports nothing of labkit but its errors.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path

from labkit.errors import UsageError

Profile = Literal["local", "exposed"]


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The configuration of a process. `from_environment` reads it; tests build it by hand.

    Attributes:
        home: Folder of what must last: progress, keys (``LABKIT_HOME``).
        cache: Folder of what can be made again: the seeded database.
        profile: "local" for loopback and throwaway keys, "exposed" for a network
            (``LABKIT_PROFILE``).
        database_url: SQLAlchemy URL; None means a fresh SQLite file per lab (``DATABASE_URL``).
        issuer_database_url: The same for the issuer's keys, which no other service may read; None
            keeps them in its process (``LABKIT_ISSUER_DATABASE_URL``).
        audit_database_url: The same for the agents' audit trail; None keeps it as long as its lab
            (``LABKIT_AUDIT_DATABASE_URL``).
        issuer_url: The issuer that services started on their own trust (``LABKIT_ISSUER_URL``).
        hosts: More names that the services answer to, such as a proxy's (``LABKIT_HOSTS``, with
            commas between them).
        model_url: The OpenAI-compatible endpoint of a language model (``OPENAI_BASE_URL``).
        model_key: Its API key (``OPENAI_API_KEY``).
        model: Which of its models to ask (``LABKIT_MODEL``).
        model_service_key: The key that clients of our own model service have to bring; None lets
            everybody in (``LABKIT_MODEL_SERVICE_KEY``).
        hub_prefix: Path under which JupyterHub serves this user (``JUPYTERHUB_SERVICE_PREFIX``).
    """

    home: Path
    cache: Path
    profile: Profile = "local"
    database_url: str | None = field(default=None, repr=False)  # It may hold a password.
    issuer_database_url: str | None = field(default=None, repr=False)  # As above.
    audit_database_url: str | None = field(default=None, repr=False)  # As above.
    issuer_url: str | None = None
    hosts: tuple[str, ...] = ()
    hub_prefix: str | None = None
    model_url: str | None = None
    model_key: str | None = field(default=None, repr=False)
    model: str | None = None
    model_service_key: str | None = field(default=None, repr=False)

    def for_lesson(self) -> "Settings":
        """
        Return these without a database or a model of the user's own.

        A notebook's sentences and checks hold for what labkit brings; and nobody's database should
        get our tables because its URL happens to stand in the environment.
        """
        theirs: dict[str, Any] = dict.fromkeys([*UNUSED_IN_LESSONS, "model_key"])
        return replace(self, **theirs)

    def unused_in_lesson(self) -> tuple[str, ...]:
        """Return the variables that `for_lesson` leaves out. A key alone would change nothing."""
        return tuple(
            variable for name, variable in UNUSED_IN_LESSONS.items() if getattr(self, name)
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """
        Read the settings from *environ*, by default the process's own. Empty counts as unset.

        Raises:
            UsageError: A variable holds something that can't be used; the text names it.
        """
        env = {k: v for k, v in (os.environ if environ is None else environ).items() if v.strip()}
        home = env.get("LABKIT_HOME")
        return cls(
            home=Path(home).expanduser() if home else user_data_path("labkit", appauthor=False),
            cache=Path(home).expanduser() / "cache"
            if home
            else user_cache_path("labkit", appauthor=False),
            profile=_profile(env.get("LABKIT_PROFILE", "local")),
            database_url=env.get("DATABASE_URL"),
            issuer_database_url=env.get("LABKIT_ISSUER_DATABASE_URL"),
            audit_database_url=env.get("LABKIT_AUDIT_DATABASE_URL"),
            issuer_url=_url("LABKIT_ISSUER_URL", env.get("LABKIT_ISSUER_URL")),
            hosts=tuple(
                name.strip() for name in env.get("LABKIT_HOSTS", "").split(",") if name.strip()
            ),
            hub_prefix=env.get("JUPYTERHUB_SERVICE_PREFIX"),
            model_url=_url("OPENAI_BASE_URL", env.get("OPENAI_BASE_URL")),
            model_key=env.get("OPENAI_API_KEY"),
            model=env.get("LABKIT_MODEL"),
            model_service_key=env.get("LABKIT_MODEL_SERVICE_KEY"),
        )


UNUSED_IN_LESSONS = {
    "database_url": "DATABASE_URL",
    "issuer_database_url": "LABKIT_ISSUER_DATABASE_URL",
    "audit_database_url": "LABKIT_AUDIT_DATABASE_URL",
    "model_url": "OPENAI_BASE_URL",
    "model": "LABKIT_MODEL",
}
"""Settings by name, with the variable that each comes from."""


def _profile(value: str) -> Profile:
    if value not in get_args(Profile):
        raise UsageError(f"LABKIT_PROFILE is {value!r}; it can be local or exposed")
    return cast("Profile", value)


SUCH_AS = {
    "LABKIT_ISSUER_URL": "http://127.0.0.1:8001",
    "OPENAI_BASE_URL": "http://127.0.0.1:8004/v1",
}


def _url(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError(f"{name} has to be a URL such as {SUCH_AS[name]}")
    return value.rstrip("/")
