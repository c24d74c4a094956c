"""The contract of a store, as pytest tests: what the engine relies on, for a store of one's own.

A subclass says how a store is made and how what it keeps is spoilt behind its back; pytest runs the
rest. `StoreContract` is for a store that one connection has to itself, as in memory,
`SharedStoreContract` for one that several open at once::

    class TestMyStore(SharedStoreContract):
        @pytest.fixture
        def make_store(self, tmp_path):
            made = []

            def make(vault):
                made.append(MyStore(tmp_path / "desk", vault))
                return made[-1]

            yield make
            for each in made:
                each.close()

        def sealed(self, store, table, *key): ...
        def put_sealed(self, store, table, *key, text): ...

It needs the extra ``test``. A store that it has passed keeps each step whole or not at all, takes
none twice, and runs nothing that it didn't write.
"""

from __future__ import annotations

from sstibet.testing.store_contract.keeping import KeepingContract
from sstibet.testing.store_contract.lists import ListsContract, OutboxContract
from sstibet.testing.store_contract.shared import ConnectionsContract, ThreadsContract
from sstibet.testing.store_contract.spoilt import SpoiltContract
from sstibet.testing.store_contract.steps import StepsContract

__all__ = ["SharedStoreContract", "StoreContract"]


class StoreContract(
    StepsContract, OutboxContract, ListsContract, KeepingContract, SpoiltContract, ThreadsContract
):
    """The contract of a store that one connection has to itself."""


class SharedStoreContract(StoreContract, ConnectionsContract):
    """The contract of a store that several connections, and processes, have open at once."""
