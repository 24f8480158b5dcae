"""
The outside search service: somebody else's API, as one meets it: slow, at times down, and counting.

It trusts the same issuer for an audience of its own, so a token for inspections is worth nothing
here. Its faults are part of the lesson, and the same for the same number of requests: every
`SearchConfig.fails_every`-th is answered with 503, and whoever asks too often with 429.

Floor 2: started by `labkit.server`, or by ``uvicorn --factory labkit.services.search:create_app``.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from labkit.database.fulltext import different_words
from labkit.errors import UsageError
from labkit.services import bearer, problems
from labkit.services.app import Service
from labkit.services.bearer import Require
from labkit.services.hardening import HardeningConfig
from labkit.services.notices import NOTICES, Notice
from labkit.services.paging import QUESTION_PATTERN
from labkit.services.protected import ProtectedConfig, protected_service
from labkit.services.ratelimit import RateLimit
from labkit.services.scopes import SEARCH, SEARCH_READ
from labkit.services.views import View
from labkit.settings import Settings
from labkit.tokens import Claims

DELAY_S = 0.15  # Our choice: slow enough to see in a trace, quick enough to wait for.
FAILS_EVERY = 7  # Our choice: a lesson of a few questions meets it once or twice.
REQUESTS_PER_MINUTE = 60
RETRY_SOON_S = 1
MAX_RESULTS = 10
SHORTEST_WORD = 4  # Letters. Shorter ones are mostly "the" and "is".
TITLE_WEIGHT = 2  # A word in the title counts twice, as in the runbooks.


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig(ProtectedConfig):
    """
    What the service has to know before it starts, beside what every protected service has to.

    Attributes:
        delay_s: How long each search takes at least, in seconds.
        fails_every: Each so-manieth search is answered with 503; 0 means none.
        requests_per_minute: Of one user, through one agent; the next is answered with 429.
    """

    audience: str = SEARCH
    delay_s: float = DELAY_S
    fails_every: int = FAILS_EVERY
    requests_per_minute: int = REQUESTS_PER_MINUTE

    def __post_init__(self) -> None:
        """Refuse what could not work, here and not at the first request."""
        ProtectedConfig.__post_init__(self)
        is_number = isinstance(self.delay_s, int | float)
        if not is_number or not 0 <= self.delay_s <= 60:
            raise UsageError("delay_s has to be a number of seconds from 0 to 60")
        if type(self.fails_every) is not int or self.fails_every < 0:
            raise UsageError("fails_every has to be a whole number, 0 for never")

    @classmethod
    def from_settings(cls, settings: Settings) -> "SearchConfig":
        """
        Return the configuration of a process of its own.

        Raises:
            UsageError: ``LABKIT_ISSUER_URL`` isn't set.
        """
        if settings.issuer_url is None:
            raise UsageError("set LABKIT_ISSUER_URL before you start the search service")
        return cls(
            issuer=settings.issuer_url,
            jwks_url=f"{settings.issuer_url}/jwks.json",
            profile=settings.profile,
            hardening=HardeningConfig(hosts=settings.hosts),
        )


class Result(View):
    """A text that fits."""

    id: str
    source: str = Field(examples=["supplier"])
    title: str
    text: str
    score: int = Field(description="Words of the question that it holds; its title's count twice.")


class Results(View):
    """Texts that fit, the best first."""

    items: list[Result]


class SearchQuery(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field(
        min_length=1, max_length=300, pattern=QUESTION_PATTERN, description="Words, or a question."
    )
    limit: int = Field(3, ge=1, le=MAX_RESULTS)


def create_app(config: SearchConfig | None = None) -> Service:
    """
    Return the service. It opens nothing until its lifespan starts.

    Args:
        config: None reads the environment.

    Raises:
        UsageError: The configuration can't work; the text names what to change.
    """
    chosen = SearchConfig.or_environment(config)
    service = protected_service(
        chosen,
        title="Search",
        description="An outside service: notices and handbooks. Slow, and not always there.",
        routers=[router],
    )
    service.state.config = chosen
    service.state.limit = RateLimit(chosen.requests_per_minute)
    service.state.numbers = count(1)
    return service


async def _in_turn(
    request: Request, claims: Annotated[Claims, Depends(Require(SEARCH_READ))]
) -> None:
    """
    Let a search through as an outside service does: counted, late, sometimes not at all.

    Raises:
        HTTPException: 429 for whoever asks too often, 503 in a bad moment; both say when to retry.
    """
    state = request.app.state
    wait_s = state.limit.wait_s(f"{claims.subject} {claims.client_id}")
    if wait_s:
        raise HTTPException(429, "too many searches; wait", headers={"Retry-After": str(wait_s)})
    number = next(state.numbers)
    await asyncio.sleep(state.config.delay_s)
    if state.config.fails_every and number % state.config.fails_every == 0:
        again = {"Retry-After": str(RETRY_SOON_S)}
        raise HTTPException(503, "the search is down for a moment; try again", headers=again)


router = APIRouter(tags=["read"])


@router.get(
    "/search",
    response_model=Results,
    dependencies=[Depends(_in_turn)],
    responses={**bearer.ANSWERS, **problems.answers(422, 429)},
)
async def search(query: Annotated[SearchQuery, Query()]) -> dict[str, Any]:
    """Find notices and handbook pages that hold words of a question."""
    return {"items": best_of(NOTICES, query.q, query.limit)}


def best_of(notices: Sequence[Notice], question: str, limit: int) -> list[dict[str, Any]]:
    """
    Return the *limit* notices that hold most words of *question*; those with none never.

    A short word, or one that stands in more than a third of all notices, isn't counted.
    """
    titles = [_stems(notice.title) for notice in notices]
    texts = [_stems(notice.text) for notice in notices]
    pairs = zip(titles, texts, strict=True)
    everywhere = Counter(word for title, text in pairs for word in title | text)
    words = {word for word in _stems(question) if everywhere[word] <= len(notices) / 3}
    scores = [
        TITLE_WEIGHT * len(words & title) + len(words & text)
        for title, text in zip(titles, texts, strict=True)
    ]
    best = sorted(range(len(notices)), key=lambda place: -scores[place])  # Stable: ties by place.
    return [{**notices[n]._asdict(), "score": scores[n]} for n in best[:limit] if scores[n]]


def _stems(written: str) -> set[str]:
    """Return the longer words of a text, without the end of an English plural."""
    return {
        word.removesuffix("s") for word in different_words(written) if len(word) >= SHORTEST_WORD
    }
