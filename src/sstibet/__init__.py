"""Rules as data for the social-insurance premiums a person pays in Tibet (西藏社保费).

>>> from datetime import date
>>> import sstibet
>>> rules = sstibet.load().on(date(2025, 3, 1))
>>> quote = rules.quote("flexible_pension", {"base": "7066.20", "months": 1})
>>> quote.due, quote.part("account"), quote.part("pooled")
(Money('1413.24'), Money('565.30'), Money('847.94'))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sstibet.money import Money, Rate, Rounding
from sstibet.months import Month, Span
from sstibet.outcomes import Missing, Refusal, Wrong
from sstibet.periods.ask import Allowed, Covered, Wait
from sstibet.personal import Personal
from sstibet.premium.quote import Difference, Line, Quote
from sstibet.problems import Problem, RulebookError
from sstibet.refunds import Entitlement
from sstibet.rulebook import Rulebook, check, load
from sstibet.rules import Rules
from sstibet.text import UnknownName
from sstibet.version import __version__

if TYPE_CHECKING:
    from sstibet.engine.callbacks import Signer
    from sstibet.engine.clock import SetClock, SystemClock
    from sstibet.engine.engine import Engine
    from sstibet.engine.errors import (
        CallbackRefused,
        EditionGone,
        KeyInFlight,
        KeyReused,
        MachineChanged,
        NoPaper,
        NoSuchItem,
        NotOpen,
        PortMissing,
        UnknownKey,
    )
    from sstibet.engine.ports import Call, PartialPort, Reply, Unavailable, reply
    from sstibet.engine.reconciling import Finding, Reconciled
    from sstibet.engine.view import View
    from sstibet.sessions import NotSignedIn, Sessions
    from sstibet.settings import Settings
    from sstibet.vault import Spoilt, Vault

# What carries items through brings clocks and databases along: loaded when it is first used.
_LATER = {
    "Call": "engine.ports",
    "CallbackRefused": "engine.errors",
    "EditionGone": "engine.errors",
    "Engine": "engine.engine",
    "KeyInFlight": "engine.errors",
    "KeyReused": "engine.errors",
    "MachineChanged": "engine.errors",
    "NoPaper": "engine.errors",
    "NoSuchItem": "engine.errors",
    "NotOpen": "engine.errors",
    "NotSignedIn": "sessions",
    "PartialPort": "engine.ports",
    "Finding": "engine.reconciling",
    "PortMissing": "engine.errors",
    "Reconciled": "engine.reconciling",
    "Reply": "engine.ports",
    "SetClock": "engine.clock",
    "Sessions": "sessions",
    "Signer": "engine.callbacks",
    "Settings": "settings",
    "Spoilt": "vault",
    "SystemClock": "engine.clock",
    "Unavailable": "engine.ports",
    "UnknownKey": "engine.errors",
    "Vault": "vault",
    "View": "engine.view",
    "reply": "engine.ports",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'sstibet' has no attribute {name!r}")
    return getattr(import_module(f"sstibet.{_LATER[name]}"), name)


def __dir__() -> list[str]:
    return __all__


__all__ = [
    "Allowed",
    "Call",
    "CallbackRefused",
    "Covered",
    "Difference",
    "EditionGone",
    "Engine",
    "Entitlement",
    "Finding",
    "KeyInFlight",
    "KeyReused",
    "Line",
    "MachineChanged",
    "Missing",
    "Money",
    "Month",
    "NoPaper",
    "NoSuchItem",
    "NotOpen",
    "NotSignedIn",
    "PartialPort",
    "Personal",
    "PortMissing",
    "Problem",
    "Quote",
    "Rate",
    "Reconciled",
    "Refusal",
    "Reply",
    "Rounding",
    "Rulebook",
    "RulebookError",
    "Rules",
    "Sessions",
    "SetClock",
    "Settings",
    "Signer",
    "Span",
    "Spoilt",
    "SystemClock",
    "Unavailable",
    "UnknownKey",
    "UnknownName",
    "Vault",
    "View",
    "Wait",
    "Wrong",
    "__version__",
    "check",
    "load",
    "reply",
]
