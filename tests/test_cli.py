"""The command: every question, every exit status, and no traceback whatever is typed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sstibet.cli import run
from sstibet.cli.checking import WEAK
from sstibet.files import find_rules
from sstibet.problems import explain_code
from sstibet.version import __version__

SECOND_REGION = Path(__file__).parent / "books" / "good" / "second_region"
PENSION = ["quote", "flexible_pension", "--on", "2025-03-01"]
BASE = ["--set", "base=7066.20", "--set", "months=1"]
# The second payment for one year, as the bureau has it on record.
PAYMENT = {
    "coverage_year": "2026",
    "amount": "400",
    "given_back": "0",
    "booked_in": "yes",
    "sequence": "2",
}
# Somebody who fulfils every rule for joining the residents' pension.
ADULT = {
    "birth_date": "1990-05-01",
    "student": "no",
    "public_employee": "no",
    "in_employee_pension": "no",
    "local_hukou": "yes",
    "paid_this_year": "no",
}


@dataclass(frozen=True)
class Done:
    """A command line that has been run: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


Sstibet = Callable[..., Done]


@pytest.fixture
def sstibet(capsys: pytest.CaptureFixture[str]) -> Sstibet:
    """Runs one command line in this process."""

    def command(*arguments: object) -> Done:
        capsys.readouterr()
        status = run([str(each) for each in arguments])
        written = capsys.readouterr()
        assert "Traceback" not in written.out + written.err
        return Done(status, written.out, written.err)

    return command


