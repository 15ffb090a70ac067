"""SIASN's exports, their headings verbatim: staff of 150 rows with nuisances, and appraisals with numbers alone."""

import pytest
from clean.surveys import write
from origins import in_order

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.parse.staff_ranks import read_rank

STAFF = [
    "PNS ID", "NIP BARU", "NIP LAMA", "NAMA", "GELAR DEPAN", "GELAR BELAKANG", "TEMPAT LAHIR NAMA", "TANGGAL LAHIR",
    "JENIS KELAMIN", "AGAMA NAMA", "NIK", "NOMOR HP", "JENIS PEGAWAI NAMA", "KEDUDUKAN HUKUM NAMA", "STATUS CPNS PNS",
    "TMT CPNS", "GOL AWAL NAMA", "GOL AKHIR ID", "GOL AKHIR NAMA", "TMT GOLONGAN", "MK TAHUN", "JENIS JABATAN ID",
    "JENIS JABATAN NAMA", "JABATAN NAMA", "TMT JABATAN", "TINGKAT PENDIDIKAN NAMA", "PENDIDIKAN NAMA", "TAHUN LULUS",
    "UNOR ID", "UNOR NAMA", "UNOR INDUK NAMA", "INSTANSI INDUK NAMA", "SATUAN KERJA INDUK NAMA",
    "SATUAN KERJA KERJA NAMA", "ESELON NAMA",
]  # fmt: skip
RANKS = ["II/c", "III/a", "III/b", "III/d", "IV/a"]
UNITS = ["Dinas Perhubungan", "Dinas Kesehatan", "Dinas Sosial"]


def number_of(at):
    return f"19{70 + at % 18}0{1 + at % 9}1520{10 + at % 9}01{1 + at % 2}{1 + at:03d}"


def person(at, rank=None):
    """Return the export's row of an invented person."""
    row = dict.fromkeys(STAFF, "")
    nip = number_of(at)
    row |= {
        "PNS ID": f"A{at:04d}", "NIP BARU": nip, "NAMA": f"PEGAWAI {at}", "TEMPAT LAHIR NAMA": "PONTIANAK",
        "TANGGAL LAHIR": f"15-0{1 + at % 9}-19{70 + at % 18}", "JENIS KELAMIN": "MF"[at % 2], "NIK": f"61710115{at:08d}",
        "JENIS PEGAWAI NAMA": "PNS Daerah Kab/Kota Yang Bekerja Pada Kab/Kota", "KEDUDUKAN HUKUM NAMA": "Aktif",
        "STATUS CPNS PNS": "PNS", "TMT CPNS": "01-01-2012", "GOL AWAL NAMA": "II/a", "GOL AKHIR ID": str(30 + at % 5),
        "GOL AKHIR NAMA": RANKS[at % 5] if rank is None else rank, "TMT GOLONGAN": "01-04-2022", "MK TAHUN": str(at % 30),
        "JENIS JABATAN ID": "124"[at % 3], "JENIS JABATAN NAMA": ["Jabatan Struktural", "Jabatan Fungsional Tertentu", "Jabatan Fungsional Umum"][at % 3],
        "JABATAN NAMA": "PENGELOLA DATA", "TINGKAT PENDIDIKAN NAMA": ["S-1/Sarjana", "SLTA", "Diploma III/Sarjana Muda"][at % 3],
        "UNOR NAMA": f"SEKSI {at % 7}", "UNOR INDUK NAMA": UNITS[at % 3].upper(),
        "INSTANSI INDUK NAMA": "Pemerintah Kota Pontianak", "SATUAN KERJA INDUK NAMA": "Pemerintah Kota Pontianak",
        "SATUAN KERJA KERJA NAMA": UNITS[at % 3],
    }  # fmt: skip
    return [row[heading] for heading in STAFF]


def cleaned(folder, rows):
    write(folder / "raw" / "export.xlsx", rows)
    report = clean_folder(folder / "raw", folder / "out")
    return report, open_processed(folder / "out")


def test_a_staff_export_of_150_asks_nothing_and_keeps_everybody(tmp_path):
    report, processed = cleaned(tmp_path, [STAFF, *map(person, range(150))])
    assert report.questions == ()
    assert report.strange == ()
    table = processed.table("employees")
    assert len(table) == 150
    assert table["rank_group"].value_counts().to_dict() == {"III": 90, "II": 30, "IV": 30}
    assert table["unit_id"].value_counts().to_dict() == {"DISHUB": 50, "DINKES": 50, "DINSOS": 50}
    assert set(table["employment_type"]) == {"pns"}
    assert table["position_kind"].value_counts().to_dict() == {
        "structural": 50,
        "functional": 50,
        "operational": 50,
    }
    assert set(table["education"]) == {"bachelor", "upper_secondary", "diploma"}


