"""Write every form of the book, as it is met at a desk, to one JSON file for the page.

    python examples/renderers/write_forms.py examples/renderers/public/forms.json

Each form comes with what the two renderers take, in each language, and with answers and what the
library says to them; so the page needs no server.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from journeys import Meeting, all_met

RENDERERS = ("rjsf", "jsonforms")
LANGUAGES = {"zh": "中文", "en": "English", "bo": "藏文"}


def texts(label: Any) -> dict[str, str]:
    """A label in each language."""
    return {language: label.text(language) for language in LANGUAGES}


def written(meeting: Meeting) -> dict[str, Any]:
    """One form with everything that the page shows of it."""
    form, item = meeting.form, meeting.item
    choice = next((each for each in item.events if each.name == meeting.event), None)
    return {
        "id": f"{item.item}/{form.name}",
        "item": item.item,
        "itemLabel": texts(item.label),
        "state": item.state,
        "stateLabel": texts(item.state_label),
        "event": meeting.event,
        "eventLabel": texts(choice.label) if choice is not None else None,
        "label": texts(form.label),
        "data": {renderer: form.data(renderer) for renderer in RENDERERS},
        "languages": {language: layouts(form, language) for language in LANGUAGES},
        "answers": [
            {
                "name": name,
                "sent": {renderer: as_sent(form, sent, renderer) for renderer in RENDERERS},
                "problems": [
                    {"field": each.field, "code": each.code, "says": texts(each)}
                    for each in problems
                ],
            }
            for name, (sent, problems) in meeting.answers.items()
        ],
    }


def layouts(form: Any, language: str) -> dict[str, Any]:
    """The schemas and the layouts of a form."""
    return {
        renderer: {
            "schema": form.json_schema(language, renderer),
            "ui": form.ui_schema(renderer, language),
        }
        for renderer in RENDERERS
    }


def as_sent(form: Any, sent: dict[str, Any], renderer: str) -> dict[str, Any]:
    """The same answers as a renderer sends them: one row by its key alone; by JSON Forms yes and no
    as words, a consent as it is."""
    found = dict(sent)
    for name, value in sent.items():
        field = form.field(name)
        if field.rows is not None and field.rows.pick == "one" and isinstance(value, list):
            found[name] = value[0]
        elif renderer == "jsonforms" and isinstance(value, bool) and not field.must_be_yes:
            found[name] = "yes" if value else "no"
    return found


def write(met: dict[tuple[str, str], Meeting], file: Path) -> None:
    """Write what was met."""
    found = {"languages": LANGUAGES, "forms": [written(each) for _, each in sorted(met.items())]}
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    file.write_text(text, encoding="utf-8")
    print(f"{len(met)} forms, {len(text.encode()) // 1024} KB: {file}")


if __name__ == "__main__":
    write(all_met(), Path(sys.argv[1]))
