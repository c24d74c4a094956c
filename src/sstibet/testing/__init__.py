"""For the tests of other projects as well as ours: Hypothesis strategies, and a pytest plugin.

* ``sstibet.testing.strategies``: amounts, days, persons, and questions drawn from any rule book.
* ``sstibet.testing.plugin``: ``pytest --rulebook DIR`` runs every example and case of a book.

Needs the extra ``test`` (hypothesis, pytest); nothing else of the library imports either.
"""
