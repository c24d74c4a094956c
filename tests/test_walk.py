"""``sstibet walk``: items done by a pipe, with wrong input first; nothing that was typed is lost,
and nothing secret is shown."""

from __future__ import annotations

import base64
import io
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import sstibet
from sstibet import Rulebook
from sstibet.bureau import Bureau, Cast
from sstibet.cli import run
from sstibet.cli.walking import CARD
from sstibet.engine.clock import SetClock

ON = "2025-10-15T09:00"
ROOT = Path(__file__).parents[1]
# All but the payment, which only other items call.
ITEMS = sorted({path.stem for path in (ROOT / "rules" / "items").glob("*.yaml")} - {"payment"})
Walked = tuple[int, str]
Walk = Callable[..., Walked]


@pytest.fixture
def walk(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Walk:
    """Walk with these lines typed; the exit status, and what was written."""
    monkeypatch.chdir(tmp_path_factory.mktemp("walk"))  # certificates are saved here

    def walks(arguments: str, *lines: str, language: str = "en", on: str = ON) -> Walked:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        capsys.readouterr()
        status = run(["walk", *arguments.split(), "--on", on, "--language", language])
        written = capsys.readouterr()
        return status, written.out + written.err

    return walks


@pytest.fixture(scope="module")
def cast() -> Cast:
    """Those who play a part in the bureau of that day."""
    return Bureau.open(clock=SetClock.on(ON)).cast()


@pytest.fixture(scope="module")
def book() -> Rulebook:
    """The rules that come with the library."""
    return sstibet.load()


def label(book: Rulebook, item: str, state: str, language: str = "en") -> str:
    return book.contents.items[item].states[state].label.text(language)


def declares(cast: Cast) -> list[str]:
    """What the resident types to declare a pension of 100 yuan for 2025 and medical insurance for
    2026, up to the payment."""
    return [
        cast.resident.name,
        cast.resident.id_number,
        "",  # confirmed
        "a",
        "",
        "1",  # the only way of paying
        "2025",
        "2026",
        "",
        "100",
        "standard",
        "",
        "submit",
    ]


# What the worker types to sign an agreement on an account that is filed on the way, up to the
# bank's answer.
AGREES = (
    *("flexible_pension", "", "file_account"),
    *("", "540200", "102", "虚构支行", "6222 0200 0000 0000 018", "", "2021-11-27"),
    *("yes", "no", "", "1", "", "no", ""),
)


class TestToTheEnd:
    """Items are done from the first screen to the last, whatever is typed wrong on the way."""

    def test_an_account_is_filed(self, walk: Walk, book: Rulebook) -> None:
        """Empty, unknown, too long, in the future: each is told, and asked again."""
        wrong = ["", "Atlantis"], ["nobank"], ["", "x" * 81], ["12"], ["2099-01-01", "2021-02-29"]
        status, out = walk(
            "account_filing --as worker",
            *("", *wrong[0], "拉萨", *wrong[1], "102", *wrong[2], "虚构支行", *wrong[3]),
            *("6222 0200 0000 0000 018", "", *wrong[4], "２０２１-11-27", "1", "2", ""),
            language="zh",
        )

        assert status == 0
        assert label(book, "account_filing", "filed", "zh") in out
        assert out.count("✗") == 6
        assert out.count("没有这一项") == 2
        assert "营业网点名称不能超过80个字" in out
        assert "开户日期不能晚于今天" in out

    def test_two_insurances_are_declared_and_paid_by_card(
        self, walk: Walk, cast: Cast, book: Rulebook
    ) -> None:
        """100 for the pension and 400 for medical insurance; payment is walked in front."""
        status, out = walk(
            "resident_payment",
            *declares(cast),
            *("ccb", "", "1234", CARD, cast.resident.id_number[-4:], ""),
            *(cast.resident.name, "abcdef", "246810", "", "deliver"),
        )

        assert status == 0, out
        assert "You pay ¥500.00" in out
        assert re.search(r"tiers\.yaml:\d+", out)
        assert "declare and pay › payment" in out
        assert f"payment has ended: {label(book, 'payment', 'paid')}" in out
        assert label(book, "resident_payment", "paid") in out
        assert "246810" not in out
        assert "abcdef" not in out

    def test_a_code_is_shown_to_be_scanned(self, walk: Walk, cast: Cast) -> None:
        """For Alipay a picture of blocks as high as wide is shown, and the answer waited for."""
        status, out = walk("resident_payment", *declares(cast), "alipay", "", "deliver")
        rows = re.findall(r"^[█▀▄ ]{21,}$", out, re.MULTILINE)

        assert status == 0
        assert len(rows) >= 13  # 21 modules and the quiet zone, two to a line
        assert len({len(row) for row in rows}) == 1

    def test_an_account_is_filed_on_the_way_and_returned_from(
        self, walk: Walk, book: Rulebook
    ) -> None:
        """What was chosen before is still there afterwards."""
        status, out = walk("debit_agreement --as worker", *AGREES, "deliver")
        filed = label(book, "account_filing", "filed")

        assert status == 0, out
        assert f"file a deposit account has ended: {filed}" in out
        assert "insurance: flexible workers' pension" in out

    def test_a_code_comes_as_a_text_message(self, walk: Walk, cast: Cast) -> None:
        """It is shown when it is sent; the password that is typed is shown nowhere."""
        status, out = walk(
            "login", "send_code", str(cast.resident.user_name), "",
            "submit", "", "not-the-password", "000000", "", "cancel",
        )  # fmt: skip

        assert status == 1
        assert re.search(rf"Text message to {cast.resident.mobile}: .*\d{{6}}", out)
        assert "not-the-password" not in out

    def test_every_word_is_chinese_unless_another_language_is_asked_for(self, walk: Walk) -> None:
        status, out = walk("enrolment_query", "1", language="zh")

        assert status == 0
        assert re.findall(r"(?m)^[A-Za-z ]{12,}$", out) == []


class TestBack:
    """``<`` goes back, a field or a page, with nothing lost."""

    def test_to_the_field_before_with_what_was_typed(self, walk: Walk, cast: Cast) -> None:
        _, out = walk("resident_payment", "错名", "<", cast.resident.name, "1", "<", "")

        assert "[Enter keeps 错名]" in out
        assert f"[Enter keeps {cast.resident.name}]" in out

    def test_over_a_page_and_over_a_state(self, walk: Walk, cast: Cast, book: Rulebook) -> None:
        """From the years back over the way of paying, to the insurances with their ticks."""
        _, out = walk("resident_payment", *declares(cast)[:6], "<", "<")
        choosing = label(book, "resident_payment", "choosing_enrolments")
        ticked = out.rpartition(choosing)[2]

        assert out.count(choosing) == 2
        assert ticked.count("✓") == 2

    def test_from_the_first_field_to_what_may_be_done(self, walk: Walk) -> None:
        """Where nothing is before; and the form is gone on with."""
        status, out = walk("verify_tax_certificate", "1", "<", "", "<", "2")

        assert "This is the first field" in out
        assert status == 0


class TestEnterAlone:
    """In a list of what may be done a bare Enter takes nothing that a person may regret."""

    NOTHING = "Enter alone does nothing here"

    def test_an_agreement_in_force_stays_in_force(self, walk: Walk, book: Rulebook) -> None:
        """The first of the list is to end it; by its number it is ended."""
        arguments = "debit_agreement --as worker"
        status, out = walk(arguments, *AGREES, "deliver", "", "  ", "")

        assert status == 0
        assert out.count(self.NOTHING) == 3
        assert label(book, "debit_agreement", "ending") not in out
        assert label(book, "debit_agreement", "ended") not in out.split("\n")
        assert label(book, "debit_agreement", "ended") in walk(
            arguments, *AGREES, "deliver", "1", ""
        )[1].split("\n")

    def test_a_code_that_is_shown_stays_to_be_paid(
        self, walk: Walk, cast: Cast, book: Rulebook
    ) -> None:
        """The first of the list is to cancel the payment."""
        status, out = walk("resident_payment", *declares(cast), "alipay", "", "", "", "deliver")

        assert status == 0
        assert out.count(self.NOTHING) == 2
        assert f"payment has ended: {label(book, 'payment', 'paid')}" in out

    def test_where_one_can_only_wait_it_waits(self, walk: Walk) -> None:
        """An answer is lost on the way and the person can do nothing: Enter asks for it anew."""
        _, out = walk("enrolment_query --mood registry=lost_reply", "", "q")

        assert "1. the other side answers" in out
        assert "No new answer has come" in out
        assert self.NOTHING not in out

    def test_a_pipe_that_ends_there_leaves(self, walk: Walk, cast: Cast) -> None:
        status, out = walk("resident_payment", *declares(cast), "alipay", "", "")

        assert status == 1
        assert out.count(self.NOTHING) == 1
        assert "stays as it is" in out


class TestRows:
    """Rows of which some can be ticked."""

    def test_one_that_cannot_be_ticked_says_why(
        self, walk: Walk, cast: Cast, book: Rulebook
    ) -> None:
        """Months that are past or paid stay in the table, with the reason."""
        _, out = walk(
            "flexible_payment --as flexible",
            *(cast.flexible.name, cast.flexible.id_number, "", "1", ""),
            *("2025-08", "2025-12", "", "1", "0", "x", "99", "4-5", "q"),
        )
        rows = next(
            field.rows
            for field in book.contents.forms["flexible_months"].fields
            if field.rows is not None
        )
        assert rows.why_not is not None

        assert f"Row 1 can't be chosen: {rows.why_not.text('en')}" in out
        assert out.count("Type row numbers from 1 to 5") == 3


class TestLeaving:
    """The item stays when one leaves, and is gone on with."""

    def test_by_another_process_with_what_was_typed(
        self, walk: Walk, cast: Cast, book: Rulebook, tmp_path: Path
    ) -> None:
        desk = tmp_path / "desk.db"
        status, out = walk(f"resident_payment --db {desk}", *declares(cast)[:3], "2", "q")
        found = re.search(r"--ref (\w+)", out)
        assert status == 1
        assert found is not None

        status, out = walk(f"--db {desk} --ref {found[1]}", "q")
        assert label(book, "resident_payment", "choosing_enrolments") in out
        assert "✓ 2" in out
        assert "✓ 1" not in out

    def test_an_abandoned_payment_is_over_two_days_later(
        self, walk: Walk, cast: Cast, book: Rulebook, tmp_path: Path
    ) -> None:
        """Its half hour is past although nobody looked, and its declaration can be voided."""
        desk = tmp_path / "desk.db"
        _, out = walk(f"resident_payment --db {desk}", *declares(cast), "q")
        assert label(book, "payment", "choosing") in out

        status, out = walk(
            f"void_declaration --db {desk}", "1", "", "void_it", on="2025-10-17T09:00"
        )
        assert status == 0
        assert label(book, "void_declaration", "voided") in out
        assert label(book, "void_declaration", "being_paid") not in out

    def test_an_item_gone_on_with_is_shown_as_it_stands_by_then(
        self, walk: Walk, cast: Cast, book: Rulebook, tmp_path: Path
    ) -> None:
        """A code that was scanned two days ago is paid, not shown again."""
        desk = tmp_path / "desk.db"
        out = walk(f"resident_payment --db {desk}", *declares(cast), "alipay", "", "q")[1]
        found = re.search(r"--ref (\w+)", out)
        assert found is not None

        status, out = walk(f"--db {desk} --ref {found[1]}", on="2025-10-17T09:00")
        assert status == 0
        assert label(book, "resident_payment", "paid") in out
        assert label(book, "payment", "showing_code") not in out

    def test_a_pipe_that_ends_leaves(self, walk: Walk) -> None:
        assert walk("account_filing")[0] == 1

    def test_another_persons_item_is_not_shown(self, walk: Walk, tmp_path: Path) -> None:
        desk = tmp_path / "desk.db"
        found = re.search(r"--ref (\w+)", walk(f"account_filing --db {desk}", "q")[1])
        assert found is not None

        assert walk(f"--db {desk} --ref {found[1]} --as worker", "q")[0] == 2

    def test_an_item_given_up_ends_badly(self, walk: Walk, book: Rulebook) -> None:
        status, out = walk("account_filing", "!", "cancel")

        assert status == 1
        assert label(book, "account_filing", "abandoned") in out

    def test_no_secret_is_on_the_disk(self, walk: Walk, cast: Cast, tmp_path: Path) -> None:
        """Neither after it was typed nor after it was sent."""
        user = str(cast.resident.user_name)
        walk(
            f"login --db {tmp_path / 'desk.db'}",
            *("send_code", user, "", "submit", "", "blue-yak-on-the-roof", "000000", "", "q"),
        )

        for path in tmp_path.iterdir():
            assert b"blue-yak-on-the-roof" not in path.read_bytes()


class TestSigns:
    """``?`` and ``!``."""

    def test_help_is_the_fields_own(self, walk: Walk, book: Rulebook) -> None:
        form = book.contents.forms["verify_tax_certificate"]
        about = form.fields[0].help
        assert about is not None
        _, out = walk("verify_tax_certificate", "？", "q")

        assert out.count(about.text("en")) == 2

    def test_what_may_be_done_is_listed(self, walk: Walk, book: Rulebook) -> None:
        _, out = walk("account_filing", "!", "q")

        assert (
            f"2. {book.contents.items['account_filing'].events['cancel'].label.text('en')}" in out
        )

    def test_what_may_not_be_done_says_why_when_it_is_tried(self, walk: Walk) -> None:
        """Nobody signs in before a code was sent."""
        _, out = walk("login", "submit", "demo_resident", "a-long-password", "123456", "", "q")

        assert "Please ask for a code first" in out


class TestMoods:
    """The bureau behaves as it is told."""

    PAYS = ("ccb", "", CARD)

    def pay(self, walk: Walk, cast: Cast, mood: str, *after: str) -> Walked:
        last = (cast.resident.id_number[-4:], "", cast.resident.name, "246810", "")
        return walk(f"resident_payment --mood {mood}", *declares(cast), *self.PAYS, *last, *after)

    def test_refused_is_said_and_can_be_tried_again(
        self, walk: Walk, cast: Cast, book: Rulebook
    ) -> None:
        _, out = self.pay(walk, cast, "gateway.charge_card=refuse", "deliver", "q")

        assert label(book, "payment", "declined") in out

    def test_never_is_found_out_by_asking(self, walk: Walk, cast: Cast) -> None:
        """The bank charges and says nothing: time passes, the result is asked for, and booked."""
        status, out = self.pay(
            walk, cast, "gateway.charge_card=never", "deliver", "deadline", "deliver"
        )

        assert "No new answer has come" in out
        assert status == 0

    def test_twice_is_paid_once(self, walk: Walk, cast: Cast) -> None:
        status, _ = self.pay(walk, cast, "gateway.charge_card=twice", "deliver")

        assert status == 0


class TestAnswersFile:
    """Answers given beforehand."""

    @pytest.mark.parametrize("as_lines", [True, False])
    def test_as_lines_or_by_field(
        self, walk: Walk, tmp_path: Path, book: Rulebook, as_lines: bool
    ) -> None:
        lines = ["12", "123456789012345678", "", "!", "close"]
        named = {"voucher_no": ["12", "123456789012345678", "!"], "do": "close"}
        file = tmp_path / "answers.json"
        file.write_text(json.dumps(lines if as_lines else named))
        status, out = walk(f"verify_tax_certificate --answers {file}")

        assert status == 0
        assert out.count("✗") == 1
        assert label(book, "verify_tax_certificate", "not_found") in out


class TestAnything:
    """Whatever is typed, the walk goes on, ends, or is left; it never breaks."""

    TYPED = (
        *("", "", "", "1", "1", "2", "a", "<", "!", "?", "x", "2025", "2025-01", "2025-12-01"),
        *("deliver", "deadline", "submit", "day", "yes", "no", "100", "ccb", "alipay", CARD),
        *("000000", "long-enough-password", "ＸＸ", "𝟛", "١", "\x00", "1-99999999", "-1", "9" * 40),
    )

    @pytest.mark.parametrize("mood", ["*=down", "*=never", "*=twice", "*=prompt"])
    @pytest.mark.parametrize("item", ITEMS)
    def test_it_does_not_break(self, walk: Walk, cast: Cast, item: str, mood: str) -> None:
        chance = random.Random(f"{item} {mood}")
        typed = [*self.TYPED, cast.resident.name, cast.resident.id_number, cast.resident.mobile]
        status, out = walk(f"{item} --mood {mood}", *(chance.choice(typed) for _ in range(120)))

        assert status in (0, 1)
        assert ("✓ Done" in out) == (status == 0)


class TestUsage:
    """What can't be begun is said before anything is."""

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ("acount_filing", "account_filing"),
            ("payment", "called by other items"),
            ("", "name an item"),
            ("account_filing --ref x", "name an item"),
            ("--ref x", "no item 'x'"),
            ("account_filing --as nobodyatall", "resident"),
            ("account_filing --mood gateway.charge_card", "VERB=MOOD"),
            ("account_filing --mood gateway.charge_card=angry", "mood"),
            ("account_filing --mood gateway.charge_card=sleepy", "one of: down, early, late,"),
            ("account_filing --mood gateway.charge_card=latter", "the nearest is 'late"),
            ("account_filing --answers none.json", "none.json"),
        ],
    )
    def test_it_is_said_what_is_wrong(self, walk: Walk, arguments: str, says: str) -> None:
        status, out = walk(arguments)

        assert status == 2
        assert says in re.sub(r"\s+", " ", out)

    def test_a_time_that_is_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["walk", "account_filing", "--on", "soon"]) == 2
        assert "2025-10-01T09:00" in capsys.readouterr().err

    def test_a_desk_of_another_key_and_settings_that_are_none(
        self, walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As every command says it: in a line, and without the key."""
        desk, settings = tmp_path / "desk.db", tmp_path / "settings.yaml"
        walk(f"account_filing --db {desk}", "q")
        secret = base64.b64encode(b"k" * 32).decode()
        settings.write_text(f"keys:\n  - id: k1\n    secret: {secret}\n")
        settings.chmod(0o600)
        monkeypatch.setenv("SSTIBET_SETTINGS", str(settings))
        status, out = walk(f"account_filing --db {desk}", "q")
        assert (status, out.count("\n")) == (2, 1)
        assert "can't be opened with these keys" in out

        settings.write_text(f"keys:\n  - id: k1\n    secret: {secret[:9]}\n")
        status, out = walk("account_filing", "q")
        assert (status, out.count("\n")) == (2, 1)
        assert out.startswith("settings.yaml:3:13: not_a_key")
        assert secret[:9] not in out


class TestItems:
    """``sstibet show items``."""

    def test_every_item_has_its_line(
        self, book: Rulebook, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With its label, how many states and forms it has, its steps and its place."""
        assert run(["show", "items", "--language", "en"]) == 0
        out = capsys.readouterr().out

        for name, item in book.contents.items.items():
            line = next(each for each in out.split("\n") if each.split()[:1] == [name])
            assert item.label.text("en") in line
            assert f" {len(item.states)} " in line
            assert item.where in line
        assert "P1.1, P1.2, P1.3" in out
