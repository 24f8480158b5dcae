"""
The hints of 10.2, three for each mistake.

Floor 4: imports nothing.
"""

HINTS = {
    "string-sql": (
        "Who wrote what stands in plant, and who decides where the text of your statement ends?",
        "A statement that is put together from pieces can't tell your words from theirs. With ? in "
        "its place, a value goes to the database on its own, and is a value whatever stands in it.",
        'db.execute("... WHERE plant = ? ...", (plant,))       # a tuple of one, hence the comma',
    ),
    "no-row-cap": (
        "Who chooses limit, and who reads a result of 200 lines?",
        "limit is a wish of the model. What a result costs is yours to bound, so the tool has a "
        "highest number of its own.",
        "min(limit, 20)",
    ),
    "negative-limit": (
        "What does your function make of a limit of 0, and of -1?",
        "In SQLite LIMIT -1 means no limit, and a slice [:-1] leaves out the last. A wish has to "
        "be bounded below as well as above.",
        "max(1, <the limit that is bounded above>)",
    ),
    "count-not-rate": (
        "Which line is worse: 90 defects in 2,000 parts, or 12 in 100?",
        "A line that makes more parts has more defects. Only the share can be compared between "
        "lines: defects by inspected parts.",
        "ORDER BY the share, not the sum; DESC puts the highest first",
    ),
    "mean-of-rates": (
        "A line has 5 defects in 10 parts on one day, 5 in 990 on the next. What is its share?",
        "A mean of shares gives a day with ten parts as much weight as one with a thousand. Add up "
        "first, then divide.",
        "the sum of defective, divided by the sum of inspected",
    ),
    "integer-division": (
        "What is 12 / 100 in SQL, where both are whole numbers?",
        "In SQLite a whole number divided by a whole number is a whole number, cut off. As soon as "
        "one of them is a decimal number, so is the result.",
        "1.0 * <the sum of defective> / <the sum of inspected>",
    ),
    "in-percent": (
        "What does a model read when it is told that a rate is 12?",
        "A share goes from 0 to 1. Who shows it to a person may write it in percent; two tools "
        "that mean different things by rate make an answer that is a hundred times wrong.",
        "leave the division as it is, without * 100",
    ),
    "lowest-first": (
        "In which order does ORDER BY put the rows, if nothing else is said?",
        "ORDER BY puts the lowest first, and NULL before all. What is cut off then is the worst.",
        "ORDER BY <the share> DESC; in Python: sort(..., reverse=True)",
    ),
    "closes-the-database": (
        "Who opened db, and who else needs it after you?",
        "Whoever opens something closes it. Your function was lent a connection.",
        "leave out the close; a with block is for what you opened yourself",
    ),
    "nothing-inspected": (
        "What is the share of defects of a line on which nothing was inspected?",
        "0 of 0 parts is no rate, neither 0 nor an error. SQL divides by zero to NULL, which is "
        "None in Python; ORDER BY ... DESC puts it last. In Python you have to ask first; pandas "
        "gives NaN, which JSON doesn't have.",
        "<defective> / <inspected> if <inspected> else None",
    ),
    "cut-unsaid": (
        "How does a model know that there are more lines than it was shown?",
        "Whoever reads a part and takes it for the whole draws wrong conclusions. One row more "
        "than you show tells whether something is left.",
        "fetch one row more than you show; more is whether it came",
    ),
    "other-rows": (
        "Which rows does WHERE keep, and what does GROUP BY make one row of?",
        "The table has a row for each line and day. A line of the result is all days of that line "
        "together, of the plant that was asked for.",
        "SELECT line, sum(inspected), sum(defective), ... FROM daily WHERE ... GROUP BY line",
    ),
    "other-shape": (
        "Which names does the result have, and which has a line in it?",
        "What a model reads has names, so that it knows which number is which. A row of the "
        "database is a tuple without names.",
        '{"lines": [{"line": "Z3", "inspected": 100, "defective": 12, "rate": 0.12}], "more": '
        "False}",
    ),
}
