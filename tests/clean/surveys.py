"""The words of the regulation's questionnaire, and sheets of answers, for tests of all kinds."""

import xlsxwriter

#: Names of the nine elements, in the order of the regulation's list; U8 and U9 by name.
HEADS = ["U1", "U2", "U3", "U4", "U5", "U6", "U7", "Penanganan Pengaduan", "Sarana dan Prasarana"]


def write(path, rows):
    """Write rows as a workbook of one sheet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    page = book.add_worksheet("Data")
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell != "":
                page.write(at, place, cell)
    book.close()
