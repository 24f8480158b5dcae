"""
10.3 Search: what a model is shown of documents that it hasn't read.

*Excerpt*: the piece of a body around a word that was found.

Floor 4: knows the kit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.course.findings import TODO, Finding, expect_type
from labkit.course.lessons.tools.search_hints import HINTS
from labkit.course.task import Room, Submission, Task
from labkit.course.text import shown

MOST = 3  # Matches that a result may have.
EXCERPT = 200  # Characters of a body that a match may show,
LEAST = 20  # and that it shows if the body has them.
Document = Mapping[str, str]


def _starter(documents, query):
    return TODO


def search(documents, query):
    words = set(query.lower().split())
    found = []
    for document in documents:
        text = f"{document['title']} {document['body']}".lower()
        hits = [word for word in words if word in text]
        if hits:
            found.append((len(hits), document, hits))
    if not found:
        return {"matches": [], "note": f"no document has a word of {query!r}: try other words"}
    found.sort(key=lambda each: each[0], reverse=True)
    matches = []
    for _, document, hits in found[:3]:
        body = document["body"]
        places = [body.lower().find(word) for word in hits]
        first = min((place for place in places if place >= 0), default=0)
        start = max(0, first - 60)
        excerpt = body[start : start + 200]
        matches.append({"id": document["id"], "title": document["title"], "excerpt": excerpt})
    return {"matches": matches}


# Wrong answers: the right one, but for one thing.


def _changed(change):
    """Make a wrong answer that changes each match: *change* gets it and its document."""

    def searched(documents, query):
        found = search(documents, query)
        whole = {document["id"]: document for document in documents}
        matches = [{**each, **change(each, whole[each["id"]])} for each in found["matches"]]
        return {**found, "matches": matches}

    return searched


def _silent(documents, query):
    return {"matches": search(documents, query)["matches"]}


def _by(fits, documents, query):
    """Search with another idea of what fits."""
    words = query.lower().split()
    found = [document for document in documents if fits(document, words)]
    matches = search(found, query)["matches"] or [
        {"id": d["id"], "title": d["title"], "excerpt": d["body"][:EXCERPT]} for d in found[:MOST]
    ]
    return {"matches": matches} if matches else {"matches": [], "note": "nothing found"}


def _text(document):
    return f"{document['title']} {document['body']}"


def _case_sensitive(documents, query):
    return _by(lambda d, words: any(w in _text(d) for w in query.split()), documents, query)


def _with_all_words(documents, query):
    return _by(
        lambda d, words: words and all(w in _text(d).lower() for w in words), documents, query
    )


def _in_bodies(documents, query):
    return _by(lambda d, words: any(w in d["body"].lower() for w in words), documents, query)


def _with_the_empty_word(documents, query):
    return _by(lambda d, _: any(w in _text(d).lower() for w in query.split(" ")), documents, query)


def _in_their_order(documents, query):
    matches = [each for d in documents for each in search([d], query)["matches"]][:MOST]
    return {"matches": matches} if matches else search(documents, query)


def _all_of_them(documents, query):
    matches = [each for d in documents for each in search([d], query)["matches"]]
    matches.sort(key=lambda each: each["id"] != "scratches")
    return {"matches": matches} if matches else search(documents, query)


def _in_small_letters(documents, query):
    for document in documents:
        document["body"] = document["body"].lower()
    return search(documents, query)


# The check.

FAR = "Check the light first. " * 40
DOCUMENTS = (
    ("printer", "Label printer", "Paper jams at the feeder. Open the lid and clean the roller."),
    ("lens", "Clean a camera LENS", "Use the blue cloth. Never touch the glass."),
    ("scratches", "More scratches than usual", f"{FAR}Then look at the Conveyor belt. {FAR}"),
    ("belt", "Change a belt", f"Stop the line. {'A belt is heavy. ' * 5}{FAR}"),
    ("holiday", "Holidays", "The plant is closed in August."),
)
MANY = tuple((f"m{number}", f"Note {number}", "A gripper is loose.") for number in range(40))


def _documents(rows: Sequence[tuple[str, str, str]] = DOCUMENTS) -> list[dict[str, str]]:
    return [dict(zip(("id", "title", "body"), row, strict=True)) for row in rows]


def _check(submission: Submission, _room: Room | None) -> None:
    _expect_a_find(submission)
    _expect_nothing(submission, "submarine", "no-empty-result")
    _expect_nothing(submission, "(", "no-empty-result")  # No regular expression either.
    _expect_nothing(submission, "", "empty-query")
    _expect_nothing(submission, "   ", "empty-query")
    _expect_excerpts(submission)
    _expect_ids(submission, "jams submarine", ["printer"], "needs-every-word", MANY_WORDS)
    _expect_ids(submission, "conveyor", ["scratches"], "case-sensitive", CASE)
    _expect_ids(submission, "Glass", ["lens"], "case-sensitive", CASE)
    _expect_ids(submission, "lens", ["lens"], "title-ignored", TITLE)
    _expect_the_beginning(submission)
    _expect_order(submission)
    _expect_few(submission)
    _expect_different_words(submission)


MANY_WORDS = "A document that has one of two words is a match."
CASE = "A word is found whether it is written with large or small letters."
TITLE = "The word stands in the title of a document."


def _asked(submission: Submission, query: str, documents: list[dict[str, str]]) -> Any:
    before = [dict(document) for document in documents]
    found: Any = submission(documents, query)
    expect_type(found, dict)
    if documents != before:
        says = "Your function changed the documents, which others still use."
        raise Finding("changes-documents", says, f"query {query!r}")
    matches = found.get("matches")
    is_good = isinstance(matches, list) and all(map(_is_match, matches))
    if not is_good or not set(found) <= {"matches", "note"}:
        says = 'A result is {"matches": [...]}, each match with "id", "title", "excerpt".'
        raise Finding("other-shape", says, found)
    return found


def _is_match(match: object) -> bool:
    names = {"id", "title", "excerpt"}
    if not isinstance(match, dict) or set(match) != names:
        return False
    return all(isinstance(text, str) for text in match.values())


def _expect_a_find(submission: Submission) -> None:
    found = _asked(submission, "roller", _documents())
    if [match["id"] for match in found["matches"]] != ["printer"]:
        says = "One document has the word roller: printer."
        raise Finding("other-match", says, shown(found))
    if found["matches"][0]["title"] != "Label printer":
        raise Finding("other-match", "A match has the title of its document.", shown(found))


def _expect_nothing(submission: Submission, query: str, code: str) -> None:
    says = f"No document has a word of {query!r}, and a model should be told so in words."
    if code == "empty-query":
        says = f"The query {query!r} has no word, so nothing can match it; a note should say so."
    try:
        found: Any = submission(_documents(), query)
    except Exception as error:
        raise Finding(code, says, f"your function raised {type(error).__name__}") from error
    note = found.get("note") if isinstance(found, dict) else None
    is_told = isinstance(note, str) and bool(note.strip())
    if not isinstance(found, dict) or found.get("matches") != [] or not is_told:
        raise Finding(code, says, f"you returned {shown(found)}")


def _expect_excerpts(submission: Submission) -> None:
    for documents, query in (
        (_documents(), "Conveyor"),
        (_documents(), "roller"),
        (_documents(), "line"),  # At the beginning of a long body.
        ([{"id": "log", "title": "Log", "body": "ok " * 40_000 + "overheated"}], "overheated"),
    ):
        bodies = {document["id"]: document["body"] for document in documents}
        for match in _asked(submission, query, documents)["matches"]:
            excerpt = match["excerpt"]
            if len(excerpt) > EXCERPT:
                says = f"An excerpt has at most {EXCERPT} characters."
                evidence = f"{match['id']}: {len(excerpt):,} characters"
                raise Finding("returns-whole-document", says, evidence)
            core = _squeezed(excerpt.strip(" .…\n"))
            body = _squeezed(bodies[match["id"]])
            around = len(core) >= min(LEAST, len(body))
            if query.lower() not in core.lower() or core not in body or not around:
                says = "An excerpt is a piece of the body: the word that was found, and what is "
                says += f"around it, {LEAST} characters or more."
                evidence = f"{query!r} in {match['id']}: {shown(excerpt)}"
                raise Finding("excerpt-without-the-word", says, evidence)


def _expect_the_beginning(submission: Submission) -> None:
    """Look at an excerpt where only the title has the word, and the body is long."""
    (match,) = _asked(submission, "change", _documents())["matches"]
    excerpt = _squeezed(match["excerpt"].strip(" .…\n"))
    if len(excerpt) < LEAST or not _documents()[3]["body"].startswith(excerpt):
        says = "Only the title has the word: the excerpt is the beginning of the body."
        raise Finding("excerpt-without-the-word", says, f"'change' in belt: {shown(excerpt)}")


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _expect_ids(
    submission: Submission, query: str, wanted: list[str], code: str, says: str
) -> None:
    found = [match["id"] for match in _asked(submission, query, _documents())["matches"]]
    if found != wanted:
        evidence = f"query {query!r}: {found}, not {wanted}"
        raise Finding(code, says, evidence)


def _expect_order(submission: Submission) -> None:
    for query in ("conveyor belt scratches", "scratches belt belt belt"):
        found = _asked(submission, query, _documents())["matches"]
        if [match["id"] for match in found] != ["scratches", "belt"]:
            says = "A document with more of the different words comes first."
            evidence = f"query {query!r}: {[match['id'] for match in found]}"
            raise Finding("unranked", says, evidence)


def _expect_few(submission: Submission) -> None:
    last = ("both", "Gripper", "A gripper is loose: stop at once.")
    found = _asked(submission, "gripper stop", _documents((*MANY, last)))["matches"]
    if len(found) > MOST:
        says = f"A result has at most {MOST} matches."
        raise Finding("no-match-limit", says, f"{len(found)} of 41 documents")
    if len(found) < MOST or found[0]["id"] != "both":
        says = "All 41 documents match; the one with both words comes first, behind it two others."
        raise Finding("unranked", says, f"{[match['id'] for match in found]}")


REPEATED = "roller jams belt belt belt"


def _expect_different_words(submission: Submission) -> None:
    found = _asked(submission, REPEATED, _documents())["matches"]
    if not found or found[0]["id"] != "printer":
        says = "A word that the query repeats is one word."
        evidence = f"query {REPEATED!r}: {[match['id'] for match in found]}"
        raise Finding("unranked", says, evidence)


def _first_characters(_match, document):
    return {"excerpt": document["body"][:EXCERPT]}


def _whole(_match, document):
    return {"excerpt": document["body"]}


SEARCH = Task(
    id="10.3",
    title="a search",
    task='Write search(documents, query): return {"matches": [...]} with at most 3 documents that '
    'have a word of the query, those with more of its words first. A match is a dict with "id", '
    '"title" and "excerpt": 20 to 200 characters of the body around a word that was found. '
    'Nothing found: {"matches": [], "note": what a model should know}.',
    starter=_starter,
    check=_check,
    solution=search,
    call=lambda _room: (_documents()[:2], "roller"),
    wrong={
        "no-empty-result": _silent,
        "returns-whole-document": _changed(_whole),
        "no-match-limit": _all_of_them,
        "empty-query": _with_the_empty_word,
        "excerpt-without-the-word": _changed(_first_characters),
        "case-sensitive": _case_sensitive,
        "needs-every-word": _with_all_words,
        "title-ignored": _in_bodies,
        "unranked": _in_their_order,
        "changes-documents": _in_small_letters,
        "other-match": _changed(lambda match, document: {"title": document["id"]}),
        "other-shape": lambda documents, query: {"found": search(documents, query)["matches"]},
    },
    hints=HINTS,
)
