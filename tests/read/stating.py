"""Fills in the forms beside raw files as a person would, with another library than the one that writes them."""

from openpyxl import load_workbook

from asn_research.read.form_writing import form_bytes
from asn_research.read.given_forms import FILES, FOLDER
from asn_research.read.office_forms import load_form, sheets_of
from asn_research.storage import make_private

#: Invented: 29 February 1980 and a sequence of 9s belong to nobody.
NIP = "198002292005011" + "999"
OFFICIAL = {"unit_id": "DISHUB", "name": "Wulanti Gumelarsa, S.T.", "rank": "Pembina (IV/a)", "nip": NIP}
PLAN = {"unit_id": "DISHUB", "period": "Triwulan II 2026", "element": "Sarana dan prasarana", "action": "Menambah kursi",
        "when": "Triwulan III 2026", "responsible": "Sekretaris Dinas", "target": 84}  # fmt: skip
SURVEY = {"unit_id": "DISHUB", "period": "2026-Q3", "first_day": "06/07/2026", "last_day": "25/09/2026",
          "place": "Loket pelayanan", "recipients": 1240}  # fmt: skip


def state(raw, form, language="id", **sheets):
    """Write a form and fill in rows below its example; return its place."""
    place = make_private(raw / FOLDER) / FILES[form]
    if not place.exists():
        place.write_bytes(form_bytes(form, language))
    book = load_workbook(place)
    for model, columns in sheets_of(load_form(form)).items():
        page = book[columns[0].sheet(language)]
        number = {c.field: at for at, c in enumerate(columns, start=1)}
        for row, values in enumerate(sheets.get(model, ()), start=page.max_row + 1):
            for field, value in values.items():
                page.cell(row, number[field], value)
    book.save(place)
    return place
