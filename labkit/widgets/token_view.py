"""
A token to take in one's hands: point at a claim, watch it expire, change a character.

::

    lab.view(token)                          # the last line of a cell

A cell shows two outputs: the picture, which lasts and cuts the signature, and below it the view.
The token's characters go to the page in a message, and into no notebook. In a terminal it is the
picture's twin, in text.

Floor 4: knows tokens, pictures and errors; anywidget loads with the first view that is displayed.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.pictures import Picture
from labkit.tokens import AccessTokenPolicy
from labkit.tokens.jws import JwkSet
from labkit.widgets.token_data import Json, look
from labkit.widgets.view import View

if TYPE_CHECKING:
    from labkit.widgets.token_page import TokenWidget

MAX_EDITED = 20_000  # Characters that are looked at; our choice: twice what no verifier takes.


class TokenView(View):
    """
    A token as one verifier sees it. `token_view` makes one.

    Attributes:
        picture: What has to last: as it was when the view was made.
    """

    _without = (
        "the interactive view of a token needs anywidget: pip install 'labkit[course]'; "
        "labkit.pictures.token_anatomy(token) draws the picture without"
    )

    def __init__(
        self,
        token: str,
        policy: AccessTokenPolicy,
        keys: Callable[[], JwkSet],
        version: Callable[[], object] | None = None,
    ) -> None:
        if not isinstance(token, str):
            raise UsageError("token has to be a text such as 'eyJ...', as lab.token() returns it")
        if not isinstance(policy, AccessTokenPolicy):
            raise UsageError("policy has to be an AccessTokenPolicy: who checks the token")
        if not callable(keys):
            raise UsageError(
                "keys has to be a function that returns a JWK set: lab.issuer_keys.jwk_set"
            )
        self._token, self._policy, self._keys = token, policy, keys
        self._version = version or (lambda: None)
        self.picture: Picture = look(token, policy, keys()).picture()

    def look(self, text: str | None = None) -> Json:
        """Return what the page is told now of *text*, or of the token itself."""
        token = self._token if text is None else text[:MAX_EDITED]
        return look(token, self._policy, self._keys()).data()

    def _moment(self) -> object:
        """Return how the clock runs and which keys there are, and fetch none."""
        clock = self._policy.clock
        ahead = clock.now() - (0 if clock.stands_still else time.time())
        return round(ahead), self._version()

    def _make_widget(self) -> "TokenWidget":
        from labkit.widgets.token_page import TokenWidget

        return TokenWidget(self.look, self._moment, f"token view, {self._policy.audience}")


def token_view(
    token: str,
    policy: AccessTokenPolicy,
    keys: Callable[[], JwkSet],
    version: Callable[[], object] | None = None,
) -> TokenView:
    """
    Return a view of *token* as a verifier with *policy* sees it; a cell's last line shows it.

    Pointing at a claim shows its characters in the token and what a verifier does with it. The time
    left runs by the policy's clock. A changed character is checked at once. Any text can be looked
    at; what is no token fails at the first step.

    Args:
        policy: Who checks it: one issuer, one audience, one clock.
        keys: Returns the issuer's JWK set. Called at each check, so keys may change meanwhile.
        version: Returns something that is another thing when the keys are others. Asked after each
            cell, so it has to cost nothing; without it, new keys show at the next check.

    Raises:
        UsageError: One of them is something else.
    """
    return TokenView(token, policy, keys, version)
