"""
All that could go to a tool's parameters: every span of a text is weighed for every one of them.

Glossary:
    candidate: a span with a parameter that it could be the value of, whether it is taken or not.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Iterable, Sequence

from labkit.rehearsal.fitting import LOOKS, Fit, fit
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.patterns import fitting
from labkit.rehearsal.spans import Span, overlap
from labkit.rehearsal.trimming import trimmed


class Candidates:
    """The candidates in one text, worked out once for each parameter."""

    def __init__(self, text: str, spans: Sequence[Span], described: frozenset[str]) -> None:
        self.text, self.spans, self.described = text, spans, described
        self.found: dict[str, list[Fit]] = {}

    def of(self, parameter: Parameter) -> list[Fit]:
        """Return all that could go to *parameter*."""
        if parameter.name not in self.found:
            found = list(fitting(parameter, self.text, self.spans))
            looks = LOOKS.get(parameter.role, {})
            for span in (each for each in self.spans if each.kind in looks):
                own = trimmed(span, self.text, parameter, self.described)
                found += filter(None, (fit(parameter, own, self.text) if own else None,))
            self.found[parameter.name] = list(dict.fromkeys(found))
        return self.found[parameter.name]

    def best_first(self, parameters: Iterable[Parameter]) -> list[Fit]:
        """Return all that could go to *parameters*, the best first."""
        fits = [found for parameter in parameters for found in self.of(parameter)]
        return sorted(fits, key=lambda each: -each.score)

    def fits_better(self, found: Fit, parameters: Iterable[Parameter]) -> bool:
        """Tell whether a span fits another of *parameters* better: "skipper Ingrid, crew Lars"."""
        return any(
            overlap(each.span, found.span) and each.score > found.score
            for p in parameters
            if p is not found.parameter
            for each in self.of(p)
        )
