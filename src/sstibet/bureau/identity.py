"""The verification of natural persons (自然人验证)."""

from __future__ import annotations

from sstibet.bureau.office import Port, verb
from sstibet.engine.ports import Call, Reply, reply


class Identity(Port):
    """Says whether a name and a document belong together, and nothing else."""

    name = "identity"

    @verb
    def check_person(self, call: Call, *, person_name: str, id_type: str, id_number: str) -> Reply:
        """Verified where the register has exactly this person."""
        sql = "SELECT 1 FROM bureau_persons WHERE name = ? AND id_type = ? AND id_number = ?"
        seal = self.database.seal
        values = (seal("name", person_name), id_type, seal("id_number", id_number))
        found = self.database.row(sql, *values)
        return reply("verified" if found else "refused")
