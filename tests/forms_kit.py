"""What the tests of forms share: a small dictionary, forms out of YAML text, and what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from sstibet.documents import Named
from sstibet.facts import CodeList, Dictionary, Fact
from sstibet.findings import validate
from sstibet.forms.bound import BoundForm, bind
from sstibet.forms.documents import Form
from sstibet.forms.reading import Reading, read
from sstibet.labels import Label
from sstibet.reader import read_bytes

DAY = date(2025, 3, 1)

FACTS = """
name: {kind: person_name, label: {zh: 姓名, en: name}, personal: yes}
id_type: {kind: code, codes: id_types, label: {zh: 证件类型, en: type of ID}, personal: no}
id_number: {kind: id_number, typed_by: id_type, label: {zh: 证件号码, en: ID number}, personal: yes}
own_number: {kind: resident_id, label: {zh: 身份证号, en: own number}, personal: yes}
mobile: {kind: mobile, label: {zh: 手机号, en: mobile}, personal: yes}
card: {kind: bank_card, label: {zh: 银行卡号, en: card}, personal: yes}
account: {kind: account_number, label: {zh: 账号, en: account}, personal: yes}
user_name: {kind: user_name, label: {zh: 用户名, en: user name}, personal: yes}
voucher: {kind: voucher_number, label: {zh: 票号, en: voucher}, personal: no}
base: {kind: money, label: {zh: 基数, en: base}, personal: no, least: "100", most: "20000"}
share: {kind: rate, label: {zh: 比例, en: share}, personal: no}
months: {kind: whole, label: {zh: 月数, en: months}, personal: no, least: 1, most: 12}
since: {kind: date, label: {zh: 起始日, en: first day}, personal: no}
until: {kind: date, label: {zh: 终止日, en: last day}, personal: no}
month: {kind: month, label: {zh: 月份, en: month}, personal: no}
year: {kind: whole, label: {zh: 年度, en: year}, personal: no, least: 2020, most: 2030}
tier: {kind: code, label: {zh: 档次, en: tier}, personal: no}
note: {kind: text, longest: 20, label: {zh: 说明, en: note}, personal: yes}
tail: {kind: text, pattern: "[0-9]{3}[0-9X]", label: {zh: 后四位, en: last four}, personal: yes}
own: {kind: yes_no, label: {zh: 本人, en: oneself}, personal: no}
agreed: {kind: yes_no, label: {zh: 同意条款, en: consent}, personal: no}
fruit: {kind: code, codes: fruits, label: {zh: 水果, en: fruit}, personal: no}
colour: {kind: code, codes: colours, label: {zh: 颜色, en: colour}, personal: no}
today: {kind: date, label: {zh: 今天, en: today}, personal: no, derive: {the_day: asked_about}}
password: {kind: secret, shortest: 8, label: {zh: 密码, en: password}, personal: yes}
again: {kind: secret, label: {zh: 再次输入, en: again}, personal: yes}
sms_code: {kind: secret, pattern: "[0-9]{6}", label: {zh: 验证码, en: code}, personal: yes}
lines:
  kind: records
  key: line
  label: {zh: 明细, en: lines}
  personal: yes
  fields:
    line: {kind: text, label: {zh: 序号, en: line}, personal: no}
    fruit: {kind: code, codes: fruits, label: {zh: 水果, en: fruit}, personal: no}
    amount: {kind: money, label: {zh: 金额, en: amount}, personal: no}
    paid: {kind: yes_no, label: {zh: 已缴, en: paid}, personal: no}
    card: {kind: bank_card, label: {zh: 卡号, en: card}, personal: yes}
    tier: {kind: code, label: {zh: 档次, en: tier}, personal: no}
    months: {kind: whole, label: {zh: 月数, en: months}, personal: no, least: 1, most: 12}
chosen:
  {kind: records, like: lines, key: line, label: {zh: 所选明细, en: chosen lines}, personal: yes}
"""
EVIDENCE = "evidence: {doc: x, url: none, kind: synthetic, confidence: low, jurisdiction: CN}"
CODES = {
    "fruits": "codes: {apple: {label: {zh: 苹果, en: apple}}, pear: {label: {zh: 梨, en: pear}}}",
    "colours": "codes: {red: {label: {zh: 红, en: red}}, blue: {label: {zh: 蓝, en: blue}}}",
    "id_types": """
