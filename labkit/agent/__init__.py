"""
An agent: a model, tools it may ask for, and the place where each of its calls is checked.

Read in this order: `events` (what a run tells), `transcript` (what was said), `tools` with `schema`
and `context` (what can be called), `gateway` (who may call it), `loop` (how it goes on), `agent`
(the face of all that).
"""
