"""
Audiences and scopes, named once: what a token can be meant for, and what it can allow there.

A scope is written ``audience:verb``, so that nobody mistakes a right at one service for a right at
another.

Floor 2: imports nothing.
"""

from collections.abc import Mapping
from types import MappingProxyType

INSPECTIONS = "inspections"
INSPECTIONS_READ = "inspections:read"
INSPECTIONS_WRITE = "inspections:write"
SEARCH = "search"
SEARCH_READ = "search:read"
AGENT = "agent"
"""The program that acts for users. A token meant for it carries what it may trade on (RFC 8693)."""

AUDIENCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        INSPECTIONS: frozenset({INSPECTIONS_READ, INSPECTIONS_WRITE}),
        SEARCH: frozenset({SEARCH_READ}),
        AGENT: frozenset({INSPECTIONS_READ, INSPECTIONS_WRITE, SEARCH_READ}),
    }
)
"""Each service that tokens can be meant for, with the scopes that it knows."""
