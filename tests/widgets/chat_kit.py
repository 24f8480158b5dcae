"""What the tests of a chat share: all pages of one session, and what stands on them."""

import json
import threading

from labkit.background import BackgroundLoop
from labkit.widgets.session import Session

LIMIT_S = 20
ANSWERED = (("user", "sent"), ("answer", "done"))


class Pages:
    """All pages of one session: what they were sent, and what stands there."""

    def __init__(self, ask):
        self.sent, self.ends = [], 0
        self._came = threading.Condition()
        self.session = Session(ask, self._take, self._end)

    @classmethod
    def of(cls, chat):
        """Return the pages of a `Chat`."""
        pages = cls(lambda *_: None)
        pages.chat = chat  # Its widget holds it otherwise.
        pages.session = chat._session
        chat._session._outbox.send, chat._session._on_end = pages._take, pages._end
        return pages

    def _take(self, message):
        with self._came:
            self.sent.append(json.loads(json.dumps(message)))
            self._came.notify_all()

    def _end(self):
        self.ends += 1

    def ask(self, **request):
        """Do what a page asks for, on the loop, to its end."""
        BackgroundLoop.shared().run(self.session.handle(request))

    def say(self, text):
        self.ask(type="send", text=text)

    @property
    def shown(self):
        """What a page shows that got everything; sees that no number is missing or doubled."""
        messages, status = {}, {"busy": False}
        sent = [each for each in self.sent if each["type"] == "changes"]
        assert [each["seq"] for each in sent] == list(range(1, len(sent) + 1))
        for kind, *what in [change for each in sent for change in each["changes"]]:
            if kind == "put":
                messages[what[0]["id"]] = what[0]
            elif kind == "text":
                messages[what[0]] = {
                    **messages[what[0]],
                    "text": messages[what[0]]["text"] + what[1],
                }
            elif kind == "drop":
                messages.pop(what[0], None)
            else:
                (status,) = what
        return list(messages.values()), status

    def wait(self, ready):
        """Wait until what is shown is *ready*, and return it."""
        with self._came:
            came = self._came.wait_for(lambda: ready(*self.shown), LIMIT_S)
            assert came, self.shown
            return self.shown[0]

    def until(self, *expected):
        """Wait until the messages have these kinds and states, at rest."""

        def ready(messages, status):
            return kinds(messages) == list(expected) and not status["busy"]

        return self.wait(ready)

    def until_last(self, kind, state):
        return self.wait(lambda messages, _: kinds(messages)[-1:] == [(kind, state)])[-1]


def kinds(messages):
    return [(each["kind"], each["state"]) for each in messages]
