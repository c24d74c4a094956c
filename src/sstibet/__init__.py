"""Rules as data for the social-insurance premiums a person pays in Tibet (西藏社保费).

>>> from datetime import date
>>> import sstibet
>>> rules = sstibet.load().on(date(2025, 3, 1))
>>> quote = rules.quote("flexible_pension", {"base": "7066.20", "months": 1})
>>> quote.due, quote.part("account"), quote.part("pooled")
(Money('1413.24'), Money('565.30'), Money('847.94'))
"""

from sstibet.money import Money, Rate, Rounding
from sstibet.months import Month, Span
from sstibet.outcomes import Missing, Refusal, Wrong
from sstibet.periods.ask import Allowed, Covered, Wait
from sstibet.premium.quote import Difference, Line, Quote
from sstibet.problems import Problem, RulebookError
from sstibet.refunds import Entitlement
from sstibet.rulebook import Rulebook, check, load
from sstibet.rules import Rules
from sstibet.text import UnknownName
from sstibet.version import __version__

__all__ = [
    "Allowed",
    "Covered",
    "Difference",
    "Entitlement",
    "Line",
    "Missing",
    "Money",
    "Month",
    "Problem",
    "Quote",
    "Rate",
    "Refusal",
    "Rounding",
    "Rulebook",
    "RulebookError",
    "Rules",
    "Span",
    "UnknownName",
    "Wait",
    "Wrong",
    "__version__",
    "check",
    "load",
]
