"""
A call's arguments, found in what somebody wrote.

Of all that could go to the parameters (see `labkit.rehearsal.candidates`) what fits best is taken
first, and what a value was taken from isn't used twice. An optional parameter is filled only
by what the words around it point to. What is left of the sentence goes to a query or a text.

Glossary:
    taken: the spans that have been used.
    several: values of a parameter that takes one; each makes a call of its own.
    sure: found by more than being left over.

Floor 1: imports nothing of labkit but its neighbours.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from labkit.rehearsal.accepting import SURE, is_enough, is_plain, may_be_several
from labkit.rehearsal.arithmetic import expressions_in
from labkit.rehearsal.candidates import Candidates
from labkit.rehearsal.choices import chosen
from labkit.rehearsal.days import days_meant
from labkit.rehearsal.filled import Filled
from labkit.rehearsal.fitting import Fit
from labkit.rehearsal.free_text import rest_for, topics_in
from labkit.rehearsal.full_names import halves_of
from labkit.rehearsal.lists import rest_list, the_open_list
from labkit.rehearsal.nesting import nested
from labkit.rehearsal.parameters import Parameter
from labkit.rehearsal.roles import Role
from labkit.rehearsal.spans import Kind, Span, overlap, spans_of
from labkit.rehearsal.switches import flagged
from labkit.rehearsal.units import MONEY
from labkit.rehearsal.values import Found, list_around
from labkit.rehearsal.words import stems_of


def fill(
    parameters: Sequence[Parameter],
    text: str,
    today: date | None = None,
    about: frozenset[str] = frozenset(),
    described: frozenset[str] = frozenset(),
) -> Filled:
    """
    Return what *text* says for *parameters*.

    Args:
        today: What "tomorrow" counts from.
        about: Stems of the tool's name.
        described: Stems of its name and description, which don't begin or end a phrase.
    """
    return _Filler(parameters, text, today, about, described).run()


class _Filler:
    """One text, one set of parameters, and what of the text has been used."""

    def __init__(
        self,
        parameters: Sequence[Parameter],
        text: str,
        today: date | None,
        about: frozenset[str],
        described: frozenset[str],
    ) -> None:
        self.parameters, self.text, self.today = parameters, text, today
        counted = (p.nouns for p in parameters)
        self.about, self.described = about, described.union(*counted)
        self.spans = spans_of(text, today)
        self.candidates = Candidates(text, self.spans, self.described)
        self.filled = Filled()
        self.taken: list[Span] = []

    def run(self) -> Filled:
        for parameter in self.parameters:
            self.listed(parameter)
        self.halved()
        for each in self.candidates.best_first(self.open()):
            if is_enough(each):
                self.take(each)
        for each in self.candidates.best_first(self.open()):
            if is_plain(each):
                self.take(each)
        self.listed_rest()
        for parameter in list(self.open()):
            if parameter.role is Role.OBJECT:
                self.nested(parameter)
            else:
                self.left_over(parameter)
        self.last_days()
        self.filled.missing = [p for p in self.open() if p.required]
        self.filled.unused = self.left(_TELLING)
        self.filled.idle = self.left(_IDLE)
        return self.filled

    def left(self, kinds: Sequence[Kind]) -> int:
        """Count the spans that nothing takes; a text or a query takes them all."""
        filled = (p.role for p in self.parameters if p.name in self.filled.arguments)
        if not {Role.QUERY, Role.TEXT, Role.EXPRESSION, Role.OBJECT}.isdisjoint(filled):
            return 0
        return sum(self.free(each) for each in self.spans if each.kind in kinds)

    def open(self) -> Iterator[Parameter]:
        """Yield the parameters that have no value yet."""
        return (p for p in self.parameters if p.name not in self.filled.arguments)

    def listed(self, parameter: Parameter) -> None:
        """Take what a schema lists, a switch, arithmetic, and objects."""
        if parameter.role is Role.CHOICE:
            self.put(parameter, chosen(parameter, self.text, self.about, self.unclaimed))
        elif parameter.role is Role.FLAG:
            self.put(parameter, flagged(parameter, self.text, self.about))
        elif parameter.role is Role.EXPRESSION:
            self.put(parameter, [Found(each, 0, 0) for each in expressions_in(self.text)])

    def nested(self, parameter: Parameter) -> None:
        others = [p for p in self.parameters if p.role is Role.OBJECT and p is not parameter]
        for text in (self.unspent(), self.text):
            value = nested(parameter, text, others, self.inside)
            if value is not None:
                self.filled.arguments[parameter.name] = value
                return

    def inside(self, parameters: Sequence[Parameter], text: str) -> Filled:
        return fill(parameters, text, self.today, self.about, self.described)

    def listed_rest(self) -> None:
        """Take a list of phrases that nothing else has, for the one list that is open."""
        parameter = the_open_list(list(self.open()))
        free = [each for each in self.spans if self.free(each)]
        if parameter is not None and (run := rest_list(parameter, self.text, free, self.described)):
            self.filled.arguments[parameter.name] = [str(each.value) for each in run]
            self.taken += run

    def unspent(self) -> str:
        """Return the text with blanks for what has been used."""
        text = self.text
        for each in self.taken:
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
        return text

    def halved(self) -> None:
        """Give a full name's first word to a given name, the others to a surname."""
        for parameter, value, span in halves_of(self.parameters, self.spans):
            self.filled.arguments[parameter.name] = value
            self.taken.append(span)

    def last_days(self) -> None:
        """Take days that are meant and not said: the one of both, today's."""
        free = [each for each in self.spans if self.free(each)]
        meant = days_meant(self.parameters, self.filled.arguments, self.text, free, self.today)
        self.filled.arguments.update(meant)

    def put(self, parameter: Parameter, found: Sequence[Found]) -> None:
        """Give *parameter* values whose places say by themselves what they are."""
        if not found:
            return
        values = list(dict.fromkeys(each.value for each in found))
        self.filled.arguments[parameter.name] = values if parameter.many else values[0]
        self.filled.sure += 1
        if not found[0].unit:  # A choice that is only likely says so there.
            self.filled.certain.add(parameter.name)
        spans = (Span(Kind.PHRASE, f.value, f.start, f.end) for f in found if f.end > f.start)
        self.taken += [span for span in spans if not self.part_of_a_word(span)]
        if len(values) > 1 and not parameter.many:
            self.filled.several[parameter.name] = values

    def part_of_a_word(self, span: Span) -> bool:
        """Tell whether a choice stands inside of a file's name or an id, which it leaves whole."""
        joined = (each for each in self.spans if each.kind in (Kind.SLUG, Kind.IDENTIFIER))
        return any(overlap(span, each) and each.end - each.start > span.end - span.start
                   for each in joined)  # fmt: skip

    def take(self, best: Fit) -> None:
        parameter = best.parameter
        if parameter.name in self.filled.arguments or not self.free(best.span):
            return
        alike = [best.span, *(() if self.shares_out(parameter) else self.alike(best))]
        run = list_around(best.span, alike, self.text, bare=parameter.role is Role.NUMBER)
        values = list(dict.fromkeys(each.value for each in run))
        self.filled.arguments[parameter.name] = values if parameter.many else best.span.value
        self.filled.scores[parameter.name] = best.score
        if best.score >= SURE:
            self.filled.sure += 1
            self.filled.certain.add(parameter.name)
        used = run if parameter.many or len(values) > 1 else [best.span]
        self.taken += [span for span in used if not self.counted_in(span)]
        if len(values) > 1 and not parameter.many:
            self.filled.several[parameter.name] = values

    def shares_out(self, parameter: Parameter) -> bool:
        """Tell whether values alike belong to one parameter each: two dates, "add 2 and 3"."""
        same = [p for p in self.open() if p.role is parameter.role]
        if parameter.role is Role.DATE:
            return len(same) > 1
        if parameter.role is not Role.NUMBER or sum(p.required for p in same) < 2:
            return False
        named = {noun for p in same for noun in p.nouns}
        return parameter.required and named.isdisjoint(stems_of(self.text))

    def counted_in(self, span: Span) -> bool:
        """Tell whether *span* is the currency of an amount, which has it too: "34.80 euro"."""
        return any(e.kind is Kind.NUMBER and e.unit in MONEY and e.start < span.start
                   and span.end <= e.end for e in self.spans)  # fmt: skip

    def alike(self, best: Fit) -> Iterator[Span]:
        """Yield the free spans of the same look, of which a list may be made."""
        if not best.parameter.many and not may_be_several(best):
            return
        better = self.candidates.fits_better
        for other in self.candidates.of(best.parameter):
            same = other.span.kind is best.span.kind and not overlap(other.span, best.span)
            if same and self.free(other.span) and not better(other, self.open()):
                yield other.span

    def unclaimed(self, found: Found) -> bool:
        return self.free(Span(Kind.PHRASE, found.value, found.start, found.end))

    def free(self, span: Span) -> bool:
        return not any(overlap(span, each) for each in self.taken)

    def left_over(self, parameter: Parameter) -> None:
        """Take what is left of the sentence, for a query or a text."""
        value = rest_for(parameter, self.text, self.taken, self.about, self.described)
        topics = topics_in(value) if parameter.role is Role.QUERY else [value]
        if value:
            self.filled.arguments[parameter.name] = topics if parameter.many else topics[0]
        if len(topics) > 1 and not parameter.many:
            self.filled.several[parameter.name] = topics


_IDLE = (Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.QUOTE, Kind.CURRENCY)
_TELLING = (Kind.IDENTIFIER, Kind.EMAIL, Kind.LINK)
