"""A row is judged by the rule of its own period."""

from fractions import Fraction

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.clean import clean_folder, open_processed
from asn_research.measure import measure_city
from asn_research.measure.data_quality import ANY_MARK, index_with_and_without
from asn_research.rules.cities import CITIES, DEFAULT_CITY
from asn_research.rules.regulations import ScorePredikatRule

UNIT, UNIT_ID = "Kantor Contoh", "KANTOR"
ABOVE, MEETS, BELOW = "Di Atas Ekspektasi", "Sesuai Ekspektasi", "Di Bawah Ekspektasi"
RATED = "NIP;Unit Kerja;Rating Hasil Kerja;Rating Perilaku Kerja;Predikat Kinerja;Periode"
SCORED = (
    "NIP;Unit Kerja;Nilai SKP;Nilai Perilaku Kerja;Nilai Prestasi Kerja;Ide Baru;Predikat Kinerja;Periode"
)


def nip(n):
    return f"19860926201505{1 + n % 2}{n:03d}"


def raw_folder(folder):
    """A folder of exports of one office that there has always been."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    (raw / "city.yaml").write_text(
        (CITIES / DEFAULT_CITY / "city.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (raw / "units.csv").write_text(
        f"unit_id,name,short_name,kind\n{UNIT_ID},{UNIT},Kantor,dinas\n", encoding="utf-8"
    )
    services = (CITIES / DEFAULT_CITY / "services.csv").read_text(encoding="utf-8")
    (raw / "services.csv").write_text(services.splitlines()[0] + "\n", encoding="utf-8")
    return raw


def cleaned(folder, **files):
    raw = raw_folder(folder)
    for name, (head, rows) in files.items():
        text = "\n".join([head, *(";".join((nip(n), UNIT, *row)) for n, row in enumerate(rows, start=1))])
        (raw / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    clean_folder(raw, folder / "processed")
    return open_processed(folder / "processed")


def by_period(processed):
    table = processed.table("appraisals")
    return {
        period: rows[["predikat", "predikat_by_matrix", "predikat_contradicts"]]
        .astype("object")
        .fillna("")
        .values.tolist()
        for period, rows in table.groupby(table["period"].astype("str"))
    }


def held(processed):
    table = processed.table("quarantine")
    return sorted(zip(table["reason"], table["column"], table["period"], strict=True))


def test_three_laws_in_one_folder_each_for_its_own_rows(tmp_path):
    processed = cleaned(
        tmp_path,
        lama=(SCORED, [
            # PP 46/2011: 91 is very good, 76 good, 61 fair.
            ("", "", "91", "", "Sangat Baik", "Tahun 2014"), ("", "", "90,4", "", "Baik", "Tahun 2014"), ("", "", "61", "", "Baik", "Tahun 2014"),
            # 0.6 of 90 and 0.4 of 60 make 78.
            ("90", "60", "", "", "", "Tahun 2014"),
        ]),
        peralihan=(SCORED, [
            # PP 30/2019: 90 to 120 is good, and very good needs a new idea.
            ("", "", "115", "Tidak", "Sangat Baik", "2021-Q4"), ("", "", "115", "Ya", "", "2021-Q4"),
            ("", "", "115", "", "Sangat Baik", "2021-Q4"), ("", "", "89,99", "", "Baik", "2021-Q4"),
        ]),
        baru=(RATED, [(ABOVE, ABOVE, "Sangat Baik", "2026-Q1"), (MEETS, BELOW, "Butuh Perbaikan", "2026-Q1")]),
    )  # fmt: skip
    found = by_period(processed)
    assert found["2014"] == [
        ["very_good", "very_good", False], ["good", "good", False], ["good", "needs_improvement", True],
        ["", "good", False],
    ]  # fmt: skip
    assert found["2021-Q4"] == [
        ["very_good", "good", True], ["", "very_good", False], ["very_good", "very_good", False],
        ["good", "needs_improvement", True],
    ]  # fmt: skip
    assert found["2026-Q1"] == [["very_good", "very_good", False], ["needs_improvement", "poor", True]]
    assert held(processed) == []


def test_appraisals_not_made_by_the_rule_of_their_period_are_held(tmp_path):
    processed = cleaned(
        tmp_path,
        baru=(RATED, [(MEETS, MEETS, "Baik", "2021-Q4"), (MEETS, MEETS, "Baik", "2026-Q1"), (MEETS, "", "Baik", "2026-Q1")]),
        lama=(SCORED, [("", "", "91", "", "Baik", "2026-Q2"), ("", "", "", "", "Baik", "Tahun 2014"),
                       ("", "", "91", "", "Baik", "2012-Q4"), ("", "", "101", "", "", "Tahun 2014")]),
    )  # fmt: skip
    assert list(by_period(processed)) == ["2026-Q1"]
    assert held(processed) == [
        ("missing_required", "behaviour_rating", "2026-Q1"), ("missing_required", "score", "2014"),
        ("no_rule_then", "period", "2012-Q4"), ("not_of_its_rule", "period", "2021-Q4"),
        ("not_of_its_rule", "period", "2026-Q2"), ("out_of_range", "score", "2014"),
    ]  # fmt: skip


def test_a_date_alone_decides_the_rule(tmp_path):
    # The last day of 2021 is judged by the score, the first of 2022 by the matrix.
    head = "NIP;Unit Kerja;Rating Hasil Kerja;Rating Perilaku Kerja;Nilai Prestasi Kerja;Tanggal Penilaian"
    rows = [("", "", "95", "31-12-2021"), (MEETS, MEETS, "", "01-01-2022")]
    found = by_period(cleaned(tmp_path, semua=(head, rows)))
    assert {period: [row[1] for row in rows] for period, rows in found.items()} == {
        "2021-Q4": ["good"], "2022-Q1": ["good"],
    }  # fmt: skip


@given(st.decimals(0, 120, places=2), st.sampled_from(["2014", "2020-Q4", "2021-Q1", "2021-Q4"]))
def test_a_score_earns_the_predikat_of_its_own_law(score, period):
    # What the recipe gives is what the law's own table gives, for every score on its scale.
    from asn_research.clean.steps.by_period import _predikat

    rule = rules.at(period).one(ScorePredikatRule)
    if score > rule.highest:
        return
    expected = rule.predikat(Fraction(score), new_idea=False).replace("fair", "needs_improvement")
    assert _predikat(rule, Fraction(score), "no", "") == expected


def old_forms(folder, charter=True):
    """Sixty forms of the first half of 2016, nine elements of the rule of then."""
    elements = [
        "Persyaratan", "Sistem, Mekanisme, dan Prosedur", "Waktu Penyelesaian", "Biaya/Tarif", "Produk Spesifikasi Jenis Pelayanan",
        "Kompetensi Pelaksana", "Perilaku Pelaksana", "Penanganan Pengaduan, Saran, dan Masukan",
    ]  # fmt: skip
    raw = raw_folder(folder)
    head = ["Unit Kerja", *elements, *(["Maklumat Pelayanan"] if charter else [])]
    rows = [[UNIT, *(str(2 + (n + k) % 3) for k in range(len(head) - 1))] for n in range(60)]
    lines = [";".join(f'"{cell}"' for cell in row) for row in [head, *rows]]
    (raw / "skm.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (raw / "skm.csv.profile.yaml").write_text(
        "file: skm.csv\nsource: citizen_feedback\nperiod: 2016-S1\nnot_asked: [facilities]\n"
        "extra:\n  Maklumat Pelayanan: {key: service_charter, label_indonesian: Maklumat pelayanan, label_english: Service charter}\n",
        encoding="utf-8",
    )
    clean_folder(raw, folder / "processed")
    return open_processed(folder / "processed")


def test_one_period_has_one_index_wherever_it_is_printed(tmp_path):
    processed = old_forms(tmp_path)
    feedback = processed.table("citizen_feedback")
    measured = (
        measure_city(processed.tables(), processed.city())
        .satisfaction.query(f"unit_id == '{UNIT_ID}'")
        .iloc[0]
    )
    quality = index_with_and_without(feedback)
    quality = quality.query(f"unit_id == '{UNIT_ID}' and mark == '{ANY_MARK}'").iloc[0]
    nine = ["requirements", "procedure", "time", "cost", "product", "competence", "conduct", "complaints", "extra_service_charter"]  # fmt: skip
    exact = 25 * sum((Fraction(int(feedback[e].sum()), 60) for e in nine), Fraction(0)) / 9
    assert (measured["rule"], bool(measured["is_full"])) == ("skm_2014", True)
    assert measured["index"] == quality["index"] == float(exact)


def test_a_form_of_a_time_without_a_rule_is_held_and_an_empty_one_is_excluded(tmp_path):
    raw = raw_folder(tmp_path)
    head = ["Unit Kerja", *(f"U{n}" for n in range(1, 8)), "Pengaduan", "Sarana", "Tanggal Survei"]
    rows = [
        [UNIT, *"333333333", "05/03/2003"],
        [UNIT, *[""] * 9, "06/03/2026"],
        [UNIT, *"333333333", "05/03/2026"],
    ]
    table = pd.DataFrame(rows, columns=head)
    table.to_csv(raw / "skm.csv", index=False)
    clean_folder(raw, tmp_path / "processed")
    processed = open_processed(tmp_path / "processed")
    assert ("no_rule_then", "period", "2003-Q1") in held(processed)
    assert set(processed.table("quarantine")["period"]) == {"2003-Q1"}
    assert processed.table("excluded")["reason"].tolist() == ["empty_form"]
    assert len(processed.table("citizen_feedback")) == 1
