"""Everything that is checked over a whole book once its documents are typed.

Structure first (schemes, dictionary, tables, schedules, conditions, grounds, then ports, forms and
items); then, for all whose structure is sound, every worked example and case; then, for a book that
asks for it, whether the examples would notice a slip in any cell.
"""

from __future__ import annotations

from sstibet.checks.asks import check_asks
from sstibet.checks.conditions import check_conditions
from sstibet.checks.coverage import check_coverage
from sstibet.checks.facts import check_facts
from sstibet.checks.grounds import check_grounds
from sstibet.checks.items import check_items
from sstibet.checks.picks import check_picks
from sstibet.checks.rates import check_rates
from sstibet.checks.retention import check_retention
from sstibet.checks.review import Review
from sstibet.checks.schemes import check_schemes
from sstibet.checks.tables import check_tables
from sstibet.checks.walk import check_marks
from sstibet.checks.worked import check_worked
from sstibet.loading import Loaded
from sstibet.problems import Problem


def check_contents(loaded: Loaded) -> list[Problem]:
    """Every problem of a typed book that only shows across its nodes. Never raises."""
    if loaded.contents is None:
        return []
    review = Review(loaded, loaded.contents)
    check_marks(review)
    check_schemes(review)
    check_facts(review)
    check_tables(review)
    check_asks(review)
    check_picks(review)
    check_rates(review)
    check_conditions(review)
    check_grounds(review)
    check_items(review)
    check_retention(review)
    check_worked(review)
    check_coverage(review)
    return review.problems
