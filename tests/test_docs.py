"""The site of documentation (``make docs``): built once here, whole, and read as a reader does.

What its tables must say is read from the YAML by PyYAML alone, and from nothing of ours.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
import sys
from html import unescape
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

from axe_kit import violations
from shown import played, steady

CHECKOUT = Path(__file__).parents[1]
DOCS = CHECKOUT / "docs"
RULES = CHECKOUT / "rules"
CHROMIUM = "/usr/bin/chromium"
# One process builds the site and reads it.
pytestmark = pytest.mark.xdist_group("docs")
SHOWING = sorted(
    page.name
    for page in DOCS.glob("*.md")
    if re.search(r"^```(python|console)$", page.read_text("utf-8"), re.MULTILINE)
)


def book(name: str) -> Any:
    """A file of the rules, every value as the text that stands there."""
    return yaml.load((RULES / name).read_text("utf-8"), yaml.BaseLoader)


class Site:
    """The built site."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.texts = {
            path.relative_to(root).as_posix(): path.read_text("utf-8")
            for path in sorted(root.rglob("*.html"))
            if "_static" not in path.parts
        }
        self.read: dict[str, BeautifulSoup] = {}

    def page(self, name: str) -> BeautifulSoup:
        """What a page itself says, without what stands around it on every page."""
        if name not in self.read:
            _, mark, rest = self.texts[name].partition("<article")
            self.read[name] = BeautifulSoup(mark + rest.partition("</article>")[0], "html.parser")
        return self.read[name]

    def under(self, folder: str) -> list[BeautifulSoup]:
        """All pages of a folder."""
        return [self.page(name) for name in self.texts if name.startswith(f"{folder}/")]

    def rows(self, name: str) -> list[list[str]]:
        """Every row of every table of a page, its cells as a reader sees them."""
        found = self.page(name).select("article table tr")
        return [[text_of(cell) for cell in row.select("td")] for row in found]