ODD = ["tidak diisi", "-", "N/A", "Penata Muda (III/a)", "IIIa", "3A", "Penata Muda (IV/a)", "S1"]


def test_a_staff_export_with_nuisances_loses_no_person_for_a_rank(tmp_path):
    rows = [person(at, ODD[at] if at < len(ODD) else None) for at in range(150)]
    rows[20][1] = "'" + rows[20][1]  # as a spreadsheet keeps text
    rows[21][1] = f"{rows[21][1][:8]} {rows[21][1][8:14]} {rows[21][1][14:15]} {rows[21][1][15:]}"
    rows.insert(60, ["", "", "", "Jumlah halaman 1", *[""] * 14, "60"])
    rows.insert(100, STAFF)
    report, processed = cleaned(tmp_path, [["DAFTAR PEGAWAI NEGERI SIPIL"], [], STAFF, *rows])
    assert report.questions == ()
    table = in_order(processed, "employees")
    assert len(table) == 150
    assert processed.table("quarantine").empty
    # The rank itself would tell too much of a person: its group is kept.
    assert "rank" not in table
    assert table["rank_group"].fillna("").tolist()[: len(ODD)] == ["", "", "", "III", "III", "III", "", ""]
    missing = processed.table("missing")
    told = missing.loc[missing["column"] == "rank", "reason"].value_counts().to_dict()
    assert told == {"no_answer": 2, "not_applicable": 1, "unreadable": 2}
    # What was made blank may hold anything, a name too: it stays with the office.
    assert set(processed.table("repairs").query("column == 'rank'")["old_value"]) == {"withheld"}


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("III/a", "III/a"), ("III / a", "III/a"), ("IIIa", "III/a"), ("3A", "III/a"), ("3/a", "III/a"), ("III.d", "III/d"),
        ("Penata Muda (III/a)", "III/a"), ("Penata Muda Tk. I / III/b", "III/b"), ("Pembina Utama Muda", "IV/c"),
        ("Gol. III", "III"), ("IX", "IX"), ("Penata Muda (IV/a)", ""), ("III/f", ""), ("2022-04-01", ""), ("30", ""),
    ],
)  # fmt: skip
def test_a_rank_is_read_in_all_its_spellings_or_not_at_all(text, rank):
    assert read_rank(text) == rank


PERIODIC = ["nip", "nama", "unorNama", "tahun", "bulanMulaiPenilaian", "bulanSelesaiPenilaian", "hasilKinerjaNilai",
            "perilakuKerjaNilai", "kuadranKinerjaNilai", "persentase", "koefisien", "penilaiNipNrp", "penilaiUnorNama"]  # fmt: skip


WORDS = {1: "SANGAT BAIK", 2: "BAIK", 3: "BUTUH PERBAIKAN", 4: "KURANG", 5: "SANGAT KURANG"}


@pytest.mark.parametrize("with_words", [False, True])
def test_the_number_of_a_quadrant_is_its_predikat_where_no_words_are(tmp_path, with_words):
    ratings = [(2, 2, 2), (1, 1, 1), (3, 2, 3), (2, 3, 4), (3, 3, 5)]
    rows = [[*PERIODIC, *(["kuadranKinerja"] if with_words else [])]]
    for at in range(150):
        results, behaviour, quadrant = ratings[at % 5]
        nip = [number_of(at), f"P{at}", "Dishub", 2026, 7, 9]
        # Where words stand beside it, the number is not looked at.
        number = 5 if with_words else quadrant
        rows.append([*nip, results, behaviour, number, 100, 12.5, number_of(200), "Dishub"])
        rows[-1] += [WORDS[quadrant]] if with_words else []
    report, processed = cleaned(tmp_path, rows)
    assert report.questions == ()
    table = processed.table("appraisals")
    assert len(table) == 150
    assert set(table["period"]) == {"2026-Q3"}
    counts = dict.fromkeys(["good", "very_good", "needs_improvement", "poor", "very_poor"], 30)
    assert table["predikat_by_matrix"].value_counts().to_dict() == counts
    assert table["predikat"].value_counts().to_dict() == counts
    assert not table["predikat_contradicts"].any()
