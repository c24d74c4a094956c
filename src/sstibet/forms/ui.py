"""How a bound form is laid out: plainly for any screen, or in the words of rjsf and JSON Forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sstibet.forms import jsonforms, rjsf
from sstibet.forms.layout import plain_page
from sstibet.text import UnknownName

if TYPE_CHECKING:
    from sstibet.forms.bound import BoundForm


def ui_schema(form: BoundForm, renderer: str | None, language: str) -> dict[str, Any]:
    """See `BoundForm.ui_schema`. UnknownName for another renderer."""
    if renderer is None:
        return {
            "title": form.label.text(language),
            "help": form.help and form.help.text(language),
            "pages": [plain_page(page, language) for page in form.pages],
        }
    if renderer == "rjsf":
        return rjsf.layout(form, language)
    if renderer == "jsonforms":
        return jsonforms.layout(form, language)
    raise UnknownName("renderer", renderer, ("rjsf", "jsonforms"))