def text_of(node: Any) -> str:
    return " ".join(node.get_text(" ").split())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site as `make docs` builds it: a warning is an error."""
    place = tmp_path_factory.mktemp("site")
    out = place / "html"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html"]
    with (DOCS / "conf.py").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # docs/made is written by one process at a time
        built = subprocess.run(
            [*command, "-d", str(place / "read"), str(DOCS), str(out)],
            capture_output=True, text=True,
        )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return Site(out)


class TestExamples:
    """What the pages show."""

    @pytest.mark.parametrize("name", SHOWING)
    def test_every_example_prints_what_stands_under_it(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if name == "second-opinion.md" and find_spec("durable") is None:
            pytest.skip("durable-rules isn't here: it can't be imported by this Python")
        shutil.copytree(RULES, tmp_path / "rules")
        shutil.copytree(CHECKOUT / "forms", tmp_path / "forms")
        monkeypatch.chdir(tmp_path)

        for each in played((DOCS / name).read_text("utf-8"), name):
            assert steady(each.printed) == steady(each.said), each.what

    def test_there_are_examples_to_run(self) -> None:
        assert len(SHOWING) >= 8

    def test_the_settings_that_are_shown_can_be_read(self, tmp_path: Path) -> None:
        from sstibet import Settings

        for page in ("keeping.md", "who.md"):
            shown = re.findall(
                r"^```yaml\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.M | re.S
            )
            file = tmp_path / "settings.yaml"
            file.write_text(shown[0], "utf-8")
            file.chmod(0o600)
            assert Settings.read(file).agents


class TestSite:
    """The site as a whole."""

    def test_no_link_inside_of_it_is_dead(self, site: Site) -> None:
        ids = {
            (site.root / name).resolve(): set(re.findall(r'\sid="([^"]+)"', text))
            for name, text in site.texts.items()
        }
        dead = []
        for name, text in site.texts.items():
            page = (site.root / name).resolve()
            for found in set(re.findall(r'\s(?:href|src)="([^"]*)"', text)):
                link = urlsplit(unescape(found))
                if link.scheme or link.netloc:
                    continue
                target = (page.parent / unquote(link.path)).resolve() if link.path else page
                anchors = ids.get(target, {link.fragment})
                if not target.exists() or (link.fragment and unquote(link.fragment) not in anchors):
                    dead.append(f"{name}: {found}")
        assert dead == []

    def test_nothing_is_fetched_from_elsewhere(self, site: Site) -> None:
        loads = re.compile(
            r"<(?:img|script|iframe|link)\b[^>]*?\s(?:src|href)=\"((?:https?:)?//[^\"]*)"
        )
        for text in site.texts.values():
            assert loads.findall(text) == []
        styles = (each.read_text("utf-8") for each in site.root.rglob("*.css"))
        assert not any(re.search(r"@import|url\([\"']?(https?:)?//", style) for style in styles)

    def test_nothing_of_the_machine_that_built_it_is_in_it(self, site: Site) -> None:
        index = (site.root / "searchindex.js").read_text("utf-8")
        for text in (*site.texts.values(), index):
            assert str(CHECKOUT) not in text
            assert str(site.root) not in text

    @pytest.mark.usefixtures("site")
    def test_what_is_made_is_made_alike_each_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(str(DOCS / "_ext"))
        from bookpages import pages

        for name, text in pages():
            assert (DOCS / "made" / name).read_text("utf-8") == text

    def test_english_and_chinese_words_are_found_by_the_search(self, site: Site) -> None:
        text = (site.root / "searchindex.js").read_text("utf-8")
        words = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))["terms"]

        in_the_browser = (site.root / "_static" / "language_data.js").read_text("utf-8")

        # The browser cuts words down as the index does; a name that is none would break its page.
        assert "Stemmer = EnglishStemmer;" in in_the_browser
        for word in ("flexible_pens", "reconcil", "缴费", "灵活就业人员", "rate_spac"):
            assert word in words


class TestRules:
    """The tables of the rules say what the book says."""

    @pytest.mark.parametrize("scheme", book("tiers.yaml"))
    def test_every_tier_of_every_edition_stands_with_its_amounts_and_evidence(
        self, site: Site, scheme: str
    ) -> None:
        tiers = book("tiers.yaml")[scheme]["tiers"]
        page = f"made/schemes/{scheme}.html"
        rows = [[cell.removeprefix("≥ ") for cell in row] for row in site.rows(page)]
        for edition in tiers["editions"]:
            for pick in edition["picks"]:
                kind = pick.get("evidence", edition["evidence"])["kind"]
                amounts = [_yuan(pick["person"]), _yuan(pick["government"])]
                named = [row for row in rows if pick["id"] in " ".join(row[:2]).split()]
                found = [row for row in named if amounts in (row[1:3], row[2:4])]
                assert any(kind in " ".join(row).split() for row in found), (edition["from"], pick)
            assert f"{edition['from']} until {edition['until']}" in text_of(site.page(page))

    @pytest.mark.parametrize("scheme", book("rates.yaml"))
    def test_every_mean_and_its_bounds_stand_in_their_row(self, site: Site, scheme: str) -> None:
        rows = site.rows(f"made/schemes/{scheme}.html")
        for edition in book("rates.yaml")[scheme]["bases"]["editions"]:
            validity = f"{edition['from']} until {edition['until']}"
            [row] = [row for row in rows if row and row[0] == validity]
            assert edition["mean"]["amount"] in row[1]
            assert edition["evidence"]["kind"] in row[6]
            bounds = edition["bounds"]
            assert bounds.get("evidence", edition["evidence"])["kind"] in row[6]
            if bounds["method"] == "listed":
                assert row[2:4] == [_yuan(bounds["floor"]), _yuan(bounds["ceiling"])]
            else:
                assert f"{bounds['floor']} and {bounds['ceiling']}" in row[4]

    def test_the_worked_examples_of_bounds_agree_with_the_table(self, site: Site) -> None:
        """The book's authors worked them out by hand."""
        rows = site.rows("made/schemes/flexible_pension.html")
        for edition in book("rates.yaml")["flexible_pension"]["bases"]["editions"]:
            [row] = [row for row in rows if row and row[0].startswith(f"{edition['from']} until")
                     and len(row) == 8]  # fmt: skip
            shown = [each["bounds"] for each in edition["examples"] if "bounds" in each]
            assert shown
            assert [row[2], row[3]] == [shown[0]["floor"], shown[0]["ceiling"]]

    def test_every_value_of_every_parameter_stands_in_its_row(self, site: Site) -> None:
        rows = site.rows("made/rules/periods.html")
        for parameter in book("periods.yaml")["parameters"].values():
            for edition in parameter["table"]["editions"]:
                wanted = [f"{edition['from']} until {edition['until']}", edition["value"]]
                assert wanted in [row[:2] for row in rows]

    def test_every_rule_of_who_may_pay_stands_with_its_evidence(self, site: Site) -> None:
        rows = site.rows("made/rules/periods.html")
        for rules in book("periods.yaml")["may_pay"].values():
            for name, rule in rules.items() if rules != "none" else ():
                found = [row for row in rows if row and row[0].split()[0] == name]
                assert any(rule["evidence"]["kind"] in row[3] and rule["label"]["zh"] in row[0]
                           for row in found), name  # fmt: skip

    def test_every_ground_of_a_refund_says_what_it_gives(self, site: Site) -> None:
        rows = site.rows("made/rules/refunds.html")
        for rules in book("refunds.yaml").values():
            for edition in rules["table"]["editions"] if rules != "none" else ():
                for name, ground in edition["grounds"].items():
                    gives = ground.get("column", ground["gives"])
                    label = ground["label"]["zh"]
                    assert [row for row in rows if row and row[0].startswith(name)
                            and label in row[0] and gives in row[1]], name  # fmt: skip

    def test_every_period_of_retention_stands_in_its_row(self, site: Site) -> None:
        rules = book("book.yaml")["retention"]
        rows = {row[0]: row[1:3] for row in site.rows("made/rules/retention.html") if row}
        kept = {**rules["items"], "every other item": rules["usual"]}

        assert rows == {name: [each["well"], each["badly"]] for name, each in kept.items()}

    def test_every_code_of_every_list_stands_with_its_chinese_label(self, site: Site) -> None:
        rows = [row[:2] for row in site.rows("made/rules/codes.html") if row]
        for file in (RULES / "codes").glob("*.yaml"):
            for code, entry in book(f"codes/{file.name}")["codes"].items():
                assert any(row[0] == code and entry["label"]["zh"] in row[1] for row in rows), code

    def test_every_fact_stands_with_its_kind(self, site: Site) -> None:
        # A fact and a column of records may have one name; columns come second on the page.
        rows = {}
        for row in site.rows("made/rules/facts.html"):
            rows.setdefault(row[0] if row else "", row)
        for file in (RULES / "facts.yaml", *(RULES / "facts").glob("*.yaml")):
            for name, fact in book(str(file.relative_to(RULES))).items():
                assert rows[name][2] == fact["kind"]
                assert fact["label"]["zh"] in rows[name][1]

    def test_every_role_says_what_it_may(self, site: Site) -> None:
        sections = [each for each in site.page("made/rules/roles.html").select("section > section")
                    if each.find("table")]  # fmt: skip
        assert len(sections) == len(book("roles.yaml"))
        for (name, role), section in zip(book("roles.yaml").items(), sections, strict=True):
            assert section.find("code").get_text() == name
            rows = [text_of(row) for row in section.select("tbody tr")]
            assert len(rows) == len(role["may"])
            assert [row.split()[-1] for row in rows] == [
                m.split("_")[-1] for m in role["may"].values()
            ]

    def test_synthetic_is_never_shown_as_anything_else(self, site: Site) -> None:
        chips = [
            chip for name in site.texts for chip in re.findall(
                r'<span class="(evidence[^"]*)">([^<]*)</span>', site.texts[name]
            )
        ]  # fmt: skip

        assert len(chips) > 500
        assert all(shown == f"evidence evidence-{said}" for shown, said in chips)


