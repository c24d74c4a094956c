"""Whether what one fact holds can be kept as another."""

from __future__ import annotations

from sstibet.checks.review import Review
from sstibet.facts import Fact
from sstibet.loading import Site

# Kinds whose values any text may hold: their plain form is text, and none of them is secret.
_NOT_TEXT = ("whole", "yes_no", "records", "secret")


def misfit(review: Review, given: Fact, wanted: Fact) -> str:
    """Why a value of ``given`` can't be kept as ``wanted``; empty where it can.

    Records fit where their rows have a column in common, and each such column fits; columns that
    are lacking are left out.
    """
    if wanted.kind == "records" and given.kind == "records":
        return _rows(review, given, wanted)
    if given.kind == wanted.kind == "code":
        return _codes(review, given, wanted)
    if given.kind == wanted.kind or (given.kind, wanted.kind) == ("resident_id", "id_number"):
        return ""
    if wanted.kind == "text" and given.kind not in _NOT_TEXT:
        return ""
    return f"is of the kind {given.kind}, not {wanted.kind}"


def _codes(review: Review, given: Fact, wanted: Fact) -> str:
    """A code is of the list that is wanted; a fact without a list takes the ids of any."""
    lists = review.contents.dictionary.codes
    if wanted.codes is None or given.codes == wanted.codes:
        return ""
    theirs, ours = lists.get(given.codes or ""), lists.get(wanted.codes)
    if ours is None or (given.codes is not None and theirs is None):
        return ""  # said where the fact stands
    if theirs is not None and theirs.codes.keys() <= ours.codes.keys():
        return ""
    return f"is chosen from {given.codes or 'no list'}, not from {wanted.codes}"


def _rows(review: Review, given: Fact, wanted: Fact) -> str:
    theirs, ours = given.fields or {}, wanted.fields or {}
    common = [name for name in theirs if name in ours]
    if not common:
        return "has rows with other columns altogether"
    for name in common:
        if wrong := misfit(review, theirs[name], ours[name]):
            return f"has rows in which {name!r} {wrong}"
    return ""


def check_fit(
    review: Review, site: Site, name: str, given: Fact | None, wanted: Fact | None, what: str
) -> None:
    """Report a fact whose values can't be kept as what is wanted."""
    if given is None or wanted is None:
        return
    if wrong := misfit(review, given, wanted):
        message = f"{name!r} {wrong}: it does not fit {what}"
        hint = f"compare {given.where} with {wanted.where}"
        review.fault(site, "fact_misfit", message, hint)


def check_scheme(review: Review, site: Site, name: str, found: Fact | None) -> None:
    """Report a fact that is asked for a scheme and isn't chosen from a list of the book's own; a
    list that has others is told once."""
    if found is None:
        return
    if found.kind != "code" or found.codes is None:
        message = f"{name!r} is not chosen from a list, so its schemes aren't known"
        hint = f"name a fact of the kind code with 'codes' ({found.where})"
        review.fault(site, "fact_misfit", message, hint)
        return
    codes, schemes = review.contents.dictionary.codes.get(found.codes), review.contents.schemes
    strange = [code for code in (codes.codes if codes else ()) if code not in schemes]
    key = ("scheme_list", found.codes)
    if strange and key not in review.held:
        review.held.add(key)
        message = f"{name!r} may be {strange[0]!r}, and the book has no such scheme"
        hint = f"choose it from a list of the book's schemes, not from {found.codes!r}"
        review.fault(site, "unknown_scheme", message, hint)
