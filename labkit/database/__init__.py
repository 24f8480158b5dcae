"""
What we know: engine and sessions, the tables, and the same rows every time.

Read in this order: `tables`, `rows` (the story in the data), `seed` (how it gets on disk),
`engine` (how a service reads it), `upsert` (how two insert the same row at once), `turns` (how one
process makes the tables while the others wait), `private` (a file for its owner alone), `failures`
(why a database can't be used, in words).
"""

from labkit.database.engine import Database
from labkit.database.seed import prepare, seeded_database

__all__ = ["Database", "prepare", "seeded_database"]
