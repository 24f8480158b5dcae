"""
02.1: find the key that a token names, in a copy that is neither too old nor fetched too often.

Floor 4: knows tokens, and the kit.
"""

from collections.abc import Callable
from typing import Any

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.task import Room, Submission, Task
from labkit.tokens.teaching import teaching_key

JWKS_URL = "http://issuer.example/jwks.json"
ELSEWHERE = "http://mallory.example/jwks.json"
MAX_AGE_S = 300  # What the task allows; also what `labkit.tokens.JwksLimits` has.

Jwk = dict[str, Any]


class Issuer:
    """
    The issuer that a submission asks for keys, and the stranger that it shouldn't ask.

    Attributes:
        kids: The names of the keys that are published now.
        asked: The addresses that were fetched, in order.
    """

    def __init__(self, *kids: str) -> None:
        self.kids = kids
        self.asked: list[object] = []

    def key(self, kid: str, by: str = "issuer") -> Jwk:
        """Return the public key of that name. One key pair stands for all of the issuer's."""
        return {**teaching_key(by).public_jwk(), "kid": kid}

    def __call__(self, url: object) -> dict[str, list[Jwk]]:
        """Answer a GET of *url*."""
        self.asked.append(url)
        if url == JWKS_URL:
            return {"keys": [self.key(kid) for kid in self.kids]}
        return {"keys": [self.key(kid, "stranger") for kid in ("a", "b", "mallory")]}

    def __repr__(self) -> str:
        return "fetch"


class _Client:
    """A submission with its cache, as one service would have it for years."""

    def __init__(self, submission: Submission, issuer: Issuer) -> None:
        self._submission, self._issuer = submission, issuer
        self._cache: dict[object, object] = {}
        self.now = 1000.0

    def find(self, kid: str, **header: str) -> object:
        """Ask the submission for a key, and see to it that no stranger was asked."""
        named = {"alg": "RS256", "kid": kid, "typ": "at+jwt", **header}
        try:
            return self._submission(named, JWKS_URL, self._issuer, self.now, self._cache)
        finally:
            strangers = [url for url in self._issuer.asked if url != JWKS_URL]
            if strangers:
                says = "Your function fetched keys from an address that is not your issuer's."
                raise Finding("trusts-jku", says, f"fetch({strangers[0]!r})")

    def refuses(self, kid: str, when: str, **header: str) -> object:
        """Return what came back for a key that nobody may use; None if an error was raised."""
        try:
            found = self.find(kid, **header)
        except Finding:
            raise
        except Exception:  # Which error a learner's code raises isn't what's checked.
            return None
        if not found:
            says = f"Your function returned {found} and raised no error, {when}."
            raise Finding("refuses-silently", says)
        return found


def _starter(header, jwks_url, fetch, now, cache):
    return TODO


def find_key(header, jwks_url, fetch, now, cache):
    keys = cache.get("keys", {})
    too_old = now - cache.get("fetched", now) > 300
    if header["kid"] not in keys or too_old:
        keys = {key["kid"]: key for key in fetch(jwks_url)["keys"]}
        cache["keys"] = keys
        cache["fetched"] = now
    return keys[header["kid"]]


def _check(submission: Submission, _room: Room | None) -> None:
    issuer = Issuer("a", "b")
    client = _Client(submission, issuer)
    _finds_by_name(client, issuer)
    _asks_once(client, issuer)
    _ignores_the_sender(client, issuer)
    _learns(client, issuer)
    _forgets(client, issuer)


def _finds_by_name(client: _Client, issuer: Issuer) -> None:
    for kid in ("b", "a"):
        found = client.find(kid)
        expect_type(found, dict)
        if found == issuer.key(kid):
            continue
        if found in [issuer.key(other) for other in issuer.kids]:
            says = f"The token names the key {kid!r}; your function returned another one."
            raise Finding("first-key", says, _name(found))
        raise Finding("other-key", "What came back is none of the keys in the set.", _name(found))


def _asks_once(client: _Client, issuer: Issuer) -> None:
    for seconds in (1, 60, MAX_AGE_S - 100):
        client.now = 1000.0 + seconds
        client.find("b")
    if len(issuer.asked) > 1:
        says = f"For 5 tokens within {MAX_AGE_S - 100} s your function asked the issuer "
        raise Finding("fetch-every-call", f"{says}{len(issuer.asked)} times; once was enough.")


def _ignores_the_sender(client: _Client, issuer: Issuer) -> None:
    client.find("b", jku=ELSEWHERE)
    for kid in ("mallory", "nobody"):
        if client.refuses(kid, "although the issuer has no key of that name", jku=ELSEWHERE):
            says = f"The issuer has no key {kid!r}; your function returned one all the same."
            raise Finding("first-key", says)


