"""What JSON Forms can ask for: its dialect of a form's schema.

JSON Forms sends what is chosen from a list as text, so yes and no are ``"yes"`` and ``"no"`` there;
reading takes them as it takes the booleans. Of a consent's ``enum`` it would make a list to choose
from, so that is a boolean that may not be false.
"""

from __future__ import annotations

from typing import Any

YES_NO = {True: "yes", False: "no"}


def dialect(schema: Any) -> Any:
    """A schema with its booleans as JSON Forms can ask for them."""
    if isinstance(schema, list):
        return [dialect(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "boolean":
        return {
            **{key: each for key, each in schema.items() if key != "enum"},
            "not": {"enum": [False]},
        }
    found = {key: dialect(each) for key, each in schema.items()}
    values = schema.get("enum")
    if isinstance(values, list) and values and all(isinstance(each, bool) for each in values):
        words = [YES_NO[each] for each in values]
        # A condition may hang on a consent as well, which stays a boolean.
        found |= {"type": "string", "enum": words} if len(words) == 2 else {"enum": values + words}
    return found
