"""Forms that every office has are read without a profile; what only a person can say is asked, once."""

import random
from fractions import Fraction

import pytest
from clean.surveys import QUESTIONS, WORDS, write

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.inspect.inspection import inspect_file
from asn_research.clean.questions.question_workbook import read_entries, set_answer
from asn_research.errors import RawDataError
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.read.survey_forms import ELEMENTS

_chance = random.Random(3)
ANSWERS = [[_chance.randint(2, 4) for _ in range(9)] for _ in range(150)]
OWN_WORDS = [
    "Menurut Anda, apakah syarat pelayanan di sini sesuai?",
    "Apakah alur pelayanan mudah dipahami?",
    "Bagaimana kecepatan pelayanan kami?",
    "Apakah tarif wajar?",
    "Apakah hasil pelayanan sesuai?",
    "Bagaimana kemampuan petugas kami?",
    "Bagaimana sikap petugas?",
    "Bagaimana fasilitas kami?",
    "Bagaimana penanganan keluhan?",
]
#: The exact index of the answers: the mean of nine means, times 25.
IKM = sum(Fraction(sum(row[k] for row in ANSWERS), 150) for k in range(9)) / 9 * 25


def cleaned(folder, **options):
    report = clean_folder(folder / "raw", folder / "out", **options)
    return report, open_processed(folder / "out")


def raw_of(folder):
    (folder / "raw").mkdir()
    return folder / "raw"


def index_of(frame):
    return sum(Fraction(int(frame[e].sum()), int(frame[e].notna().sum())) for e in ELEMENTS) / 9 * 25


def sums(of):
    return [of([row[k] for row in ANSWERS]) for k in range(9)]


def processing_sheet(legend=()):
    """Return the regulation's processing sheet, with its summary rows, notes and grades."""
    means = [total / 150 for total in sums(sum)]
    return [
        ["PENGOLAHAN SKM PER RESPONDEN DAN PER UNSUR"], ["UNIT PELAYANAN", "", ": Dinas Perhubungan Kota Pontianak"],
        ["ALAMAT", "", ": Jl. Contoh 1"], ["PERIODE", "", ": JULI S.D. SEPTEMBER 2026"], [],
        ["NO. RESP", "NILAI UNSUR PELAYANAN"], ["", *(f"U{k}" for k in range(1, 10)), "KET"],
        *([number, *row] for number, row in enumerate(ANSWERS, start=1)),
        ["ΣNilai /Unsur", *sums(sum)], ["NRR / Unsur", *(round(m, 3) for m in means)],
        ["NRR tertbg/ unsur", *(round(m * 0.111, 3) for m in means), "*)", 3.1],
        ["Maksimal", *sums(max)], ["Minimal", *sums(min)], ["Modus", *[3] * 9], ["Mutu", *["B"] * 9],
        ["IKM Unit pelayanan", *[""] * 9, "**)", round(float(IKM), 2)], [], ["Keterangan :"], ["- NRR", "=", "Nilai rata-rata"],
        ["- *)", "=", "Jumlah NRR IKM tertimbang"], *legend, ["Mutu Pelayanan :"], ["A (Sangat Baik)", ": 88,31 - 100,00"],
    ]  # fmt: skip


def test_the_regulations_sheet_asks_one_question_and_gives_the_exact_index(tmp_path):
    write(raw_of(tmp_path) / "SKM.xlsx", processing_sheet(), [("B6:J6", "NILAI UNSUR PELAYANAN")])
    report, _ = cleaned(tmp_path)
    assert [one.question.kind for one in report.questions] == ["element_8_9"]
    assert report.exits["n_kept"].sum() == 0
    (entry,) = read_entries(tmp_path / "raw")
    set_answer(tmp_path / "raw", entry.key, "facilities_first")
    report, processed = cleaned(tmp_path)
    frame = processed.table("citizen_feedback")
    assert len(frame) == 150
    assert processed.table("quarantine").empty
    assert index_of(frame) == IKM
    assert int(frame["facilities"].sum()) == sums(sum)[7]
    assert set(frame["unit_id"]) == {"DISHUB"}
    assert set(frame["period"]) == {"2026-Q3"}


def test_a_sheet_that_names_its_eighth_element_asks_nothing(tmp_path):
    legend = [["U1", "Persyaratan"], ["U8", "Penanganan Pengaduan"], ["U9", "Sarana dan Prasarana"]]
    write(raw_of(tmp_path) / "SKM.xlsx", processing_sheet(legend))
    report, processed = cleaned(tmp_path)
    assert report.questions == ()
    frame = processed.table("citizen_feedback")
    assert (len(frame), int(frame["complaints"].sum())) == (150, sums(sum)[7])
    assert index_of(frame) == IKM


