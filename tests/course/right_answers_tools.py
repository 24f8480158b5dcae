"""Other right answers to the exercises of notebook 10, written differently."""

import re

MOST_DIGITS = 100


def calculate_by_precedence(expression: str) -> dict:
    """Read token by token, as a calculator without ast has to."""
    if len(expression) > 200:
        return {"error": "too long"}
    tokens = re.findall(r"\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|\*\*|[-+*/()]|\S", expression)
    if "".join(tokens) != re.sub(r"\s", "", expression):
        return {"error": "odd characters"}
    tokens.append("end")

    def checked(value):
        if isinstance(value, complex) or not -(10.0**MOST_DIGITS) < value < 10.0**MOST_DIGITS:
            raise ValueError("too large")
        return value

    def atom():
        token = tokens.pop(0)
        if token == "(":
            value = total()
            if tokens.pop(0) != ")":
                raise ValueError("a parenthesis is missing")
            return value
        return checked(int(token) if token.isdecimal() else float(token))

    def power():
        base = atom()
        if tokens[0] != "**":
            return base
        tokens.pop(0)
        exponent = sign()
        digits = abs(exponent) * len(str(abs(base))) if base else 0
        if digits > 150 and exponent > 0 and abs(base) > 1:
            raise ValueError("too large")
        return checked(base**exponent)

    def sign():
        if tokens[0] in ("+", "-"):
            return sign() if tokens.pop(0) == "+" else -sign()
        return power()

    def product():
        value = sign()
        while tokens[0] in ("*", "/"):
            value = value * sign() if tokens.pop(0) == "*" else value / sign()
            checked(value)
        return value

    def total():
        value = product()
        while tokens[0] in ("+", "-"):
            value = value + product() if tokens.pop(0) == "+" else value - product()
            checked(value)
        return value

    try:
        value = total()
    except (ValueError, ArithmeticError, IndexError) as error:
        return {"error": f"this can't be worked out: {error}"}
    return {"value": value} if tokens == ["end"] else {"error": "something is left over"}


def calculate_as_decimals_of_a_tree(expression: str) -> dict:
    """Walk the tree without match, and count digits in powers by multiplying one by one."""
    import ast

    class Refused(Exception):
        pass

    def kept(value):
        if type(value) not in (int, float) or value != value or abs(value) >= 1e100:
            raise Refused("this has no value of up to 100 digits")
        return value

    def visit(node):
        if isinstance(node, ast.Constant):
            return kept(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = visit(node.operand)
            return -inner if isinstance(node.op, ast.USub) else inner
        if not isinstance(node, ast.BinOp):
            raise Refused(f"{type(node).__name__} isn't arithmetic")
        a, b, op = visit(node.left), visit(node.right), type(node.op)
        if op is ast.Pow and isinstance(b, int) and b >= 0:
            value = 1
            for _ in range(b if abs(a) > 1 else min(b, 2)):
                value = kept(value * a)
            return value
        if op is ast.Pow:
            return kept(float(a) ** b)
        if op is ast.Add:
            return kept(a + b)
        if op is ast.Sub:
            return kept(a - b)
        if op is ast.Mult:
            return kept(a * b)
        if op is ast.Div:
            return kept(a / b)
        raise Refused("this operator isn't known")

    if len(expression) > 200:
        return {"error": "too long"}
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        return {"value": visit(tree.body)}
    except Exception as error:
        return {"error": str(error) or type(error).__name__}


def worst_lines_in_python(db, plant, limit):
    totals = {}
    for line, inspected, defective in db.execute(
        "SELECT line, inspected, defective FROM daily WHERE plant = :plant", {"plant": plant}
    ):
        so_far = totals.setdefault(line, [0, 0])
        so_far[0] += inspected
        so_far[1] += defective
    lines = [
        {
            "line": line,
            "inspected": inspected,
            "defective": defective,
            "rate": round(defective / inspected, 4) if inspected else None,
        }
        for line, (inspected, defective) in totals.items()
    ]
    lines.sort(key=lambda each: -1 if each["rate"] is None else each["rate"], reverse=True)
    wished = limit if 1 <= limit <= 20 else (1 if limit < 1 else 20)
    return {"lines": lines[:wished], "more": len(lines) > wished}


def worst_lines_with_pandas(db, plant, limit):
    import pandas as pd

    rows = pd.read_sql("SELECT * FROM daily WHERE plant = ?", db, params=[plant])
    sums = rows.groupby("line")[["inspected", "defective"]].sum()
    sums["rate"] = sums["defective"] / sums["inspected"]
    sums = sums.sort_values("rate", ascending=False, na_position="last")
    few = min(20, max(limit, 1))
    lines = []
    for line, row in sums.head(few).iterrows():
        rate = None if row["inspected"] == 0 else float(row["rate"])
        counts = {"inspected": int(row["inspected"]), "defective": int(row["defective"])}
        lines.append({"line": line, **counts, "rate": rate})
    return {"lines": lines, "more": bool(len(sums) > few)}


def search_by_score(documents, query):
    wanted = {word.casefold() for word in query.split()}

    def score(document):
        return sum(w in f"{document['title']}\n{document['body']}".casefold() for w in wanted)

    best = sorted((d for d in documents if score(d)), key=score, reverse=True)[:3]
    if not best:
        return {"note": "Nothing was found. Ask with other words.", "matches": []}
    return {"matches": [_match(d, wanted) for d in best]}


def _match(document, wanted):
    body = document["body"]
    low = body.casefold()
    for word in sorted(wanted):
        if word in low:
            before = body[: low.index(word)]
            cut = body[len(before) : len(before) + 150]
            piece = f"…{before[-40:]}{cut}" if len(before) > 40 else before + cut
            return {"id": document["id"], "title": document["title"], "excerpt": piece}
    return {"id": document["id"], "title": document["title"], "excerpt": body[:150]}


def search_by_regular_expression(documents, query):
    words = list(dict.fromkeys(query.lower().split()))
    found = []
    for number, document in enumerate(documents):
        both = document["title"] + " " + document["body"]
        count = sum(bool(re.search(re.escape(word), both, re.IGNORECASE)) for word in words)
        if count:
            found.append((-count, number))
    matches = []
    for _, number in sorted(found)[:3]:
        document = documents[number]
        pattern = "|".join(map(re.escape, words))
        place = re.search(pattern, document["body"], re.IGNORECASE)
        begin = max(place.start() - 20, 0) if place else 0
        excerpt = document["body"][begin : begin + 199]
        matches.append({"title": document["title"], "id": document["id"], "excerpt": excerpt})
    if matches:
        return {"matches": matches}
    return {"matches": matches, "note": "no document has these words"}


RIGHT_ANSWERS = {
    "10.1": (calculate_by_precedence, calculate_as_decimals_of_a_tree),
    "10.2": (worst_lines_in_python, worst_lines_with_pandas),
    "10.3": (search_by_score, search_by_regular_expression),
}