class TestForEverybody:
    """A page of each sort by axe-core: on a telephone, wide and dark, with furo's own parts."""

    @pytest.mark.parametrize(("wide", "scheme"), [(390, "light"), (1280, "dark")])
    def test_nothing_keeps_a_page_from_anybody(self, site: Site, wide: int, scheme: str) -> None:
        from playwright.sync_api import sync_playwright

        names = {"index.html", "first-steps.html"}  # whose colours differ, with their code
        if scheme == "light":
            by_size = sorted(site.texts, key=lambda name: len(site.texts[name]), reverse=True)
            shortest = {str(Path(name).parent): name for name in by_size}  # of each sort
            names |= {"search.html", *shortest.values()}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": wide, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
            found = list[str]()
            for name in sorted(names):
                page.goto((site.root / name).as_uri())
                found += [f"{name}: {each}" for each in violations(page)]
            browser.close()
        assert found == []

    def test_a_page_is_mended_once(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """Building the site again finds pages that were mended before."""
        monkeypatch.syspath_prepend(str(DOCS / "_ext"))
        from bookpages import reachable

        text = site.texts["index.html"]
        for pattern, whole in reachable.LACKS:
            assert pattern.sub(whole, text) == text
        assert text.count('aria-label="All pages"') == text.count('aria-label="On this page"') == 1


class TestCharts:
    """The charts draw what the tables say."""

    def test_every_schedule_has_one(self, site: Site) -> None:
        for scheme in book("book.yaml")["schemes"]:
            [first, *_] = site.page(f"made/schemes/{scheme}.html").select("figure.chart svg")
            assert first.find("title").get_text()
            assert "from" in first.find("desc").get_text()

    def test_the_line_of_the_mean_is_as_high_as_the_mean_in_every_year(self, site: Site) -> None:
        chart = site.page("made/schemes/flexible_pension.html").select("figure.chart svg")[0]
        ticks = {
            float(text.get_text().replace(",", "")): float(text["y"]) - 5
            for text in chart.select("text.end")
        }
        least, most = min(ticks), max(ticks)
        unit = (ticks[least] - ticks[most]) / (most - least)
        steps = [path["d"] for path in chart.select("path.line-1")]
        heights = [float(re.findall(r"(?: |V)([\d.]+)(?=H)", step)[0]) for step in steps]
        editions = book("rates.yaml")["flexible_pension"]["bases"]["editions"]
        means = [float(edition["mean"]["amount"]) for edition in editions]

        assert [(ticks[least] - height) / unit for height in heights] == pytest.approx(
            means, abs=0.1 / unit
        )

    def test_what_is_synthetic_is_dashed_and_nothing_else(self, site: Site) -> None:
        chart = site.page("made/schemes/flexible_pension.html").select("figure.chart svg")[0]
        editions = book("rates.yaml")["flexible_pension"]["bases"]["editions"]
        for line, kinds in (
            ("line-0", [e["bounds"].get("evidence", e["evidence"])["kind"] for e in editions]),
            ("line-1", [e["evidence"]["kind"] for e in editions]),
        ):
            dashed = ["synthetic" in path["class"] for path in chart.select(f"path.{line}")]
            assert dashed == [kind == "synthetic" for kind in kinds]


class TestEverything:
    """There is a place for each thing."""

    def test_every_code_of_a_problem_is_explained(self, site: Site) -> None:
        codes = yaml.safe_load((CHECKOUT / "src/sstibet/problem_codes.yaml").read_text("utf-8"))
        sections = {
            anchor["id"]: text_of(anchor.parent)
            for page in site.under("made/problems")
            for anchor in page.select("[id^=problem-]")
        }
        listed = site.page("made/problems/index.html").get_text()

        for code, told in codes.items():
            # Sphinx writes an anchor with hyphens.
            section = sections[f"problem-{code.replace('_', '-')}"]
            for each in (told["title"], told["cause"], told["cure"], told.get("wrong", "")):
                assert " ".join(each.split()) in section
            assert code in listed

    @pytest.mark.parametrize("file", sorted((RULES / "items").glob("*.yaml")), ids=lambda f: f.stem)
    def test_every_machine_has_its_page_and_its_picture(self, site: Site, file: Path) -> None:
        rules = book(f"items/{file.name}")
        page = site.page(f"made/items/{file.stem}.html")
        rows = site.rows(f"made/items/{file.stem}.html")
        [picture] = page.select(".machine img")

        assert (site.root / "made/items" / picture["src"]).resolve().is_file()
        assert rules["label"]["zh"] in text_of(page.find("h1"))
        for state, told in rules["states"].items():
            assert any(row and row[0].split()[0] == state and told["label"]["zh"] in row[1]
                       for row in rows), state  # fmt: skip
            for event in told.get("on", {}):
                assert any(len(row) == 6 and row[0] == state and row[1].split()[0] == event
                           for row in rows), (state, event)  # fmt: skip

    def test_every_form_has_a_section_with_its_fields(self, site: Site) -> None:
        texts = {}
        for page in site.under("made/items"):
            for node in page.select("[id^=form-]"):
                texts[node["id"]] = node.parent.get_text() + node.get_text()
        for file in (CHECKOUT / "forms").glob("*.yaml"):
            form = yaml.load(file.read_text("utf-8"), yaml.BaseLoader)
            section = texts[f"form-{file.stem.replace('_', '-')}"]
            for field in chain.from_iterable(each["fields"] for each in form["pages"]):
                assert field["fact"] in section

    def test_every_command_says_how_it_is_used(self, site: Site) -> None:
        from sstibet.cli.app import app

        text = site.page("made/commands.html").get_text()
        names = [each.name for each in app.registered_commands]

        assert len(names) > 10
        assert [name for name in names if f"Usage: sstibet {name}" not in text] == []

    def test_every_public_name_is_described(self, site: Site) -> None:
        import sstibet

        described = {node["id"] for page in site.under("api") for node in page.select("dt[id]")}
        wanted = {f"sstibet.{name}" for name in sstibet.__all__ if name != "__version__"}

        assert wanted - described == set()

    def test_nothing_private_is_described(self, site: Site) -> None:
        for page in site.under("api"):
            for node in page.select("dt[id]"):
                assert not any(part.startswith("_") for part in node["id"].split(".")), node["id"]

    def test_every_verb_of_every_port_is_listed_with_its_answers(self, site: Site) -> None:
        rows = site.rows("made/ports.html")
        for port in book("ports.yaml").values():
            for verb, asked in port["verbs"].items():
                for answer in asked["answers"]:
                    assert any(row and row[0].split()[0] == verb and row[2].split()[0] == answer
                               for row in rows), (verb, answer)  # fmt: skip


def _yuan(amount: str) -> str:
    """An amount as it is shown: with two decimals."""
    return amount if amount == "unknown" else f"{float(amount):.2f}"