codes:
  "201": {label: {zh: 身份证, en: identity card}, number: resident_id}
  "227": {label: {zh: 护照, en: passport}, pattern: "[A-Z]{1,2}[0-9]{7,8}"}
""",
}
# Invented, with a check character that fits.
ID_NUMBER = "540101199001010015"
CARD = "6222020000000000000"
LINES = [
    {"line": "1", "fruit": "apple", "amount": "400.00", "paid": False, "card": CARD},
    {"line": "2", "fruit": "pear", "amount": "120.50", "paid": False},
    {"line": "3", "fruit": "pear", "amount": "80.00", "paid": True},
]


def document(kind: Any, text: str) -> Any:
    """YAML text as a document of a book, read and checked as its files are."""
    found, problems = read_bytes(text.encode(), "form.yaml")
    assert found is not None, problems
    value = validate(kind, found, problems)
    assert not problems, problems
    return value


DICTIONARY = Dictionary(
    document(Annotated[dict[str, Fact], Named()], FACTS),
    {
        name: document(CodeList, f"label: {{zh: {name}, en: {name}}}\n{EVIDENCE}\n{text}")
        for name, text in CODES.items()
    },
)


def tiers(scheme: str, day: date, facts: Mapping[str, Any]) -> list[tuple[str, Label]]:
    """Tiers of an invented scheme: pears have others, and 2026 has one more."""
    found = ["50"] if "pear" in (scheme, facts.get("fruit")) else ["200", "400"]
    found += ["900"] if facts.get("year") == 2026 else []
    return [(tier, Label({"zh": f"{tier}元", "en": f"{tier} yuan"})) for tier in found]


def form(fields: str, more: str = "") -> Form:
    """A form of one page: its ``fields`` as YAML, and what stands beside the pages."""
    indented = "\n".join(f"      {line}" for line in fields.strip().splitlines())
    text = f"""
label: {{zh: 表单, en: form}}
pages:
  - label: {{zh: 第一页, en: first page}}
    fields:
{indented}
{more}
"""
    found: Form = document(Form, text)
    return found


def shown(
    fields: str,
    more: str = "",
    answers: Mapping[str, Any] | None = None,
    draft: Mapping[str, Any] | None = None,
) -> BoundForm:
    """A form as an item with these answers shows it."""
    return bind("f", form(fields, more), DICTIONARY, answers or {}, draft or {}, DAY, tiers)


def typed(
    fields: str, payload: Any, more: str = "", answers: Mapping[str, Any] | None = None
) -> Reading:
    """What was typed into such a form, read."""
    return read(shown(fields, more, answers), payload)


def codes(reading: Reading) -> dict[str, str]:
    """The problems' codes by field."""
    return {each.field: each.code for each in reading.problems}


EVERYTHING = """
- {fact: own_number, read_only: yes}
- fact: own
- {fact: name, required: no, when: {fact: own, test: is, value: no}}
- {fact: fruit, when: {any: [{fact: own, test: is, value: no},
                             {fact: colour, test: none_of, value: [red]}]}}
- {fact: colour, required: no}
- {fact: base, when: {not: {fact: fruit, test: one_of, value: [pear]}}}
- {fact: since, required: no, when: {all: [{fact: fruit, test: is, value: pear},
                                           {not: {fact: own, test: is, value: yes}}]}}
- {fact: months, required: no}
- {fact: year, required: no}
- {fact: tier, required: no, tiers: {scheme: {value: apple}, on: {fact: today}}}
- {fact: note, required: no, autocomplete: name}
- {fact: sms_code, required: no, autocomplete: one_time_code}
- {fact: agreed, must_be_yes: yes}
- fact: chosen
  required: no
  rows:
    of: lines
    pick: some
    if: {field: paid, test: is, value: no}
    why_not: {zh: 已缴, en: paid already}
    show: [fruit, amount]
    asks: {tier: {tiers: {scheme: {column: fruit}, on: {fact: today}}}, months: {required: no}}
"""
PLAIN = "- {fact: tail, required: no}\n- {fact: card, required: no}"
KNOWN = {"own_number": ID_NUMBER, "lines": LINES}
FORMS = [shown(EVERYTHING, answers=KNOWN), shown(PLAIN)]
