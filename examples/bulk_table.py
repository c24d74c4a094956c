"""A whole table at once: a day and a scheme of its own in each row, and one row that is wrong.

Needs ``pip install 'sstibet[table]'``. Run it with ``python examples/bulk_table.py``.
"""

import pyarrow as pa

import sstibet

PEOPLE = {
    "person": ["a", "b", "c", "d"],
    "scheme": ["flexible_pension", "flexible_pension", "flexible_pension", "resident_pension"],
    "on": ["2025-03-01", "2024-03-01", "2025-03-01", "2025-03-01"],
    "base": ["7066.20", "6928", "7066.19", None],
    "months": [1, 10, 1, None],
    "tier": [None, None, None, "200"],
    "category": [None, None, None, "general"],
}


def main() -> None:
    """Quote every row, and print what came out of each."""
    quotes = sstibet.load().quote_table(pa.table(PEOPLE))
    for row in quotes.to_pylist():
        print(row["person"], row["scheme"], row["on"], row["due"] or row["code"])


if __name__ == "__main__":
    main()
