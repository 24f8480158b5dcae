"""
What can be used with mouse and keyboard, in a notebook's page.

Each is plain files: Python makes the data, JavaScript and CSS show it. Nothing is bundled, and
nothing is fetched; anywidget loads with the first one that is displayed. What has to last stands
in an output of its own, for a widget needs a running kernel.

The chat: `conversation` first (events in, messages out), then `session`, `chat`, `chat_page`, with
`chat_model.js` (what the page knows) and `chat.js` (what it draws).
"""
