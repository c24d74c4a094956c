"""``sstibet translations``: what waits for a translator, in a form that can be filled in."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import sstibet
from sstibet.cli import run
from sstibet.cli.waiting import LABELS, Text, texts_of
from sstibet.outcomes import Missing, Refusal, Wrong
from sstibet.texts import Term, catalogue


@pytest.fixture(scope="module")
def every() -> list[Text]:
    return texts_of(sstibet.load().contents, ("zh", "en", "bo"), [])


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["translations", *arguments]) == 0
    return capsys.readouterr().out


def test_chinese_and_english_lack_nothing(every: list[Text]) -> None:
    assert [each.key for each in every if not (each.has("zh") and each.has("en"))] == []


def test_every_text_of_the_library_and_every_label_of_the_book_is_among_them(
    every: list[Text],
) -> None:
    keys = {each.key for each in every if each.room == "sstibet"}
    labels = {each.key for each in every if each.room == LABELS}
    contents = sstibet.load().contents

    assert keys == catalogue("zh").keys()
    assert {each.label.text("zh") for each in contents.dictionary.facts.values()} <= labels
    assert {each.label.text("zh") for each in contents.items.values()} <= labels
    states = {s.label.text("zh") for item in contents.items.values() for s in item.states.values()}
    assert states <= labels


def test_what_is_printed_on_papers_waits_like_everything_else(every: list[Text]) -> None:
    """In Chinese on paper with its sure Tibetan beside it; English helps whoever translates."""
    printed = {each.key: each for each in every if each.room == "papers"}

    assert printed["title.tax"].by_language["zh"] == "税收完税证明"
    assert {key for key, each in printed.items() if each.has("bo")} == {"region", "currency"}
    assert all("certificate" in " ".join(each.notes) for each in printed.values())


def test_each_tells_where_it_is_used(every: list[Text]) -> None:
    assert [each.key for each in every if not each.used or not all(each.used)] == []


def test_the_counts_are_those_of_the_list(
    capsys: pytest.CaptureFixture[str], every: list[Text]
) -> None:
    counts = printed(capsys, "--lang", "en")
    done = sum(each.has("bo") for each in every)
    rows = [line.split() for line in counts.splitlines() if line.split()[1:2] and line[1:2].strip()]

    assert sum(int(row[-1]) for row in rows if row[-1].isdigit()) == done > 0
    assert sum(int(row[1]) for row in rows if row[-1].isdigit()) == len(every)


def test_the_list_as_csv_has_a_row_for_each_and_room_for_the_translation(
    capsys: pytest.CaptureFixture[str], every: list[Text]
) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "bo", "--as", "csv"))))

    assert len(rows) == sum(not each.has("bo") for each in every)
    assert all(row["zh"] and row["en"] and row["used"] and not row["translation"] for row in rows)
    assert not any(row["key"] in ("unit.yuan", "个人账户") for row in rows)


def test_the_list_as_po_is_open_everywhere_and_fuzzy_nowhere(
    tmp_path: Path, every: list[Text]
) -> None:
    file = tmp_path / "new" / "bo.po"
    assert run(["translations", "bo", "--as", "po", "--out", str(file)]) == 0
    with file.open("rb") as opened:
        messages = [each for each in read_po(opened, locale="bo") if each.id]

    assert {(each.context, each.id) for each in messages} == {
        (each.room, each.key) for each in every if not each.has("bo")
    }
    assert not any(each.string or each.fuzzy for each in messages)
    assert all(any(c.startswith("zh: ") for c in each.auto_comments) for each in messages)


def test_other_catalogues_come_in_with_their_folder(tmp_path: Path) -> None:
    for language, text in (("zh_CN", "首页"), ("en", "home")):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "app.po").write_text(f'#: a.html\nmsgid "home"\nmsgstr "{text}"\n', "utf-8")

    found = texts_of(sstibet.load().contents, ("zh", "en", "bo"), [tmp_path])

    mine = [each for each in found if each.room == "app"]
    assert [(each.key, each.by_language, each.used) for each in mine] == [
        ("home", {"zh": "首页", "en": "home", "bo": ""}, ("a.html",))
    ]


class TestLanguagesOfAnswers:
    """``language()`` tells in which language ``text()`` really answers."""

    @pytest.mark.parametrize(
        "answer",
        [
            Missing(("base",)),
            Wrong("base", "required", {"label": "x"}),
            Refusal("not_now", ()),
            Term("yes"),
        ],
        ids=["missing", "wrong", "refusal", "term"],
    )
    def test_in_tibetan_it_is_chinese(self, answer: Missing | Wrong | Refusal | Term) -> None:
        assert [answer.language(each) for each in ("zh", "en", "bo")] == ["zh", "en", "zh"]
        assert answer.text("bo") == answer.text("zh") != answer.text("en")

    def test_a_label_inside_of_a_chinese_sentence_is_chinese(self) -> None:
        account = sstibet.load().contents.dictionary.codes["premium_parts"].codes["account"].label
        assert account.language("bo") == "bo"
        assert Missing(("part",), {"part": account}).text("bo") == "还需要填写：个人账户"
        assert Term("row", (("label", account), ("row", 1), ("field", "x"))).text("bo") == (
            "个人账户第 1 行x"
        )
