"""The handling agency (经办机构): reviews whatever matter it is put."""

from __future__ import annotations

from sstibet.bureau.office import CallingPort, Going, Job, later
from sstibet.engine.ports import Call, Reply, reply


class Agency(CallingPort):
    """Approves, unless it was told to refuse."""

    name = "agency"

    @later
    def apply(self, call: Call, /, *, matter: str, **told: object) -> Reply | Going:
        """Put a matter to the agency, with whatever facts the item tells it."""
        return Going(reply("reviewing"), {"matter": matter})

    def happens(self, job: Job) -> Reply | None:
        """The agency decides."""
        if job.refused is not None:
            return reply("refused", **{**job.refused.facts, "decided_on": job.day})
        return reply("approved", decided_on=job.day)
