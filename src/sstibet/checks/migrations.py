"""Migrations as they stand in a machine: no gap between its versions, and all that they name is
there. Whether they cover what is under way is asked of a store (`checks.against`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sstibet.checks.item_look import Look
from sstibet.checks.item_names import kept_fact, known
from sstibet.items.documents import Migration
from sstibet.loading import Site
from sstibet.problems import BadValue


def check_migrations(look: Look) -> None:
    """The migrations of one item."""
    migrations, site = look.rules.migrations, look.site.at("migrations")
    if not _versions(look, site):
        return
    for n, each in enumerate(migrations):
        later = migrations[n + 1 :]
        _states(look, site.at(n), each, _states_of(look, later))
        _pending(look, site.at(n), each, later)
        _facts(look, site.at(n), each, later)


def _versions(look: Look, site: Site) -> bool:
    """One for each version, in their order, up to the machine's own."""
    versions = [each.from_ for each in look.rules.migrations]
    last = look.rules.version - 1
    wanted = range(last - len(versions) + 1, last + 1)
    for n, (found, right) in enumerate(zip(versions, wanted, strict=True)):
        if found != right or right < 0:
            message = f"version {look.rules.version} is led to from {_list(versions)}"
            hint = f"write one for each version before it, in their order, the last from {last}"
            look.review.fault(site.at(n, "from"), "migration_gap", message, hint)
            return False
    return True


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _states_of(look: Look, later: Sequence[Migration]) -> set[str]:
    """The states that the next version had, as far as the later migrations tell."""
    for each in later:
        if each.states is not None:
            return set(each.states)
    return set(look.rules.states)


def _states(look: Look, site: Site, migration: Migration, there: set[str]) -> None:
    states = migration.states or {}
    for old, new in states.items():
        known(look, site.at("states", old), new, sorted(there), "unknown_state", "state")
    if states and all(old == new for old, new in states.items()):
        message = "every state stays what it is"
        look.review.fault(site.at("states"), "migration_idle", message, "write 'states: same'")


def _pending(look: Look, site: Site, migration: Migration, later: Sequence[Migration]) -> None:
    names = (*look.rules.effects, *look.rules.calls)
    for old, new in migration.pending.items():
        if old == new:
            place = site.at("pending", old)
            look.review.fault(place, "migration_idle", f"{old!r} stays what it is", "drop it")
            continue
        now = new
        for each in later:
            now = each.pending.get(now, now) if now is not None else None
        if now is not None:
            place = site.at("pending", old)
            known(look, place, now, names, "unknown_effect", "effect and no call")


def _facts(look: Look, site: Site, migration: Migration, later: Sequence[Migration]) -> None:
    gone = {name for each in later for name in (*each.drops, *each.renames)}
    look.review.distinct(site.at("drops"), migration.drops, "facts that are dropped")
    for old, new in migration.renames.items():
        place = site.at("renames", old)
        if old == new:
            look.review.fault(place, "migration_idle", f"{old!r} stays what it is", "drop it")
        elif new not in gone:
            kept_fact(look, place, new)
    for name, source in migration.sets.items():
        place = site.at("sets", name)
        if source.column is not None:
            message = "there is no row at hand here"
            look.review.fault(place, "source_shape", message, "write 'fact' or 'value'")
        elif name not in gone and kept_fact(look, place, name, of_key=True) is not None:
            _readable(look, place, name, source.value)


def _readable(look: Look, site: Site, name: str, value: str | None) -> None:
    if value is None:
        return
    try:
        look.review.contents.dictionary.read(name, value)
    except BadValue as bad:
        look.review.fault(site.at("value"), bad.code, bad.message, bad.hint)
