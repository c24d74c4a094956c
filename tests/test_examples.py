"""Every program under ``examples/`` runs, and says what it promises to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SAYS = {
    "quote.py": ["ask for: base months", "at the field base", "1413.24 yuan from the person"],
    "bulk_table.py": [
        "a flexible_pension 2025-03-01 1413.24",
        "b flexible_pension 2024-03-01 13856.00",
        "c flexible_pension 2025-03-01 below_floor",
        "d resident_pension 2025-03-01 200.00",
    ],
    "declare_and_pay.py": [
        "! insured_id_number: ID number of the insured person has a slip",
        "asks: pay_mode, chosen_enrolments",
        "amount due: ¥500.00\n  paid by the government: ¥60.00",
        "person pays 500.00, by tiers.yaml:",
        "asks: card_holder, withdrawal_password",
        "[payment] waiting for the bank",
        "paid: 500.00 on 2025-10-15",
    ],
    "refund.py": [
        "REFUSED: ",
        "wanting the money back is none of the procedure's four grounds\n        by refunds.yaml:",
        "2026: 0.00 of 400.00\n        2026: 400.00 of 400.00",
        "handed in, under review\n        … approved, being repaid\n        … repaid\n",
    ],
    "own_bureau.py": [
        "asking_who → choosing_enrolments",
        "choosing → showing_code\nscan https://pay.invalid/1",
        "callback for 400.00: taken\ncallback for 400.00: old",
        "paid 454016251000000001 paid by C-1",
    ],
    "back_office.py": [
        "anybody else: this actor has no such item\nanybody else: this actor has no such item",
        "another amount: this is no callback that can be taken",
        "settled: payment.charges brought\nnow: paid",
        "the callback comes after all: False\nanything left: []",
        "by: clerk-7, ledger, payment, registry",
    ],
}


def test_every_example_is_run_here() -> None:
    assert {file.name for file in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_an_example_says_what_it_promises(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", EXAMPLES / name], capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    said = done.stdout.decode("utf-8").replace("\r\n", "\n")
    assert [each for each in SAYS[name] if each not in said] == []
