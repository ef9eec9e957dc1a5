"""A procedure's file, good, and with one thing changed."""

from __future__ import annotations

from edge.procedure_form import Procedure, parse_procedure

CODE = "cap-giay-gioi-thieu"
GOOD = """\
name = "cap-giay-gioi-thieu"
kind = "counter"
legal_source = "Quy định số 01"
profiles = ["dang-vien", "cccd"]
fields = ["name", "birth", "organisation"]
photo = "none"

[title]
vi = "Cấp giấy giới thiệu"
en = "Letter of introduction"

[purpose]
vi = "Xác thực người đề nghị."
en = "To verify the applicant."

[receipt]
vi = "Thẻ đã được xác thực."
en = "The card was verified."

[dossier]
forms = ["GT-####-####", "~/@@-ĐU"]
vi = "GT, năm, số thứ tự"
en = "GT, year, number"
"""


def parsed(text: str = GOOD, code: str = CODE) -> Procedure:
    """Return the procedure of a text."""
    return parse_procedure(text.encode(), code)


def with_line(start: str, line: str) -> str:
    """Return the good file with the one line that starts so in another form."""
    lines = GOOD.splitlines()
    (at,) = (number for number, one in enumerate(lines) if one.startswith(start))
    return "\n".join([*lines[:at], line, *lines[at + 1 :], ""])
