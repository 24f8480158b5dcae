"""
The hints of 10.3, three for each mistake.

Floor 4: imports nothing.
"""

HINTS = {
    "no-empty-result": (
        "What will a model answer that asked for something and read nothing back?",
        "An empty list, or None, doesn't say whether the search failed or there is nothing. A "
        "model that isn't told makes something up. Say it in words, and what to do next.",
        'if nothing was found: {"matches": [], "note": "<nothing has ...: try ...>"}',
    ),
    "returns-whole-document": (
        "How long can a body be, and who pays for reading all of it?",
        "All that a tool returns goes into the conversation, and is read again with every further "
        "turn. A search shows where something is; a second tool can read it whole, by its id.",
        "body[start : start + 200]",
    ),
    "no-match-limit": (
        "How many of a thousand documents with the word does a model need?",
        "A result without a limit grows with the data. Put the best first, then cut.",
        "sort first, then [:3]",
    ),
    "empty-query": (
        "Which documents contain the text ''?",
        "'' is in every text, so an empty word finds everything. query.split() has no word in it "
        "then, and no word can be found.",
        "words = query.lower().split(); without words nothing matches, and the note says so",
    ),
    "excerpt-without-the-word": (
        "Where in the body does the word stand, and where does your excerpt begin?",
        "The first 200 characters are often about something else. body.lower().find(word) says "
        "where a word begins, or -1.",
        "start a little before the place, but not below 0: max(0, <place> - 60)",
    ),
    "case-sensitive": (
        "Is 'Glass' in 'never touch the glass'?",
        "To compare without regard to large and small letters, bring both sides to the same.",
        "query.lower() on one side, (title + ' ' + body).lower() on the other",
    ),
    "needs-every-word": (
        "Does a document have to have all words of the query?",
        "A model writes whole sentences. If each word had to be there, hardly anything would be "
        "found. One is enough to match; more of them put a document further up.",
        "any(word in text for word in words), not all(...)",
    ),
    "title-ignored": (
        "In which texts of a document do you look?",
        "The title says what a document is about, often in words that its body hasn't.",
        "look in the title and in the body, as one text",
    ),
    "unranked": (
        "Which of two documents is the better match: the one with three of the words, or with one?",
        "The order is all that a model sees of how well something fits. Count the different words, "
        "since one that is repeated says nothing new.",
        "set(words) for different ones; sort by how many of them a document has, highest first, "
        "before you cut",
    ),
    "changes-documents": (
        "To whom do the dicts belong that your function gets?",
        "A list and its dicts are handed over, not copied: what you change in them, the caller "
        "finds changed. sort() and assigning to a name in a dict change; sorted() and lower() "
        "make something new.",
        "sorted(documents, key=...) instead of documents.sort(...); low = document['body'].lower() "
        "instead of document['body'] = ...",
    ),
    "other-match": (
        "Which documents have the word, and what is their id and title?",
        "A match is about one document: its id, so that it can be read, and its title as it is. A "
        "text that is split at blanks has words such as 'roller.', with the full stop; to look "
        "for a word in the whole text finds them all.",
        '{"id": document["id"], "title": document["title"], "excerpt": ...}',
    ),
    "other-shape": (
        "Which names does the result have, and which has a match?",
        "The model, and the check, look for them by name; a list or a tuple has none.",
        '{"matches": [{"id": ..., "title": ..., "excerpt": ...}]}',
    ),
}
