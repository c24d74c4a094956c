"""How long personal values are kept: said for every item, and for none that isn't there."""

from __future__ import annotations

from sstibet.checks.review import Review


def check_retention(review: Review) -> None:
    """``retention`` of ``book.yaml`` against the items that are there."""
    contents, book = review.contents, review.book
    found = contents.info.retention
    if found is None:
        if contents.items:
            message = "the book has items and doesn't say how long they keep what is personal"
            hint = "add 'retention: {evidence: …, requests: 30, usual: {well: …, badly: …}}'"
            review.fault(book, "retention_missing", message, hint)
        return
    for name in found.items:
        if name not in contents.items:
            message = f"there is no item {name!r}"
            hint = review.meant(name, contents.items)
            review.key_fault(book.at("retention", "items", name), "unknown_item", message, hint)
