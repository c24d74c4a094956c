"""A large rule book, made up: as many files as are asked for, each a small but whole document.

One file in four is a monthly scheme, one a scheme with tiers, one a list of codes and one an
analyst's cases over the schemes. The book passes every check (``sstibet check``).
"""

from __future__ import annotations

import sys
from pathlib import Path

_EVIDENCE = "{doc: 虚构, url: none, kind: synthetic, confidence: low, jurisdiction: XX}"

_BOOK = """\
id: generated
version: "1"
label: {{zh: 生成的规则, en: generated rules}}
jurisdiction: XX
jurisdictions: [XX]
time_zone: Asia/Shanghai
currency: CNY
languages: {{required: [zh, en], optional: []}}
examples: some
schemes: [{schemes}]
"""

_FACTS = """\
base: {kind: money, label: {zh: 缴费基数, en: base}, personal: no}
months: {kind: whole, label: {zh: 月数, en: months}, personal: no, least: 1, most: 600}
tier: {kind: code, label: {zh: 缴费档次, en: tier}, personal: no}
"""

_PERIODS = """\
parameters: {{}}
windows: {{}}
notice_years: {{}}
waiting: {{}}
cover: {{}}
may_pay: {{{may_pay}}}
"""

_RATES = """\
monthly_{number}:
  label: {{zh: 按月缴费 {number}, en: monthly scheme {number}}}
  at: period_start
  asks: {{base: base, tier: none, months: months}}
  rates:
    covers: {{from: 2006-01-01, until: open}}
    editions:
      - from: 2006-01-01
        until: open
        published: 2006-01-01
        evidence: {evidence}
        method: rate
        rate: 20%
        parts:
          - {{id: account, label: {{zh: 个人账户, en: account}}, payer: person, of_base: 8%}}
          - {{id: pooled, label: {{zh: 统筹基金, en: pool}}, payer: person, rest: yes}}
        rounding: {{premium: {{to: fen, mode: half_up}}, parts: {{to: fen, mode: half_up}}}}
        examples:
          - {{on: 2025-03-01, facts: {{base: 7066.20, months: 1}}, due: 1413.24}}
  bases:
    covers: {{from: 2025-01-01, until: 2026-01-01}}
    editions:
      - from: 2025-01-01
        until: 2026-01-01
        published: 2025-10-30
        evidence: {evidence}
        mean: {{amount: 11777, per: month}}
        bounds: {{method: share, of: rounded_mean, floor: 60%, ceiling: 300%}}
        rounding: {{mean: {{to: yuan, mode: down}}, bounds: {{to: fen, mode: half_up}}}}
        examples:
          - {{on: 2025-03-01, bounds: {{floor: 7066.20, ceiling: 35331}}}}
  tiers: none
  late: none
"""

_TIERS = """\
yearly_{number}:
  label: {{zh: 按档缴费 {number}, en: yearly scheme {number}}}
  at: paid_on
  asks: {{tier: tier, category: none, coverage_year: none, times: none}}
  parts:
    individual: {{zh: 个人缴费, en: individual}}
    paid_for: {{zh: 政府代缴, en: paid for}}
    subsidy: {{zh: 政府补贴, en: subsidy}}
  tiers:
    covers: {{from: 2014-02-21, until: open}}
    editions:
      - from: 2014-02-21
        until: open
        published: 2014-02-26
        evidence: {evidence}
        means: {{person: exact, government: exact}}
        steps: listed
        picks:
          - {{id: "100", person: 100, government: 30}}
          - {{id: "200", person: 200, government: 30}}
        examples:
          - {{on: 2025-03-01, facts: {{tier: "200"}}, due: 200, government: 30}}
  relief: none
"""

_CODES = """\
label: {{zh: 代码表 {number}, en: list {number}}}
evidence: {evidence}
codes:
  first: {{label: {{zh: 一, en: first}}}}
  second: {{label: {{zh: 二, en: second}}}}
"""

_CASES = """\
- {{title: 一个月, ask: quote, of: monthly_{number}, on: 2025-03-01, \
facts: {{base: 8000, months: 1}}, due: 1600}}
- {{title: 一年, ask: quote, of: yearly_{number}, on: 2025-03-01, \
facts: {{tier: "100"}}, due: 100}}
"""


def generate(folder: Path, files: int) -> Path:
    """Write a book of so many files (at least 8, a multiple of 4) into a new folder."""
    each = files // 4 - 1
    for name in ("rates", "tiers", "codes", "cases"):
        (folder / name).mkdir(parents=True)
    schemes = [f"{kind}_{n}" for kind in ("monthly", "yearly") for n in range(each)]
    none = ", ".join(f"{scheme}: none" for scheme in schemes)
    single = {
        "book": _BOOK.format(schemes=", ".join(schemes)),
        "facts": _FACTS,
        "periods": _PERIODS.format(may_pay=none),
        "refunds": f"{{{none}}}\n",
    }
    for name, text in single.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    templates = {"rates": _RATES, "tiers": _TIERS, "codes": _CODES, "cases": _CASES}
    for name, template in templates.items():
        for number in range(each):
            text = template.format(number=number, evidence=_EVIDENCE)
            (folder / name / f"n{number}.yaml").write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4000)
