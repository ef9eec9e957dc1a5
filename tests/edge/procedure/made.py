"""A procedure's file, good, and with one thing wrong."""

from __future__ import annotations

from edge.procedure_form import (
    MAX_BYTES,
    MAX_DOSSIER,
    MAX_FORMS,
    MAX_WORDS,
    Procedure,
    parse_procedure,
)

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


BAD = [
    (with_line("kind", 'kind = "desk"'), "kind"),
    (with_line("kind", "kind = 1"), "kind"),
    (with_line("kind", ""), "kind"),
    (with_line("kind", 'kind = "counter"\ncolour = "red"'), "colour"),
    (with_line("name", 'name = "another"'), "name"),
    (with_line("name", ""), "name"),
    (with_line("legal_source", 'legal_source = ""'), "legal_source"),
    (with_line("legal_source", "legal_source = 4192"), "legal_source"),
    (with_line("profiles", "profiles = []"), "profiles"),
    (with_line("profiles", 'profiles = "dang-vien"'), "profiles"),
    (with_line("profiles", 'profiles = ["dang-vien", "dang-vien"]'), "profiles"),
    (with_line("profiles", 'profiles = ["bank-card"]'), "profiles"),
    (with_line("fields", "fields = []"), "fields"),
    (with_line("fields", 'fields = ["name", "name"]'), "fields"),
    (with_line("fields", 'fields = ["name", "religion"]'), "fields"),
    (with_line("fields", 'fields = ["document_number"]'), "fields"),
    (with_line("fields", "fields = [1]"), "fields"),
    (with_line("photo", 'photo = "keep"'), "photo"),
    (with_line("photo", "photo = true"), "photo"),
    (with_line("photo", ""), "photo"),
    (GOOD.replace("[title]", "[heading]"), "title"),
    (GOOD.replace('vi = "Xác thực người đề nghị."\n', ""), "purpose.vi"),
    (GOOD.replace('en = "To verify the applicant."\n', ""), "purpose.en"),
    (GOOD.replace('"Thẻ đã được xác thực."', '"Thẻ\\nthật"'), "receipt.vi"),
    (GOOD.replace('"Thẻ đã được xác thực."', '"Thẻ\\u2028thật"'), "receipt.vi"),
    (GOOD.replace('"The card was verified."', f'"{"x" * (MAX_WORDS + 1)}"'), "receipt.en"),
    (GOOD.replace("[dossier]\n", '[dossier]\nfr = "x"\n'), "dossier.fr"),
    (GOOD.replace("[receipt]\n", '[receipt]\nfr = "x"\n'), "receipt.fr"),
    (with_line("forms", ""), "dossier.forms"),
    (with_line("forms", "forms = []"), "dossier.forms"),
    (with_line("forms", 'forms = "GT"'), "dossier.forms"),
    (with_line("forms", 'forms = ["(a+)+$"]'), "dossier.forms"),
    (with_line("forms", 'forms = ["GT-~~"]'), "dossier.forms"),
    (with_line("forms", 'forms = ["GT-~#"]'), "dossier.forms"),
    (with_line("forms", 'forms = ["GT-~2026"]'), "dossier.forms"),
    (with_line("forms", f'forms = ["{"#" * (MAX_DOSSIER + 1)}"]'), "dossier.forms"),
    (
        with_line("forms", f"forms = {[f'A{n}' for n in range(MAX_FORMS + 1)]}"),
        "dossier.forms",
    ),
    (f"dossier = 1\n{GOOD.split('[dossier]')[0]}", "dossier"),
    ("", "name"),
    ("name = ", "the file"),
    (GOOD[: len(GOOD) // 2] + '"', "the file"),
    (f"n = {'9' * 5000}", "the file"),
    (f"n = {'[' * 5000}", "the file"),
    (f"# {'x' * MAX_BYTES}\n{GOOD}", "the file"),
]  # fmt: skip
"""Files with one thing wrong, and the key at fault."""
