"""
What can be walked through with mouse and keyboard, in a notebook's page.

Each view is plain files: Python makes the data, JavaScript and CSS show it. Nothing is bundled, and
nothing is fetched; anywidget loads with the first view that is displayed. What has to last stands
in an output of its own, a picture, for a widget needs a running kernel.

Read `trace_data` first (what the page is told), then `trace_tree.js` (rows, folding, moving: no
page needed), `trace_view.js` (the page), `trace_view.py`. A token's view is built alike, from
`token_checks` to `token_view`. For the chat: `harmless` (what strangers wrote), `log` and
`conversation` (events in, messages out), `outbox`, `session`, `chat`, then `chat_model.js` (what
the page knows), `chat_text.js` and `chat_code.js` (a text in pieces), `chat_parts.js`, `chat.js`
(the page).
"""

from labkit.widgets.token_view import TokenView, token_view
from labkit.widgets.trace_view import TraceView, trace_view

__all__ = ["TokenView", "TraceView", "token_view", "trace_view"]
