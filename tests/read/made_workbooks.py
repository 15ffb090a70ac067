"""Workbooks made by hand, part by part, for tests of what no program would write."""

import io
import zipfile

import xlsxwriter

HEAD = (
    "Tanggal;Unit Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana;Saran"
)
FORM = "5/7/2026;Dishub;3;3;3;3;3;3;3;3;3;"
SHEET = "xl/worksheets/sheet1.xml"


def workbook_parts(**changes):
    """Return a small workbook's parts, some of them replaced."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet("Data")
        page.write_row(0, 0, HEAD.split(";"))
        page.write_row(1, 0, FORM.split(";"))
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()} | changes


def write_zip(place, parts):
    """Write a workbook from its parts."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(
                name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            )


def write_ods(place, rows):
    """Write an ods with one sheet of some rows, given as XML."""
    names = "".join(
        f' xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{k}:1.0"' for k in ("office", "table", "text")
    )
    content = f'<?xml version="1.0"?><office:document-content{names}><office:body><office:spreadsheet><table:table table:name="D">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<m:file-entry m:full-path="/" m:media-type="{kind}"/>'
    manifest = f'<?xml version="1.0"?><m:manifest xmlns:m="{space}">{entry}</m:manifest>'
    write_zip(place, {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def ods_row(cells, attributes="", end="</table:table-row>"):
    """Return a row of text cells of an ods."""
    inside = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in cells
    )
    return f"<table:table-row{attributes}>{inside}{end}"