@pytest.mark.parametrize("letters", [False, True], ids=["words", "letters"])
@pytest.mark.parametrize("asked", ["regulation", "numbered", "own"])
def test_a_google_form_is_read_without_a_question(tmp_path, letters, asked):
    head = [
        "Timestamp",
        "Jenis Kelamin",
        "Usia",
        "Pendidikan Terakhir",
        "Pekerjaan",
        "Jenis Pelayanan yang diterima",
    ]
    if asked == "numbered":
        head = [
            "Cap waktu",
            "Jenis Kelamin Anda",
            "Usia Anda (tahun)",
            "Pendidikan terakhir Anda",
            "Pekerjaan Anda",
            head[-1],
        ]
    texts = {
        "regulation": QUESTIONS,
        "own": OWN_WORDS,
        "numbered": [f"{n}. {q}" for n, q in enumerate(QUESTIONS, 1)],
    }
    rows = [[*head, *texts[asked], "Saran dan Masukan"]]
    for n, row in enumerate(ANSWERS):
        words = [("abcd"[v - 1] + ". " if letters else "") + WORDS[k][v - 1] for k, v in enumerate(row)]
        rows.append([
            f"{n % 3 + 7}/{n % 28 + 1}/2026 {8 + n % 9}:0{n % 6}:12", ["Laki-laki", "Perempuan"][n % 2],
            ["17-25", "26-35", "36-45", "> 45"][n % 4], ["SMA", "S1", "D3"][n % 3], ["PNS", "Wiraswasta"][n % 2],
            "Andalalin", *words, ["baik", "ditingkatkan; ya", "-"][n % 3],
        ])  # fmt: skip
    write(raw_of(tmp_path) / "SKM Dishub (Responses).xlsx", rows)
    report, processed = cleaned(tmp_path)
    frame = processed.table("citizen_feedback")
    assert report.questions == ()
    assert len(frame) == 150
    assert index_of(frame) == IKM
    assert int(frame["facilities"].sum()) == sums(sum)[7]
    assert set(frame["unit_id"]) == {"DISHUB"}
    assert set(frame["period"]) == {"2026-Q3"}
    assert set(frame["service_id"]) == {"hub_andalalin"}


def test_a_kobo_export_is_read_by_the_names_within_its_groups(tmp_path):
    head = ["start", "end", "today", "deviceid", "grp/jenis_kelamin", "grp/unit_layanan",
            *(f"skm/{e}" for e in ("persyaratan", "prosedur", "waktu", "biaya", "produk", "kompetensi", "perilaku",
                                   "pengaduan", "sarana")), "_id", "_submission_time"]  # fmt: skip
    lines = [",".join(head)]
    for n, row in enumerate(ANSWERS[:20]):
        day = f"2026-07-{n + 1:02d}"
        lines.append(",".join([f"{day}T08:00:12.345+07:00", f"{day}T08:05:12.345+07:00", day, "x", "LP"[n % 2], "Dishub",
                               *map(str, row), str(n), f"{day}T01:05:20"]))  # fmt: skip
    (raw_of(tmp_path) / "kobo.csv").write_text("\n".join(lines))
    report, processed = cleaned(tmp_path)
    frame = processed.table("citizen_feedback")
    assert report.questions == ()
    assert len(frame) == 20
    assert int(frame["complaints"].sum()) == sum(row[7] for row in ANSWERS[:20])
    assert frame["survey_date"].dt.month.unique().tolist() == [7]


SEVERAL = [f"{q} Seberapa puas Anda dengan {w}?" for q, w in
           zip(OWN_WORDS[:7], ["syarat", "alur", "kecepatan", "tarif", "hasil pelayanan", "kemampuan", "sikap"], strict=True)]  # fmt: skip


def sixteen(folder, n=12):
    """Write a form of sixteen questions about nine elements, one of them without an answer."""
    more = [[1 + (row[k] + number) % 4 for k in range(7)] for number, row in enumerate(ANSWERS[:n])]
    more[3][2] = ""
    rows = [["Tanggal", "Unit Layanan", *OWN_WORDS, *SEVERAL]]
    rows += [[f"{at + 1}/07/2026", "Dishub", *ANSWERS[at], *more[at]] for at in range(n)]
    write(raw_of(folder) / "skm.xlsx", rows)
    return more


