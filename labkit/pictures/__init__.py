"""
Data in; a matplotlib figure and its twin in text out.

No function here looks anything up or measures anything: what a picture shows was passed to it.
matplotlib loads when the first picture is drawn, not when this package is imported.

Floor 0: imports nothing of labkit but its errors.
"""

from labkit.pictures.anatomy import token_anatomy
from labkit.pictures.journey import Hop, course_map
from labkit.pictures.picture import Picture

__all__ = ["Hop", "Picture", "course_map", "token_anatomy"]
