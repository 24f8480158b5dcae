"""
Judge a picked set of calls, or a text, against a case.

``right(case, calls, text)``: a case of ``prompts/``, calls as ``{"name", "arguments"}``, and what
was said, or None. Listed arguments have to match, the others to be absent, empty or their default.
"""

import ast
import json
import re
import unicodedata
from pathlib import Path

PROMPTS = Path(__file__).parent / "prompts"
_toolsets = None
MATCHERS = ({"contains"}, {"any"}, {"evaluates"}, {"ordered"})


def toolsets():
    global _toolsets
    if _toolsets is None:
        _toolsets = json.loads((PROMPTS / "toolsets.json").read_text("utf-8"))
        for path in sorted(PROMPTS.glob("*/toolsets.json")):  # Two authors may share a name.
            sets = json.loads(path.read_text("utf-8"))
            _toolsets |= {f"{path.parent.name}/{name}": tools for name, tools in sets.items()}
    return _toolsets


def parameters_of(toolset, name):
    for tool in toolsets()[toolset]:
        if tool["function"]["name"] == name:
            return tool["function"].get("parameters") or {"type": "object", "properties": {}}
    return None


def resolve(schema, root):
    while isinstance(schema, dict) and "$ref" in schema:
        node = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            node = node[part]
        schema = {**node, **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema if isinstance(schema, dict) else {}


def branches(schema, root):
    schema = resolve(schema, root)
    found = [schema]
    for key in ("anyOf", "oneOf", "allOf"):
        for sub in schema.get(key, ()):
            found += branches(sub, root)
    return found


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


_WHEN = re.compile(r"^(\d{4}-\d\d-\d\d)?[T ]?(?:(\d\d:\d\d)(:\d\d(?:\.0+)?)?)?(Z|[+-]\d\d:?\d\d)?$")


def moment(v):
    m = _WHEN.match(v)
    if not m or not (m[1] or m[2]):
        return None
    seconds = (m[3] or ":00").split(".")[0]
    zone = {"Z": "+00:00"}.get(m[4], m[4])
    return m[1], (m[2] + seconds if m[2] else None), zone and zone.replace(":", "")


def squeeze(s):
    return " ".join(s.replace("\u2019", "'").split())


def fold(s):
    """Without case and accents."""
    s = unicodedata.normalize("NFKD", squeeze(s)).casefold()
    return "".join(ch for ch in s if not unicodedata.combining(ch))


def strings_equal(want, got, schema, root):
    want, got = squeeze(want), squeeze(got)
    if want == got:
        return True
    a, b = moment(want), moment(got)
    if (
        a and b
    ):  # dates exact; of times, seconds of zero and a zone that only one side names don't matter
        return a[:2] == b[:2] and (a[2] == b[2] or not (a[2] and b[2]))
    exact = any("enum" in s or "const" in s or "pattern" in s for s in branches(schema, root))
    if exact or re.match(r"^\S*[\d_-]\S*$", want):  # ids, codes
        return False
    return fold(want).rstrip(".!") == fold(got).rstrip(".!")


def evaluate(expression):
    def go(n):
        if isinstance(n, ast.Expression):
            return go(n.body)
        if isinstance(n, ast.Constant) and is_number(n.value):
            return n.value
        if isinstance(n, ast.UnaryOp) and isinstance(n.op, (ast.USub, ast.UAdd)):
            return -go(n.operand) if isinstance(n.op, ast.USub) else go(n.operand)
        if isinstance(n, ast.BinOp):
            a, b = go(n.left), go(n.right)
            if isinstance(n.op, ast.Add):
                return a + b
            if isinstance(n.op, ast.Sub):
                return a - b
            if isinstance(n.op, ast.Mult):
                return a * b
            if isinstance(n.op, ast.Div):
                return a / b
            if isinstance(n.op, ast.FloorDiv):
                return a // b
            if isinstance(n.op, ast.Mod):
                return a % b
            if isinstance(n.op, ast.Pow) and abs(b) < 100:
                return a**b
        raise ValueError("not arithmetic")

    text = (
        expression.replace("\u00d7", "*")
        .replace("\u00f7", "/")
        .replace("^", "**")
        .replace("\u2212", "-")
    )
    return go(ast.parse(text.strip().rstrip("=").strip(), mode="eval"))


def is_blank(v):
    return v is None or v == "" or v == [] or v == {}


def match(want, got, schema=None, root=None):
    """Does the value `got` fit the expected `want`? `got` is None for an absent parameter."""
    root = root if root is not None else (schema or {})
    schema = schema or {}
    if isinstance(want, dict) and set(want) in MATCHERS:
        ((kind, inner),) = want.items()
        if kind == "any":
            return any(match(w, got, schema, root) for w in inner)
        if kind == "contains":
            return (
                isinstance(got, str)
                and bool(got.strip())
                and all(fold(w) in fold(got) for w in inner)
            )
        if kind == "evaluates":
            try:
                value = evaluate(got)
                return any(abs(value - w) <= 1e-4 * max(abs(w), 1e-9) for w in inner)
            except Exception:
                return False
        return (
            isinstance(got, list)
            and len(got) == len(inner)
            and all(
                match(w, g, item_schema(schema, root), root)
                for w, g in zip(inner, got, strict=True)
            )
        )
    if want is None:
        return is_blank(got)
    if isinstance(want, bool):
        return isinstance(got, bool) and want == got
    if is_number(want):
        return is_number(got) and abs(want - got) <= 1e-9 * max(1, abs(want))
    if isinstance(want, str):
        return isinstance(got, str) and strings_equal(want, got, schema, root)
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return False
        inner = item_schema(schema, root)
        return pair_up(want, got, lambda w, g: match(w, g, inner, root))
    if isinstance(want, dict):
        return isinstance(got, dict) and match_object(want, got, schema, root)
    return False


def item_schema(schema, root):
    for s in branches(schema, root):
        if "items" in s:
            return s["items"]
    return {}


def match_object(want, got, schema, root):
    properties = {}
    is_open = False
    for s in branches(schema, root):
        properties.update(s.get("properties", {}))
        is_open = is_open or isinstance(s.get("additionalProperties"), dict)
    if any(k not in properties for k in got) and not is_open:
        return False
    for name in set(want) | set(got):
        sub = properties.get(name, {})
        has_default, default = default_of(sub, root)
        if name in want:
            if name in got and got[name] is not None:
                if not match(want[name], got[name], sub, root):
                    return False
            elif not (
                match(want[name], None, sub, root)
                or (has_default and match(want[name], default, sub, root))
            ):
                return False
        elif not (is_blank(got[name]) or (has_default and match(default, got[name], sub, root))):
            return False
    return True


def default_of(schema, root):
    for s in branches(schema, root):
        if "default" in s:
            return True, s["default"]
    return False, None


def pair_up(want, got, fits):
    if len(want) != len(got):
        return False
    if not want:
        return True
    for i, g in enumerate(got):
        if fits(want[0], g) and pair_up(want[1:], got[:i] + got[i + 1 :], fits):
            return True
    return False


def call_fits(toolset, want, got):
    if want["name"] != got.get("name"):
        return False
    arguments = got.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except ValueError:
            return False
    if arguments is None:
        arguments = {}
    schema = parameters_of(toolset, want["name"])
    return isinstance(arguments, dict) and match_object(
        want.get("arguments", {}), arguments, schema, schema
    )


_ASKS = re.compile(
    r"\?|\b(which|what|who|whom|where|when|how many|how much|please|tell me|let me know|"
    r"need|provide|specify|missing|clarify|could you|can you)\b",
    re.I,
)


def right(case, calls, text):
    expect, calls = case["expect"], list(calls or [])
    text = (text or "").strip()
    if not calls:
        if expect.get("text") and text:
            return True
        return bool(expect.get("ask") and _ASKS.search(text))
    ways = ([expect["calls"]] if expect.get("calls") else []) + list(expect.get("or", ()))
    return any(pair_up(way, calls, lambda w, g: call_fits(case["tools"], w, g)) for way in ways)