def _learns(client: _Client, issuer: Issuer) -> None:
    issuer.kids = ("b", "c")
    client.now += 10
    try:
        found = client.find("c")
    except Finding:
        raise
    except Exception as error:
        says = "The issuer has published a new key, c. Your function never found out."
        raise Finding("cache-forever", says, f"{type(error).__name__}: {error}") from None
    if found != issuer.key("c"):
        raise Finding("cache-forever", "For the issuer's new key, c, another one came back.")


def _forgets(client: _Client, issuer: Issuer) -> None:
    issuer.kids = ("c",)
    client.now += MAX_AGE_S + 1
    if client.refuses("b", "although the issuer has removed that key"):
        says = f"The issuer removed the key b {MAX_AGE_S + 1} s ago, and your function still has it"
        raise Finding("keeps-removed-key", f"{says}.")


def _name(found: object) -> object:
    return {"kid": found["kid"]} if isinstance(found, dict) and "kid" in found else found


def _first_key(header, jwks_url, fetch, now, cache):
    return fetch(jwks_url)["keys"][0]


def _fetch_each_time(header, jwks_url, fetch, now, cache):
    return find_key(header, jwks_url, fetch, now, {})


def _never_again(header, jwks_url, fetch, now, cache):
    if not cache:
        cache.update({key["kid"]: key for key in fetch(jwks_url)["keys"]})
    return cache[header["kid"]]


def _only_adds(header, jwks_url, fetch, now, cache):
    if header["kid"] not in cache:
        cache.update({key["kid"]: key for key in fetch(jwks_url)["keys"]})
    return cache[header["kid"]]


def _follows(header, jwks_url, fetch, now, cache):
    return find_key(
        header, header.get("jku", jwks_url), fetch, now, {} if "jku" in header else cache
    )


def _or_none(header, jwks_url, fetch, now, cache):
    try:
        return find_key(header, jwks_url, fetch, now, cache)
    except KeyError:
        return None


_WRONG: dict[str, Callable[..., object]] = {
    "first-key": _first_key,
    "other-key": lambda header, jwks_url, fetch, now, cache: fetch(jwks_url),
    "fetch-every-call": _fetch_each_time,
    "trusts-jku": _follows,
    "refuses-silently": _or_none,
    "cache-forever": _never_again,
    "keeps-removed-key": _only_adds,
}

FIND_KEY = Task(
    id="02.1",
    title="the key that a token names",
    task="Write find_key(header, jwks_url, fetch, now, cache): return the key whose kid the header "
    "names, and raise an error if the issuer has none. Ask the issuer only if the kid is unknown "
    "or your copy is more than 300 s old.",
    starter=_starter,
    check=_check,
    solution=find_key,
    call=lambda _room: ({"alg": "RS256", "kid": "b"}, JWKS_URL, Issuer("a", "b"), 1000.0, {}),
    wrong=_WRONG,
    hints={
        "first-key": (
            "Which of the keys in the set signed this token, and where does it say so?",
            "A set holds several keys while one takes over from another. The header's kid names "
            "the one to use; if none has that name, there is nothing to return.",
            "compare key['kid'] with header['kid'] for each key of the set",
        ),
        "other-key": (
            "What does fetch(...) return, and which piece of it is one key?",
            "A JWK set is a dict with one member, keys, a list. Each item of that list is a key, "
            "and a dict itself.",
            "for key in fetch(jwks_url)['keys']: ...",
        ),
        "fetch-every-call": (
            "How many requests would your service send to the issuer for 200 tokens a second?",
            "A copy of the keys is good for minutes. Put what you fetched into cache, with the "
            "time, and look there first: the same dict comes back at the next call.",
            "if the kid is in the cached keys, and now minus the time of the fetch is 300 or less: "
            "no fetch",
        ),
        "trusts-jku": (
            "Who wrote the header, and whose server does its jku name?",
            "The header is the sender's word until the signature is checked. With a key from a "
            "server that the sender chose, the sender's own signature fits. Where your issuer "
            "publishes its keys is your configuration's word.",
            "fetch(jwks_url) and no other fetch; don't read header['jku'] at all",
        ),
        "refuses-silently": (
            "What happens in the code of somebody who calls your function and goes on?",
            "There is no key to return. An error stops everybody, also those who forget to look "
            "at the result.",
            "a dict in brackets, keys[kid], raises KeyError by itself; keys.get(kid) doesn't",
        ),
        "cache-forever": (
            "What does your copy of the keys say of a key that was published a minute ago?",
            "An issuer changes its keys. A kid that you don't know may be made up, or it may be "
            "new: only the issuer can tell, so ask it again.",
            "if the kid is not among the cached keys: fetch(jwks_url), and look once more",
        ),
        "keeps-removed-key": (
            "How would your service ever hear that a key was stolen and taken out of the set?",
            "Nobody tells it. So a copy has an end: after 300 s it is fetched again, and what is "
            "no longer in the set is gone. Replace the old copy; don't add to it.",
            "keep the time of the fetch beside the keys; too old means now - that time > 300",
        ),
    },
)
