"""An item, page by page: shown as it stands, and gone on with by what is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

import sstibet
from counter import signing
from counter.fields import answers, screen_of
from counter.posting import (
    EVENT,
    FRONT,
    SCREEN,
    VERSION,
    Form,
    asked_for,
    counter_of,
    key_of,
    number_of,
)
from counter.service import Counter
from counter.showing import AT_ONCE, Screen, screen, tells_amount

router = APIRouter(include_in_schema=False)
SAVES = "save_picture"  # the event after which a certificate is downloaded
SAVE_AND_GO = {"_next": 1, "_earlier": -1}  # a form's own screens: on, and back
BY_PAGE, MOST = 10, 500
_SECONDS = 4  # between two looks of a page that waits


@router.get("/items")
def listed(request: Request, page: int = 1) -> Response:
    """The items of whoever asks, the newest first."""
    counter = counter_of(request)
    asking = counter.asker(request)
    if not asking.signed_in:
        return signing.please(counter, request)
    views = counter.desk.items(actor=asking.actor, limit=MOST)
    views = [each for each in views if each.item != "login"]
    count = max(1, -(-len(views) // BY_PAGE))
    page = max(1, min(page, count))
    shown = views[(page - 1) * BY_PAGE : page * BY_PAGE]
    return counter.page(request, "items.html", views=shown, number=page, count=count)


@router.get("/items/{ref}")
def show(request: Request, ref: str, screen: int = 1, still: bool = False, more: bool = False
         ) -> Response:  # fmt: skip
    """How an item stands, and what may be done now."""
    counter = counter_of(request)
    asking = counter.asker(request)
    if signing.lost(counter, asking, ref):
        return signing.please(counter, request)
    view = counter.desk.view(ref, actor=asking.actor)
    if (signed_in := signing.opened(counter, request, view)) is not None:
        return signed_in
    notices = ["notice.more"] if more else []
    notices += ["notice.kept"] if counter.kept.take(f"told {asking.secret}") == ref else []
    return _page(counter, request, view, notices=notices, number=screen, still=still)


@router.get("/items/{ref}/why")
def explained(request: Request, ref: str, page: int = 1) -> Response:
    """Why an item's amounts are what they are, some at a time."""
    counter = counter_of(request)
    asking = counter.asker(request)
    if signing.lost(counter, asking, ref):
        return signing.please(counter, request)
    view = counter.desk.view(ref, actor=asking.actor)
    found = _why(counter, request, view)
    count = max(1, -(-len(found) // AT_ONCE))
    page = max(1, min(page, count))
    shown = found[(page - 1) * AT_ONCE : page * AT_ONCE]
    return counter.page(request, "why.html", view=view, why=shown, number=page, count=count)


@router.post("/items/{ref}")
def send(request: Request, ref: str, form: Form) -> Response:
    """What a person does. Sent twice it is done once; what was wrong is told beside its field."""
    counter = counter_of(request)
    asking, event = counter.asker(request), str(form.get(EVENT, ""))
    front = str(form.get(FRONT, ref))
    book = counter.desk.book
    typed = answers(book, form, asked_for(form, event) or asked_for(form, "_form"))
    if signing.lost(counter, asking, front):
        return signing.keep_and_please(counter, request, ref, front, typed)
    if event in SAVE_AND_GO:
        return _turn(counter, request, ref, front, form, typed)
    version = number_of(form, VERSION)
    if not asked_for(form, event) and typed:  # back, or another way: what was typed stays
        saved = counter.desk.save(front, typed, actor=asking.actor, version=version)
        version = version if saved.refused else saved.version
        payload: dict[str, Any] = {}
    else:
        payload = _with_earlier_screens(counter, asking.actor, front, form, typed)
    try:
        sent = counter.desk.send(
            front, event, payload, actor=asking.actor, key=key_of(form), version=version
        )
    except sstibet.KeyReused:
        return _moved(counter, request, ref, typed)
    if sent.code == "moved_on":
        return _moved(counter, request, ref, typed)
    if (signed_in := signing.opened(counter, request, sent)) is not None:
        return signed_in
    if not sent.refused:
        return counter.redirect(request, f"/items/{ref}{'?save=1' if event == SAVES else ''}")
    return _refused(counter, request, ref, sent, typed, number_of(form, SCREEN))


def _with_earlier_screens(
    counter: Counter, actor: str, front: str, form: FormData, typed: Mapping[str, Any]
) -> dict[str, Any]:
    """A form's answers whole: those of its earlier screens are in the item's draft."""
    if number_of(form, SCREEN) == 1:
        return dict(typed)
    view = counter.desk.view(front, actor=actor)
    return {**(view.form.data() if view.form is not None else {}), **typed}


def _turn(
    counter: Counter,
    request: Request,
    ref: str,
    front: str,
    form: FormData,
    typed: Mapping[str, Any],
) -> Response:
    """From one screen of a form to the next or the one before, with nothing lost."""
    actor, number = counter.asker(request).actor, number_of(form, SCREEN)
    step = SAVE_AND_GO[str(form.get(EVENT))]
    saved = counter.desk.save(front, typed, actor=actor, version=number_of(form, VERSION))
    if saved.refused or saved.form is None:
        return _moved(counter, request, ref, typed)
    if step > 0:
        found = saved.form.read({**saved.form.data(), **typed}).problems
        here = [each for each in found if each.field in typed]
        if here:
            view = counter.desk.view(ref, actor=actor)
            return _page(counter, request, view, 422, typed=typed, problems=here, number=number)
    return counter.redirect(request, f"/items/{ref}?screen={number + step}")


def _moved(counter: Counter, request: Request, ref: str, typed: Mapping[str, Any]) -> Response:
    """It stands otherwise than the page said that was sent: how, with what was typed still there
    where the same is asked."""
    view = counter.desk.view(ref, actor=counter.asker(request).actor)
    return _page(counter, request, view, 409, typed=typed, notices=["notice.moved"])


def _refused(
    counter: Counter,
    request: Request,
    ref: str,
    sent: sstibet.View,
    typed: Mapping[str, Any],
    number: int,
) -> Response:
    """The same page again, with what was typed and what is wrong."""
    actor = counter.asker(request).actor
    view = counter.desk.view(ref, actor=actor)
    front = view.front
    problems = list(sent.problems)
    if problems and front.form is not None:
        asked = set(typed)
        new = [each.field for each in problems if each.field not in asked]
        here = typed and len(new) == len(problems) and screen_of(front.form, new[0]) == number
        if here:  # fields that come up by what was just answered are shown, and nobody was wrong
            counter.desk.save(front.ref, typed, actor=actor)
            return counter.redirect(request, f"/items/{ref}?screen={number}&more=1")
        number = screen_of(front.form, problems[0].field) or number
    told: dict[str, Any] = {"typed": typed, "problems": problems, "refused": sent}
    return _page(counter, request, view, 422, number=number, **told)


def _page(
    counter: Counter,
    request: Request,
    view: sstibet.View,
    status: int = 200,
    *,
    number: int = 1,
    still: bool = False,
    **values: Any,
) -> Response:
    """The page of an item."""
    why = _why(counter, request, view) if tells_amount(view) else ()
    language = counter.language(request)
    shown: Screen = screen(counter, view, language, number=number, why=why, **values)
    headers = {}
    paper = counter.press is not None and view.final and _has_paper(counter, request, view.ref)
    if paper and "save" in request.query_params:  # downloaded, and the page stays
        headers["Refresh"] = f"0; url=/items/{view.ref}/paper-1.png?save=1"
    if shown.waits and status == 200 and not still:
        headers["Refresh"] = f"{_SECONDS}; url=/items/{view.ref}"
    return counter.page(request, "item.html", status, headers, s=shown, still=still, paper=paper)


def _why(
    counter: Counter, request: Request, view: sstibet.View
) -> Sequence[sstibet.Quote | sstibet.Entitlement]:
    """Why the amounts in front are what they are; a payment's was worked out by what called it."""
    chain, actor = [view], counter.asker(request).actor
    while (inner := chain[-1].inner) is not None:
        chain.append(inner)
    for each in reversed(chain):
        try:
            found = counter.desk.worked_out(each.ref, actor=actor)
        except (sstibet.NoSuchItem, sstibet.EditionGone):
            continue
        if found:
            return found
    return ()


def _has_paper(counter: Counter, request: Request, ref: str) -> bool:
    """Whether an item ended with a certificate."""
    try:
        counter.desk.paper(ref, actor=counter.asker(request).actor)
    except (sstibet.NoPaper, sstibet.NoSuchItem):
        return False
    return True
