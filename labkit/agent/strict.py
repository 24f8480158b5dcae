"""
OpenAI's strict form of a JSON schema: the endpoint then lets the model write nothing else.

It has no defaults and no open objects, so not every function's schema is in it.

Floor 2: imports nothing of labkit.
"""

from collections.abc import Mapping

STRICT_KEYWORDS = frozenset(
    {
        *("type", "description", "enum", "const", "anyOf", "$ref", "$defs"),
        *("properties", "required", "additionalProperties", "items", "minItems", "maxItems"),
        *("format", "pattern", "multipleOf"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    }
)
"""What OpenAI's strict form knows (its guide to structured outputs, "Supported schemas")."""


def is_strict(schema: object) -> bool:
    """Tell whether *schema* is in OpenAI's strict form."""
    if not isinstance(schema, Mapping) or not schema or not schema.keys() <= STRICT_KEYWORDS:
        return False
    if "properties" in schema or schema.get("type") == "object":
        names = schema.get("properties", {}).keys()
        if schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required", ())) != set(names):
            return False
    if schema.get("type") == "array" and "items" not in schema:
        return False
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inner += schema.get("anyOf", ())
    inner += [schema["items"]] if "items" in schema else []
    return all(map(is_strict, inner))
