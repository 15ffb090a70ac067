"""What an office knows of the people served travels with its data."""

import pytest

from asn_research.clean import clean_folder, open_processed
from asn_research.errors import RuleError
from asn_research.measure import measure_city
from asn_research.rules.cities import load_margins

HEAD = "unit_id,variable,category,population_n,source\n"
ELEMENTS = "Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"


def test_respondents_are_weighed_to_the_margins_beside_the_raw_data(tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "processed"
    raw.mkdir()
    (raw / "margins.csv").write_text(HEAD + ",sex,f,600,register\n,sex,m,200,register\n")
    # Women answer 4 and men 3 throughout.
    lines = [f"{day:02}/07/2026;Dinas Perhubungan;{sex};" + ";".join("4" if sex == "P" else "3" for _ in range(9))
             for day in range(1, 21) for sex in "PL"]  # fmt: skip
    (raw / "survei.csv").write_text(f"Tanggal;Unit Kerja;Jenis Kelamin;{ELEMENTS}\n" + "\n".join(lines))
    clean_folder(raw, out)
    processed = open_processed(out)
    assert [margin.population_n for margin in processed.city().margins] == [600, 200]
    row = measure_city(processed.tables(), processed.city()).satisfaction.query("unit_id == 'DISHUB'").iloc[0]
    assert row["weighted_by"] == "sex"
    assert row["index"] == pytest.approx(87.5)
    assert row["index_weighted"] == pytest.approx(0.75 * 100 + 0.25 * 75)


@pytest.mark.parametrize(
    ("line", "named"),
    [(",gender,f,600,x", "variable"), (",sex,f,0,x", "population_n"), (",sex,f,many,x", "population_n")],
)
def test_a_margin_that_says_nothing_is_refused_by_name(tmp_path, line, named):
    path = tmp_path / "margins.csv"
    path.write_text(HEAD + line + "\n")
    with pytest.raises(RuleError, match=rf"margins\.csv, row 2.*`{named}`"):
        load_margins(path)
