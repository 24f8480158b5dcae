"""
02.2: keep a token for as long as it's good, and ask for the next one once, however many wait.

Floor 4: knows the kit.
"""

import threading
from types import TracebackType

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.task import Room, Submission, Task

SPARE_S = 30  # What the task asks for: a token that is on its way mustn't expire there.
CALLERS = 8
GATHERING_S = 1.0  # How long the issuer waits for the crowd; a right answer with a lock of its own
# keeps the others where we can't count them, and only then this time passes.


class CountedLock:
    """A lock that knows how many wait for it. Whoever holds it may take it again."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._crowd = threading.Condition()
        self._holder: int | None = None  # Both are written by the thread that holds the lock.
        self._depth = 0
        self.waiting = 0

    @property
    def is_mine(self) -> bool:
        """Whether the thread that asks holds it."""
        return self._holder == threading.get_ident()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def acquire(self) -> bool:
        """Take it, as soon as nobody else has it."""
        with self._crowd:
            self.waiting += 1
            self._crowd.notify_all()
        self._lock.acquire()
        self._depth += 1
        self._holder = threading.get_ident()
        with self._crowd:
            self.waiting -= 1
        return True

    def release(self) -> None:
        """Give it back."""
        if self.is_mine:
            self._depth -= 1
            self._holder = self._holder if self._depth else None
        self._lock.release()

    def wait_for_crowd(self, size: int, seconds: float) -> None:
        """Return when *size* callers wait for the lock, or after so many seconds."""
        with self._crowd:
            self._crowd.wait_for(lambda: self.waiting >= size, seconds)

    def __repr__(self) -> str:
        return "lock"


class Issuer:
    """
    The issuer that a submission asks for tokens.

    Attributes:
        lifetime_s: Seconds that its tokens live.
        asked: How often it was asked.
        unlocked: How often by a thread that didn't hold the lock.
    """

    def __init__(self, lifetime_s: int = 300, lock: CountedLock | None = None) -> None:
        self.lifetime_s = lifetime_s
        self.asked = self.unlocked = 0
        self._lock = lock
        self._counting = threading.Lock()
        self._two = threading.Event()

    def __call__(self) -> dict[str, object]:
        """Sign in: answer as a token endpoint does (RFC 6749 section 5.1)."""
        with self._counting:
            self.asked += 1
            self.unlocked += self._lock is None or not self._lock.is_mine
            number = self.asked
        if number > 1:
            self._two.set()
        elif self._lock is not None:
            self._gather(self._lock)
        return {
            "access_token": f"token-{number}",
            "token_type": "Bearer",
            "expires_in": self.lifetime_s,
        }

    def _gather(self, lock: CountedLock) -> None:
        """Be slow until everybody else waits for the lock, or somebody asks a second time."""

        def watch() -> None:
            lock.wait_for_crowd(CALLERS - 1, GATHERING_S)
            self._two.set()

        threading.Thread(target=watch, daemon=True).start()
        self._two.wait(2 * GATHERING_S)

    def __repr__(self) -> str:
        return "sign_in"


def _starter(sign_in, now, cache, lock):
    return TODO


def current_token(sign_in, now, cache, lock):
    with lock:
        if cache.get("expires", now) - now < 30:
            answer = sign_in()
            cache["token"] = answer["access_token"]
            cache["expires"] = now + answer["expires_in"]
        return cache["token"]


def _check(submission: Submission, _room: Room | None) -> None:
    _keeps(submission)
    _renews(submission, 300)
    _renews(submission, 90)
    _asks_once_for_all(submission)


def _keeps(submission: Submission) -> None:
    issuer, cache, lock = Issuer(), {}, CountedLock()  # type: ignore[var-annotated]
    first = submission(issuer, 1000.0, cache, lock)
    expect_type(first, str)
    if first != "token-1":
        says = "What came back is not the token in the issuer's answer."
        raise Finding("other-token", says, first)
    for now in (1001.0, 1100.0, 1200.0):
        submission(issuer, now, cache, lock)
    if issuer.asked > 1:
        says = f"For 4 calls within 200 s your function signed in {issuer.asked} times; the first "
        raise Finding("sign-in-every-call", f"{says}token was good for 300 s.")


def _renews(submission: Submission, lifetime_s: int) -> None:
    """Expect the old token while it's good for longer than the spare time, then a new one."""
    issuer, cache, lock = Issuer(lifetime_s), {}, CountedLock()  # type: ignore[var-annotated]
    submission(issuer, 1000.0, cache, lock)
    left = SPARE_S - 10
    token = submission(issuer, 1000.0 + lifetime_s - left, cache, lock)
    if token == "token-2":  # noqa: S105 - the name of a token, no secret.
        return
    says = f"The issuer said expires_in={lifetime_s}. {lifetime_s - left} s later your function "
    code = "refresh-after-expiry" if lifetime_s == Issuer().lifetime_s else "lifetime-assumed"
    raise Finding(code, f"{says}still returned that token, good for {left} s more.", token)