def test_of_several_questions_about_an_element_the_mean_is_taken_once_a_person_says_so(tmp_path):
    more = sixteen(tmp_path)
    report, processed = cleaned(tmp_path)
    assert [one.question.kind for one in report.questions] == ["several_questions"]
    assert set(processed.table("quarantine")["reason"]) == {"waits_for_answer"}
    set_answer(tmp_path / "raw", read_entries(tmp_path / "raw")[0].key, "mean")
    _, processed = cleaned(tmp_path)
    table = processed.table("citizen_feedback")
    means = []
    for k in (0, 1, 2, 3, 4, 5, 6, 8, 7):
        pairs = [
            [row[k], *([extra[k]] if k < 7 and extra[k] != "" else [])]
            for row, extra in zip(ANSWERS, more, strict=False)
        ]
        means.append(sum(Fraction(sum(pair), len(pair)) for pair in pairs) / 12)
    satisfaction, elements = satisfaction_by_unit(table)
    exact = sum(means) / 9 * 25
    assert satisfaction.set_index("unit_id").loc["DISHUB", "index"] == float(exact)
    of = elements.loc[elements["unit_id"] == "DISHUB"].set_index("element")["mean"]
    assert of.loc[list(ELEMENTS)].tolist() == [float(mean) for mean in means]


def test_of_several_questions_the_first_may_stand_for_its_element(tmp_path):
    sixteen(tmp_path)
    cleaned(tmp_path)
    set_answer(tmp_path / "raw", read_entries(tmp_path / "raw")[0].key, "first")
    _, processed = cleaned(tmp_path)
    table = processed.table("citizen_feedback")
    assert int(table["time"].sum()) == sum(row[2] for row in ANSWERS[:12])


@pytest.mark.parametrize(("prefix", "n"), [("U", 10), ("U", 12), ("Pertanyaan ", 11)])
def test_more_numbered_questions_than_elements_are_asked_about_and_are_not_those_of_2004(tmp_path, prefix, n):
    rows = [["Tanggal", "Unit Layanan", *(f"{prefix}{k}" for k in range(1, n + 1))]]
    rows += [[f"{1 + at}/07/2026", "Dishub", *row, *[1] * (n - 9)] for at, row in enumerate(ANSWERS[:20])]
    write(raw_of(tmp_path) / "skm.xlsx", rows)
    report, _ = cleaned(tmp_path)
    assert [one.question.kind for one in report.questions] == ["element_order_more"]
    assert str(n) in report.questions[0].question.text("id")
    set_answer(tmp_path / "raw", read_entries(tmp_path / "raw")[0].key, "complaints_first")
    _, processed = cleaned(tmp_path)
    table = processed.table("citizen_feedback")
    assert [int(table[e].sum()) for e in ELEMENTS] == [sum(row[k] for row in ANSWERS[:20]) for k in range(9)]


def test_fourteen_numbered_questions_without_words_are_the_form_of_2004(tmp_path):
    rows = [["Tanggal", "Unit Layanan", *(f"U{k}" for k in range(1, 15))]]
    rows += [[f"{1 + at}/07/2026", "Dishub", *row, *[3] * 5] for at, row in enumerate(ANSWERS[:20])]
    write(raw_of(tmp_path) / "skm.xlsx", rows)
    with pytest.raises(RawDataError, match="14 elements of KepMenPAN 25/2004, not the 9"):
        cleaned(tmp_path)


def test_the_recap_of_elements_is_named_as_such(tmp_path):
    text = "Kode;Unsur Pelayanan;Total Nilai;NRR;NRR Skala 100;Kategori;NRR Tertimbang\n" + "\n".join(
        f"U{n};Unsur {n};450;3.0;75;B;0.33" for n in range(1, 10)
    )
    (raw_of(tmp_path) / "rekap.csv").write_text(text)
    with pytest.raises(RawDataError, match="summed up by element"):
        cleaned(tmp_path)
    with pytest.raises(RawDataError, match="rekapitulasi per unsur"):
        inspect_file(tmp_path / "raw" / "rekap.csv")


NIP = "19860926201505100{}"


def test_siasn_performance_exports_are_appraisals(tmp_path):
    raw = raw_of(tmp_path)
    yearly = "nip;nama;unorNama;hasilKinerja;hasilKinerjaNilai;kuadranKinerja;namaPenilai;nipNrpPenilai;perilakuKerja;PerilakuKerjaNilai;tahun\n"
    yearly += "\n".join(
        f"{NIP.format(n)};P;Dishub;SESUAI EKSPEKTASI;2;BAIK;X;198001012005011001;SESUAI EKSPEKTASI;2;2025"
        for n in range(1, 8)
    )
    quarter = "nip;nama;unorNama;tahun;bulanMulaiPenilaian;bulanSelesaiPenilaian;hasilKinerja;perilakuKerja;penilaiNipNrp\n"
    quarter += "\n".join(
        f"{NIP.format(n)};P;Dishub;2026;7;9;SESUAI EKSPEKTASI;SESUAI EKSPEKTASI;198001012005011001"
        for n in range(1, 8)
    )
    (raw / "rw_skp22.csv").write_text(yearly)
    (raw / "periodik.csv").write_text(quarter)
    report, processed = cleaned(tmp_path)
    assert report.strange == ()
    frame = processed.table("appraisals")
    assert frame["period"].value_counts().to_dict() == {"2025": 7, "2026-Q3": 7}
    assert set(frame["results_rating"]) == {"meets"}
    assert frame["rater_id"].notna().all()


