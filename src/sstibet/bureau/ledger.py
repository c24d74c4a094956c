"""The ledger of premiums (征缴台账): what is declared, paid, refunded, and on which base."""

from __future__ import annotations

from sstibet.bureau.bases import Bases
from sstibet.bureau.booking import Booking
from sstibet.bureau.declaring import Declaring
from sstibet.bureau.listing import Listing
from sstibet.bureau.refunding import Refunding


class Ledger(Declaring, Booking, Listing, Refunding, Bases):
    """All verbs of the ledger; each of its parts stands in a module of its own."""