def _asks_once_for_all(submission: Submission) -> None:
    """Let several callers come at once, and keep the issuer busy until all of them are there."""
    lock = CountedLock()
    issuer, cache, errors = Issuer(lock=lock), {}, []  # type: ignore[var-annotated]

    def call() -> None:
        try:
            submission(issuer, 1000.0, cache, lock)
        except BaseException as error:
            errors.append(error)

    callers = [threading.Thread(target=call, daemon=True) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    if errors:
        raise errors[0]
    if issuer.asked > 1:  # How many more than one is chance; the finding reads the same each time.
        says = f"{CALLERS} threads needed a token at the same time, and more than one signed in"
        if issuer.unlocked:
            raise Finding("thundering-refresh", f"{says}.")
        raise Finding("looks-before-the-lock", f"{says}, one after the other, each in the lock.")


def _sign_in_each_time(sign_in, now, cache, lock):
    return sign_in()["access_token"]


def _with_its_type(sign_in, now, cache, lock):
    return "Bearer " + current_token(sign_in, now, cache, lock)


def _until_it_expires(sign_in, now, cache, lock):
    with lock:
        if cache.get("expires", now) <= now:
            answer = sign_in()
            cache["token"], cache["expires"] = answer["access_token"], now + answer["expires_in"]
        return cache["token"]


def _five_minutes(sign_in, now, cache, lock):
    with lock:
        if "token" not in cache or now - cache["since"] > 270:
            cache["token"], cache["since"] = sign_in()["access_token"], now
        return cache["token"]


def _without_lock(sign_in, now, cache, lock):
    if cache.get("expires", now) - now < 30:
        answer = sign_in()
        cache["token"], cache["expires"] = answer["access_token"], now + answer["expires_in"]
    return cache["token"]


def _lock_around_sign_in(sign_in, now, cache, lock):
    if cache.get("expires", now) - now < 30:
        with lock:
            answer = sign_in()
            cache["token"], cache["expires"] = answer["access_token"], now + answer["expires_in"]
    return cache["token"]


CURRENT_TOKEN = Task(
    id="02.2",
    title="a token that is always good",
    task="Write current_token(sign_in, now, cache, lock): return an access token that is good for "
    "at least 30 s more. Sign in only if need be, and once, however many threads call at once.",
    starter=_starter,
    check=_check,
    solution=current_token,
    call=lambda _room: (Issuer(), 1000.0, {}, CountedLock()),
    wrong={
        "other-token": _with_its_type,
        "sign-in-every-call": _sign_in_each_time,
        "refresh-after-expiry": _until_it_expires,
        "lifetime-assumed": _five_minutes,
        "thundering-refresh": _without_lock,
        "looks-before-the-lock": _lock_around_sign_in,
    },
    hints={
        "other-token": (
            "Which member of the issuer's answer is the token?",
            "The answer is a dict. Its access_token is a text, and a request needs that text as it "
            "is.",
            "sign_in()['access_token']",
        ),
        "sign-in-every-call": (
            "For how long is a token good that you were just given?",
            "The issuer's answer says so: expires_in, in seconds from now. Until then the same "
            "token works as well as a new one, and costs nothing.",
            "put the token and now + expires_in into cache; at the next call look there first",
        ),
        "refresh-after-expiry": (
            "A request leaves with a token that has one second to live. What does it find on "
            "arrival?",
            "A token that is good when you look can be bad when it's read: the request takes time "
            "and clocks differ. So renew it while it's still good, some time before its end.",
            "sign in again if less than 30 s are left, and not when none are left",
        ),
        "lifetime-assumed": (
            "How does your function know how long this token lives?",
            "The issuer decides, and may decide otherwise tomorrow. Every answer says it anew.",
            "the moment of expiry is now + the answer's expires_in",
        ),
        "thundering-refresh": (
            "Two threads find at the same moment that the token is old. What does each do next?",
            "Looking and signing in are two steps, and others come in between. Let one thread in "
            "at a time, for both steps together: who comes second finds the new token.",
            "with lock:   # above the if, so that the look at the cache happens inside",
        ),
        "looks-before-the-lock": (
            "While a thread waits in front of the lock, what does it believe about the token?",
            "What was looked up before the wait is old news after it: whoever was inside has "
            "brought a new token. Only a look inside the lock can be trusted.",
            "the if stands inside of with lock: (looking once more in there is right as well)",
        ),
    },
)