def test_a_lapor_export_is_read_with_its_own_headings(tmp_path):
    text = "Tracking ID;Isi Laporan Akhir;Tanggal Laporan Masuk;Instansi Terdisposisi;Sumber Laporan;Status Laporan;Tanggal Tindak Lanjut;Tanggal Tutup\n"
    text += "\n".join(
        f"{n};isi;{n + 1:02d}/07/2026;Dinas Perhubungan;SP4N LAPOR;Selesai;{n + 3:02d}/07/2026;{n + 14:02d}/07/2026"
        for n in range(1, 13)
    )
    (raw_of(tmp_path) / "lapor.csv").write_text(text)
    _, processed = cleaned(tmp_path)
    frame = processed.table("complaints")
    assert len(frame) == 12
    assert (frame["answered_date"] - frame["received_date"]).dt.days.unique().tolist() == [2]
    assert frame["resolved_date"].notna().all()


def test_a_queue_logs_wait_is_from_ticket_to_call(tmp_path):
    raw = raw_of(tmp_path)
    whole = [f"A{n};{n % 3};2026-07-{n + 1:02d} 08:0{n % 10}:00;2026-07-{n + 1:02d} 08:1{n % 10}:30;2026-07-{n + 1:02d} 09:10:00"
             for n in range(20)]  # fmt: skip
    (raw / "antrean Dishub.csv").write_text(
        "\n".join(["nomor;loket;waktu_ambil;waktu_panggil;waktu_selesai", *whole])
    )
    clocks = [f"{n + 1:02d}/08/2026;B{n};08.0{n % 10};08.2{n % 10};09.10" for n in range(20)]
    (raw / "antrean Disdukcapil.csv").write_text("\n".join(["Tanggal;No. Antrean;Jam Ambil;Jam Panggil;Waktu Selesai", *clocks]))  # fmt: skip
    _, processed = cleaned(tmp_path)
    frame = processed.table("service_log")
    waits = frame.groupby("unit_id", observed=True)["queue_minutes"].unique()
    assert {str(unit): list(minutes) for unit, minutes in waits.items()} == {
        "DISHUB": [10.5],
        "DISDUKCAPIL": [20.0],
    }
    assert set(frame["submitted_date"].dt.month) == {7, 8}


def test_days_of_attendance_are_counted_for_the_quarter(tmp_path):
    days = (1, 2, 3, 6, 7, 8, 9, 10, 13)
    lines = [
        f"{NIP.format(n)};P;Dishub;{day:02d}/07/2026;{'07:2' + str(n) if (n + day) % 5 else ''};16:05"
        for n in range(1, 6)
        for day in days
    ]
    (raw_of(tmp_path) / "absen.csv").write_text(
        "\n".join(["NIP;Nama;Unit Kerja;Tanggal;JAM MASUK;JAM PULANG", *lines])
    )
    _, processed = cleaned(tmp_path)
    frame = processed.table("attendance")
    assert len(frame) == 5
    assert set(frame["working_days_n"]) == {9}
    assert sorted(frame["present_days_n"]) == sorted(
        sum(bool((n + day) % 5) for day in days) for n in range(1, 6)
    )
    assert processed.exits()["n_excluded"].sum() == 40


def test_a_list_that_people_sign_is_no_register(tmp_path):
    raw = raw_of(tmp_path)
    (raw / "daftar hadir rapat.csv").write_text(
        f"No;Nama;NIP;Unit Kerja;Tanda Tangan\n1;A;{NIP.format(1)};Dishub;\n2;B;{NIP.format(2)};Dishub;"
    )
    with pytest.raises(RawDataError, match="fit none"):
        cleaned(tmp_path)


def test_a_reason_beside_an_answer_is_no_second_answer(tmp_path):
    heads = [text for word in OWN_WORDS for text in (word, f"Alasan: {word}")]
    rows = [["Tanggal", "Unit Layanan", *heads]]
    rows += [
        [f"{n + 1}/07/2026", "Dishub", *(v for a in row for v in (a, "baik"))]
        for n, row in enumerate(ANSWERS[:12])
    ]
    write(raw_of(tmp_path) / "skm.xlsx", rows)
    _, processed = cleaned(tmp_path)
    frame = processed.table("citizen_feedback")
    assert len(frame) == 12
    assert int(frame["facilities"].sum()) == sum(row[7] for row in ANSWERS[:12])