def started(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """One command line in a process of its own, its output as bytes."""
    return subprocess.run(
        [sys.executable, "-m", "sstibet", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A copy of the shipped rules that a test may spoil."""
    return Path(shutil.copytree(find_rules(None), tmp_path / "rules"))


def spoil(file: Path, right: str, wrong: str) -> int:
    """Replace the first ``right`` of a file by ``wrong``; the line it stands on."""
    text = file.read_text("utf-8")
    before, found, after = text.partition(right)
    assert found, f"{file} has no {right!r}"
    file.write_text(f"{before}{wrong}{after}", "utf-8")
    return before.count("\n") + 1


class TestQuote:
    """``sstibet quote SCHEME --on DAY --set fact=value``: what it costs, line by line."""

    def test_json_has_exactly_the_promised_keys(self, sstibet: Sstibet) -> None:
        done = sstibet(*PENSION, *BASE, "--json")

        assert done.status == 0
        assert list(done.json) == ["scheme", "due", "total", "lines", "evidence", "digest"]
        assert done.json["due"] == done.json["total"] == "1413.24"
        assert {line["part"]: line["amount"] for line in done.json["lines"]} == {
            "account": "565.30",
            "pooled": "847.94",
        }
        for line in done.json["lines"]:
            assert set(line) == {
                *("label", "payer", "amount", "rule", "edition", "evidence"),
                *("part", "period", "basis", "rate", "at_least"),
            }
            file, number = line["rule"].rsplit(":", 1)
            assert (find_rules(None) / file).is_file()
            assert int(number) > 0

    def test_one_fen_below_the_floor_is_wrong(self, sstibet: Sstibet) -> None:
        done = sstibet(*PENSION, "--set", "base=7066.19", "--set", "months=1", "--json")

        assert done.status == 1
        assert list(done.json) == ["wrong"]
        assert list(done.json["wrong"]) == ["field", "code", "message"]
        assert done.json["wrong"]["field"] == "base"

    def test_a_tier_that_is_not_listed_is_wrong(self, sstibet: Sstibet) -> None:
        done = sstibet(
            *("quote", "resident_pension", "--on", "2025-03-01", "--set", "tier=150", "--json")
        )

        assert done.status == 1
        assert done.json["wrong"]["field"] == "tier"

    def test_what_is_missing_is_named(self, sstibet: Sstibet) -> None:
        done = sstibet(*PENSION, "--json")

        assert done.status == 1
        assert done.json["missing"] == ["base", "months"]
        assert done.json["instead"] == {"base": ["base_tier"]}

    def test_everything_wrong_in_one_question_is_told(self, sstibet: Sstibet) -> None:
        done = sstibet(
            *(*PENSION, "--set", "base=7066,20", "--set", "months=x", "--json", "--lang", "en")
        )

        assert done.status == 1
        assert done.json["wrong"]["field"] == "base"
        assert [each["field"] for each in done.json["also"]] == ["months"]

    def test_an_unknown_fact_is_wrong_with_the_one_that_was_meant(self, sstibet: Sstibet) -> None:
        done = sstibet(*PENSION, *BASE, "--set", "moths=1", "--lang", "en")

        assert done.status == 1
        assert "months" in done.out

    def test_facts_about_the_person_bring_the_answer_whether_they_may_pay(
        self, sstibet: Sstibet
    ) -> None:
        question = ["quote", "resident_pension", "--on", "2025-03-01", "--json"]
        price = ["--set", "tier=200", "--set", "category=general"]

        child = sstibet(*question, *price, "--set", "birth_date=2015-01-01").json
        someone = sstibet(*question, *price, "--set", "birth_date=1990-01-01").json

        assert "may_pay" not in sstibet(*question, *price).json
        assert child["due"] == someone["due"] == "200.00"
        assert child["may_pay"]["answer"] == "no"
        assert child["may_pay"]["refused"]["failed"][0]["tests"]
        assert someone["may_pay"]["answer"] == "unknown"
        assert someone["may_pay"]["missing"]

    def test_a_base_not_announced_yet_is_provisional(self, sstibet: Sstibet) -> None:
        done = sstibet(
            *("quote", "flexible_pension", "--on", "2025-01-01", "--known-on", "2025-06-01"),
            *("--set", "base=6928", "--set", "months=2", "--json"),
        )

        assert done.status == 0
        assert done.json["provisional"] == ["bases"]

    def test_the_back_difference_has_both_amounts_and_the_lines(self, sstibet: Sstibet) -> None:
        done = sstibet(
            *("quote", "flexible_pension", "--on", "2025-01-01", "--paid-known-on", "2025-06-01"),
            *("--set", "base=6928", "--set", "months=2", "--json", "--explain"),
        )

        assert done.status == 0
        assert done.json["before"]["due"] == "2771.20"
        assert done.json["after"]["due"] == "2826.48"
        assert done.json["due"] == "55.28"
        assert len(done.json["lines"]) == 4
        assert done.json["explanation"]["steps"]

    def test_the_explanation_follows_as_text_or_stands_in_the_json(self, sstibet: Sstibet) -> None:
        as_json = sstibet(*PENSION, *BASE, "--json", "--explain").json
        as_text = sstibet(*PENSION, *BASE, "--explain", "--lang", "en").out

        assert as_json["explanation"]["schema"] == "sstibet.explanation/1"
        assert "rounded half up" in as_text
        assert "rounded half up" not in sstibet(*PENSION, *BASE, "--lang", "en").out

    def test_the_answer_is_in_the_language_asked_for(self, sstibet: Sstibet) -> None:
        labels = {
            language: sstibet(*PENSION, *BASE, "--json", "--lang", language).json["lines"][0][
                "label"
            ]
            for language in ("zh", "en", "bo")
        }

        assert labels["en"] == "individual account"
        assert labels["zh"] == "个人账户"
        assert labels["bo"] == "མི་སྒེར་རྩིས་ཐོ་"  # an attested term
        assert sstibet(*PENSION, *BASE, "--json").json["lines"][0]["label"] == labels["zh"]

    def test_another_region_is_another_folder(self, sstibet: Sstibet) -> None:
        done = sstibet(
            *("quote", "freelance_pension", "--on", "2023-06-01", "--book", SECOND_REGION),
            *("--set", "wage_base=5000.01", "--set", "month_count=1", "--json"),
        )

        assert done.status == 0
        assert done.json["due"] == "900.09"
        assert done.json["total"] == "1000.10"

    @pytest.mark.parametrize("name", ["facts.json", "facts.yaml"])
    def test_facts_may_stand_in_a_file(self, name: str, tmp_path: Path, sstibet: Sstibet) -> None:
        file = tmp_path / name
        file.write_text(
            '{"base": 7066.20, "months": 1}'
            if name.endswith("json")
            else "base: 7066.20\nmonths: 1\n"
        )

        assert sstibet(*PENSION, "--facts", file, "--json").json["due"] == "1413.24"

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["quote", "flexible_pensoin", "--on", "2025-03-01"], "flexible_pension"),
            (["quote", "flexible_pension"], "--on"),
            (["quote", "flexible_pension", "--on", "2025-02-30"], "28 days"),
            (["quote", "flexible_pension", "--on", "1.3.2025"], "2025-03-01"),
            ([*PENSION, "--set", "base"], "base=7066.20"),
            ([*PENSION, "--set", "=1"], "FACT=VALUE"),
            ([*PENSION, *BASE, "--set", "base=1"], "twice"),
            ([*PENSION, *BASE, "--lang", "fr"], "language"),
            ([*PENSION, "--facts", "/no/such/file.json"], "No such file"),
            ([*PENSION, "--book", "/no/such/book"], "no folder"),
            ([*PENSION, "--known-on", "yesterday"], "2025-03-01"),
            (["refund", "resident_medical", "--on", "2025-03-01", "--set", "payments=["], "rows"),
            (["qoute"], "quote"),
            (["quote", "--nothing"], "--nothing"),
        ],
    )
    def test_a_question_that_cannot_be_asked_exits_2_and_says_why(
        self, arguments: list[str], told: str, sstibet: Sstibet
    ) -> None:
        done = sstibet(*arguments)

        assert (done.status, done.out) == (2, "")
        assert told in done.err

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            ("facts.json", '{"base": 1, "base": 2}', "twice"),
            ("facts.json", "[1]", "no mapping"),
            ("facts.json", "{", "no JSON"),
            ("facts.json", "[" * 100_000, "no JSON"),
            ("facts.yaml", "base: 1\nbase: 2\n", "doubled_key"),
            ("facts.yaml", "- 1\n", "no mapping"),
        ],
    )
    def test_a_file_of_facts_is_read_strictly(
        self, name: str, text: str, told: str, tmp_path: Path, sstibet: Sstibet
    ) -> None:
        (tmp_path / name).write_text(text)

        done = sstibet(*PENSION, "--facts", tmp_path / name)

        assert done.status == 2
        assert told in done.err

    def test_a_file_of_facts_that_is_not_utf8_is_refused(
        self, tmp_path: Path, sstibet: Sstibet
    ) -> None:
        (tmp_path / "facts.json").write_bytes(b'{"a": "\xff"}')

        done = sstibet(*PENSION, "--facts", tmp_path / "facts.json")

        assert done.status == 2
        assert "UTF-8" in done.err

    def test_a_broken_book_prints_its_problems_with_their_frames(
        self, book: Path, sstibet: Sstibet
    ) -> None:
        line = spoil(book / "rates.yaml", "rate: 20%", "rate: 20 %")

        done = sstibet(*PENSION, *BASE, "--book", book)

        assert (done.status, done.out) == (1, "")
        assert f"--> rates.yaml:{line}:" in done.err
        assert "^^^^" in done.err


class TestRefundAndMayPay:
    """``sstibet refund`` and ``sstibet may-pay``: yes is 0, no is 1."""

    def refund(self, sstibet: Sstibet, on: str, *more: str) -> Done:
        rows = json.dumps([PAYMENT])
        facts = ["--set", "refund_ground=paid_twice", "--set", f"payments={rows}"]
        return sstibet("refund", "resident_medical", "--on", on, *facts, *more)

    def test_a_refund_says_how_much_of_what_and_who_confirms(self, sstibet: Sstibet) -> None:
        done = self.refund(sstibet, "2025-12-31", "--json", "--explain")

        assert done.status == 0
        assert done.json["amount"] == "400.00"
        assert done.json["lines"][0]["paid"] == "400.00"
        assert done.json["confirmed_by"] == "agency"
        assert done.json["explanation"]["steps"]

    def test_after_the_benefits_have_begun_it_is_refused_with_the_rule(
        self, sstibet: Sstibet
    ) -> None:
        done = self.refund(sstibet, "2026-01-01", "--json")

        assert done.status == 1
        assert list(done.json) == ["refused"]
        failed = done.json["refused"]["failed"][0]
        assert failed["rule"].startswith("refunds.yaml:")
        assert any(test["answer"] == "no" for test in failed["tests"])

    def test_people_are_told_in_words(self, sstibet: Sstibet) -> None:
        given = self.refund(sstibet, "2025-12-31", "--lang", "en")
        refused = self.refund(sstibet, "2026-01-01", "--lang", "en", "--explain")

        assert "400.00" in given.out
        assert "refunds.yaml:" in refused.out

    def test_what_a_refund_lacks_is_named(self, sstibet: Sstibet) -> None:
        done = sstibet("refund", "resident_medical", "--on", "2025-12-01", "--json")

        assert done.status == 1
        assert set(done.json["missing"]) == {"refund_ground", "payments"}

    @pytest.mark.parametrize(
        ("birth_date", "answer"), [("2015-01-01", "no"), ("1990-01-01", "unknown")]
    )
    def test_may_pay_is_no_or_unknown(self, birth_date: str, answer: str, sstibet: Sstibet) -> None:
        question = ["may-pay", "resident_pension", "--on", "2025-03-01"]

        done = sstibet(*question, "--set", f"birth_date={birth_date}", "--json")
        told = sstibet(*question, "--set", f"birth_date={birth_date}", "--lang", "en")

        assert done.status == told.status == 1
        assert done.json["answer"] == answer
        assert "may" in told.out

    def test_may_pay_is_yes_where_every_rule_is_fulfilled(self, sstibet: Sstibet) -> None:
        facts = [part for name, value in ADULT.items() for part in ("--set", f"{name}={value}")]
        question = ["may-pay", "resident_pension", "--on", "2025-03-01", *facts, "--explain"]

        done = sstibet(*question, "--json")
        told = sstibet(*question, "--lang", "en")

        assert done.status == told.status == 0
        assert done.json["answer"] == "yes"
        assert "aged_sixteen" in done.json["rules"]
        assert done.json["explanation"]["steps"]
        assert "holds: age" in told.out

    def test_an_unknown_fact_about_the_person_is_wrong(self, sstibet: Sstibet) -> None:
        done = sstibet(
            *("may-pay", "resident_pension", "--on", "2025-03-01"),
            *("--set", "brith_date=1990-01-01", "--json"),
        )

        assert done.status == 1
        assert done.json["answer"] == "unknown"
        assert done.json["wrong"]["code"] == "unknown_fact"


class TestCheck:
    """``sstibet check [DIR]``: 0 sound, 1 problems, 2 cannot run."""

    def test_the_shipped_rules_are_sound(self, sstibet: Sstibet) -> None:
        done = sstibet("check")

        assert done.status == 0
        assert "is sound" in done.out

    def test_a_sound_book_says_nothing_to_a_machine(self, sstibet: Sstibet) -> None:
        assert sstibet("check", SECOND_REGION, "--format", "json").json == []
        assert sstibet("check", SECOND_REGION, "--format", "concise").out == ""
        assert sstibet("check", SECOND_REGION, "--format", "github").out == ""

    def test_every_format_names_the_file_and_the_line(self, book: Path, sstibet: Sstibet) -> None:
        line = spoil(book / "rates.yaml", "rate: 20%", "rate: 20 %")
        told = {
            each: sstibet("check", book, "--format", each)
            for each in ("full", "concise", "json", "github")
        }

        assert {done.status for done in told.values()} == {1}
        assert f"--> rates.yaml:{line}:" in told["full"].out
        assert told["concise"].out.startswith(f"rates.yaml:{line}:")
        assert f"file={book.as_posix()}/rates.yaml,line={line}," in told["github"].out
        [problem] = told["json"].json
        assert set(problem) == {"file", "line", "column", "code", "message", "hint"}
        assert (problem["file"], problem["line"]) == ("rates.yaml", line)

    def test_all_problems_of_all_files_come_at_once(self, book: Path, sstibet: Sstibet) -> None:
        spoil(book / "rates.yaml", "rate: 20%", "rate: 20 %")
        spoil(book / "book.yaml", "currency: CNY", "currency: CNY\ncurrency: CNY")

        found = sstibet("check", book, "--format", "json").json

        assert [each["file"] for each in found] == ["book.yaml", "rates.yaml"]

    def test_strict_lists_what_is_made_up_or_remembered(self, book: Path, sstibet: Sstibet) -> None:
        done = sstibet("check", book, "--strict", "--format", "json")

        assert done.status == 1
        assert {each["code"] for each in done.json} == set(WEAK.values())
        for each in done.json:
            line = (book / each["file"]).read_text("utf-8").splitlines()[each["line"] - 1]
            found = line[each["column"] - 1 :]
            assert found.startswith(("synthetic", "memory"))

    @pytest.mark.parametrize(
        "arguments", [["/no/such/folder"], ["--format", "xml"], [__file__], ["--strikt"]]
    )
    def test_what_cannot_be_checked_exits_2(self, arguments: list[str], sstibet: Sstibet) -> None:
        done = sstibet("check", *arguments)

        assert done.status == 2
        assert done.err


class TestExplainCodeAndSchema:
    """What a code means; what an editor needs."""

    @pytest.mark.parametrize("code", ["doubled_key", *WEAK.values()])
    def test_cause_and_cure_are_printed(self, code: str, sstibet: Sstibet) -> None:
        done = sstibet("explain-code", code)

        assert done.status == 0
        assert explain_code(code).cause in done.out
        assert explain_code(code).cure in done.out

    def test_an_unknown_code_is_met_with_the_one_meant(self, sstibet: Sstibet) -> None:
        done = sstibet("explain-code", "dubled_key")

        assert done.status == 2
        assert "did you mean 'doubled_key'?" in done.err

    def test_a_schema_is_printed_or_written(self, tmp_path: Path, sstibet: Sstibet) -> None:
        printed = sstibet("schema", "rates").json
        every = sstibet("schema", "all").json

        assert sstibet("schema", "all", "--out", tmp_path / "new").status == 0
        written = json.loads((tmp_path / "new" / "rates.schema.json").read_text("utf-8"))

        assert written == printed == every["rates"]
        assert printed["$schema"].endswith("2020-12/schema")
        assert sstibet("schema", "rate").status == 2


class TestShow:
    """``sstibet show WHAT [--on DAY]``: what the tables say."""

    @pytest.mark.parametrize("what", ["tiers", "rates", "periods", "refunds", "facts", "codes"])
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_every_table_of_every_book_is_shown(
        self, what: str, language: str, sstibet: Sstibet
    ) -> None:
        for book in ([], ["--book", SECOND_REGION]):
            done = sstibet("show", what, "--lang", language, *book)

            assert done.status == 0
            assert "yaml:" in done.out

    def test_on_a_day_only_what_is_in_force_is_shown(self, sstibet: Sstibet) -> None:
        every = sstibet("show", "rates").out
        one = sstibet("show", "rates", "--on", "2025-03-01").out

        assert "6928.00" in every
        assert "6928.00" not in one
        assert "7066.20" in one

    def test_another_table_is_unknown(self, sstibet: Sstibet) -> None:
        done = sstibet("show", "tier")

        assert done.status == 2
        assert "did you mean 'tiers'?" in done.err


class TestTable:
    """``sstibet table IN OUT``: a file of questions, a file of answers."""

    def test_a_bad_row_has_its_code_and_leaves_the_others(
        self, tmp_path: Path, sstibet: Sstibet
    ) -> None:
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        source.write_text(
            "on,base,months\n2025-03-01,7066.20,1\n2025-03-01,7066.19,1\n2025-03-01,35331,1\n"
        )

        done = sstibet("table", source, target, "--scheme", "flexible_pension", "--lang", "en")

        assert done.status == 0
        assert done.err == "3 rows, 1 of them without a quote (see their code)\n"
        rows = target.read_text("utf-8").splitlines()
        assert len(rows) == 4
        assert "1413.24" in rows[1]
        assert "below_floor" in rows[2]
        assert "7066.20" in rows[3]

    def test_what_cannot_be_read_exits_2(self, tmp_path: Path, sstibet: Sstibet) -> None:
        source = tmp_path / "in.csv"
        source.write_text("on,base,months\n")

        missing = sstibet("table", tmp_path / "none.csv", tmp_path / "out.csv")
        strange = sstibet("table", source, tmp_path / "out.xlsx", "--scheme", "flexible_pension")
        unknown = sstibet("table", source, tmp_path / "out.csv", "--scheme", "flexible")

        assert [missing.status, strange.status, unknown.status] == [2, 2, 2]
        assert "none.csv" in missing.err


class TestDemo:
    """``sstibet demo`` checks its own results."""

    def test_every_step_comes_out_as_it_must(self, sstibet: Sstibet) -> None:
        done = sstibet("demo")

        assert "BUT IT SHOULD BE" not in done.out
        assert done.status == 0

    def test_a_step_that_comes_out_otherwise_is_a_failure(
        self, sstibet: Sstibet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from dataclasses import replace

        from sstibet.cli import demo

        planted = (demo.STEPS[0], replace(demo.STEPS[0], expect="due 1413.25"))
        monkeypatch.setattr(demo, "STEPS", planted)

        done = sstibet("demo")

        assert done.status == 1
        assert "BUT IT SHOULD BE: due 1413.25" in done.out


class TestTheProcess:
    """What a shell sees: encoding, pipes, and a missing extra."""

    def test_the_version_is_printed(self, sstibet: Sstibet) -> None:
        assert sstibet("--version").out == f"sstibet {__version__}\n"

    def test_help_is_shown_without_arguments(self, sstibet: Sstibet) -> None:
        assert "explain-code" in sstibet("--help").out
        assert "explain-code" in "".join([(done := sstibet()).out, done.err])

    @pytest.mark.parametrize("settings", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
    def test_output_is_utf8_whatever_the_locale(self, settings: dict[str, str]) -> None:
        done = started(
            *PENSION, *BASE, "--json", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", **settings
        )

        assert done.returncode == 0
        assert '"label": "个人账户"'.encode() in done.stdout

    def test_facts_are_read_as_utf8_whatever_the_locale(self) -> None:
        done = started(
            *(*PENSION, "--set", "base=７０６６", "--json"),
            LC_ALL="C",
            PYTHONUTF8="0",
            PYTHONCOERCECLOCALE="0",
        )

        assert done.returncode == 1
        assert "７０６６" in json.loads(done.stdout.decode("utf-8"))["wrong"]["message"]

    def test_a_pipe_gets_no_colour_and_no_wrapped_line(self) -> None:
        done = started("show", "rates", FORCE_COLOR="", COLUMNS="20")

        assert b"\x1b" not in done.stdout
        assert any(
            "flexible_pension" in row and "yaml:" in row for row in done.stdout.decode().split("\n")
        )

    def test_without_the_extra_the_command_says_what_to_install(self, tmp_path: Path) -> None:
        (tmp_path / "typer.py").write_text(
            "raise ModuleNotFoundError(\"No module named 'typer'\", name='typer')"
        )
        path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])

        done = started("demo", PYTHONPATH=path)

        assert done.returncode == 2
        assert b"pip install 'sstibet[cli]'" in done.stderr
        assert b"Traceback" not in done.stderr

    def test_a_reader_that_leaves_early_is_no_error_message(self) -> None:
        program = f"{sys.executable!r} -m sstibet show codes | head -n 1"

        done = subprocess.run(
            ["sh", "-c", program], capture_output=True, check=False, env=dict(os.environ)
        )

        assert done.stderr == b""
