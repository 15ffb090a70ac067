"""A row that several files hold counts once, whatever the files are called; people may be alike."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer

HEAD = "Tanggal;Unit Layanan;Jenis Kelamin;Umur;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
LOG = "No. Registrasi;Unit Layanan;Tanggal Masuk;Tanggal Selesai;Status"


def forms(n, seed=1):
    """Return n forms that differ, in the order of their days."""
    chance = random.Random(seed)
    return [
        f"{k % 28 + 1:02d}/{7 + k // 28:02d}/2026;Dishub;{'LP'[k % 2]};{18 + k % 50};"
        + ";".join(str(chance.randint(1, 4)) for _ in range(9))
        for k in range(n)
    ]


def cleaned(folder, files, head=HEAD):
    """Clean files of lines, and return the processed data."""
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        (raw / name).write_text("\n".join([head, *lines]), encoding="utf-8")
    clean_folder(raw, folder / "out")
    return open_processed(folder / "out")


def reasons(processed):
    return processed.table("excluded")["reason"].value_counts().to_dict()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=st.lists(st.integers(3, 60), min_size=2, max_size=4), order=st.permutations(range(4)))
def test_exports_that_grow_or_overlap_count_each_form_once(tmp_path_factory, cuts, order):
    every = forms(60)
    files = {f"{order[k]}_{k}.csv": every[: sorted(cuts)[k]] for k in range(len(cuts))}
    processed = cleaned(tmp_path_factory.mktemp("grow"), files)
    kept = processed.table("citizen_feedback")
    assert len(kept) == max(cuts)
    assert sorted(kept["requirements"]) == sorted(int(row.split(";")[4]) for row in every[: max(cuts)])
    exits = processed.exits()
    assert exits["n_raw"].sum() == sum(cuts)


def test_files_that_overlap_in_part_keep_what_each_adds(tmp_path):
    every = forms(60)
    processed = cleaned(tmp_path, {"a.csv": every[:40], "b.csv": every[25:]})
    assert len(processed.table("citizen_feedback")) == 60
    assert reasons(processed) == {"repeated_in_other_file": 15}


def test_a_copy_in_another_order_is_a_copy(tmp_path):
    every = forms(40)
    turned = random.Random(2).sample(every, len(every))
    processed = cleaned(tmp_path, {"a.csv": every, "b.csv": turned})
    assert len(processed.table("citizen_feedback")) == 40


def test_people_who_answer_alike_all_count(tmp_path):
    alike = ["01/07/2026;Dishub;L;30;3;3;3;3;3;3;3;3;3"] * 12
    assert len(cleaned(tmp_path / "one", {"a.csv": alike}).table("citizen_feedback")) == 12
    # Two offices may each have such people on a day.
    two = cleaned(
        tmp_path / "two", {"a.csv": [*alike, *forms(9)], "b.csv": [*alike[:5], *forms(9, seed=5)[:3]]}
    )
    assert len(two.table("citizen_feedback")) == 12 + 9 + 5 + 3


def test_a_corrected_copy_that_says_so_replaces_the_first(tmp_path):
    every = forms(40)
    mended = [*every]
    mended[7] = mended[7][:-1] + ("1" if mended[7][-1] != "1" else "2")
    names = {"SKM Dishub TW III 2026.csv": every, "SKM Dishub TW III 2026 (final)(1).csv": mended}
    processed = cleaned(tmp_path, names)
    assert reasons(processed) == {"repeated_in_other_file": 39, "earlier_version": 1}
    kept = processed.table("citizen_feedback")
    assert sorted(kept["facilities"]) == sorted(int(row[-1]) for row in mended)


def test_which_of_two_versions_holds_is_asked_where_nothing_tells(tmp_path):
    every = forms(40)
    mended = [*every]
    mended[7] = mended[7][:-1] + ("1" if mended[7][-1] != "1" else "2")
    processed = cleaned(tmp_path, {"a.csv": every, "b.csv": mended})
    assert len(processed.table("citizen_feedback")) == 39
    assert set(processed.table("quarantine")["reason"]) == {"waits_for_answer"}
    (entry,) = read_entries(tmp_path / "raw")
    set_answer(tmp_path / "raw", entry.key, "2")
    clean_folder(tmp_path / "raw", tmp_path / "out")
    kept = open_processed(tmp_path / "out").table("citizen_feedback")
    assert sorted(kept["facilities"]) == sorted(int(row[-1]) for row in mended)


def test_other_rows_tell_which_of_two_logs_is_later(tmp_path):
    june = [f"R{k};Dishub;0{k}/06/2026;;Proses" for k in range(1, 8)]
    july = [f"R{k};Dishub;0{k}/06/2026;2{k}/06/2026;Selesai" for k in range(1, 8)]
    # One day was written wrongly at first; that is a contradiction, not a gap.
    june[3] = "R4;Dishub;09/06/2026;;Proses"
    processed = cleaned(tmp_path, {"x.csv": june, "y.csv": july}, LOG)
    kept = processed.table("service_log")
    assert len(kept) == 7
    assert kept["finished_date"].notna().all()
    assert kept["submitted_date"].dt.day.max() == 7
    assert reasons(processed) == {"earlier_version": 7}


UNNUMBERED = "Unit Kerja;Kanal;Kategori;Tanggal Terima;Tanggal Jawab"


def complaints(n, answered):
    topics, channels = ("Sarana", "Biaya", "Waktu layanan"), ("LAPOR", "Loket")
    return [
        f"Dishub;{channels[k % 2]};{topics[k % 3]};{k + 1:02d}/07/2026;{f'{k + 5:02d}/07/2026' if k < answered else ''}"
        for k in range(n)
    ]


def test_cases_without_numbers_that_were_finished_later_count_once(tmp_path):
    files = {"aduan juli.csv": complaints(8, 2), "aduan agustus.csv": complaints(10, 9)}
    processed = cleaned(tmp_path, files, UNNUMBERED)
    kept = processed.table("complaints")
    assert len(kept) == 10
    assert kept["answered_date"].notna().sum() == 9
    assert reasons(processed) == {"earlier_version": 6, "repeated_in_other_file": 2}


def test_cases_without_numbers_are_compared_beside_cases_with_numbers(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    numbered = [f"R{k};Dishub;0{k}/06/2026;1{k}/06/2026;Selesai" for k in range(1, 8)]
    (raw / "lain.csv").write_text("\n".join([LOG, *numbered]), encoding="utf-8")
    june = [f"Dishub;{k:02d}/06/2026;;Proses" for k in range(1, 8)]
    july = [f"Dishub;{k:02d}/06/2026;{k + 9}/06/2026;Selesai" for k in range(1, 10)]
    processed = cleaned(tmp_path, {"x.csv": june, "y.csv": july}, LOG.partition(";")[2])
    assert len(processed.table("service_log")) == 7 + 9
    assert reasons(processed) == {"earlier_version": 7}


def test_two_counters_that_serve_on_the_same_days_are_two_counters(tmp_path):
    chance = random.Random(4)

    def counter():
        states = [chance.random() < 0.3 for _ in range(12)]
        return [
            f"Dishub;{k + 1:02d}/07/2026;{'' if is_open else f'{k + 2 + chance.randint(0, 3):02d}/07/2026'};"
            f"{'Proses' if is_open else 'Selesai'}"
            for k, is_open in enumerate(states)
        ]

    processed = cleaned(tmp_path, {"loket1.csv": counter(), "loket2.csv": counter()}, LOG.partition(";")[2])
    assert len(processed.table("service_log")) == 24


COURSES = "NIP;Nama;OPD;Nama Diklat;Tanggal Mulai;Tanggal Selesai;JP"


def course(hours, title="Pelayanan Prima", nip="197001012010011001"):
    return f"{nip};Pegawai;Dishub;{title};01/07/2026;03/07/2026;{hours}"


def test_a_course_sent_again_with_other_hours_counts_once(tmp_path):
    """Both versions counted, and the person had the hours of both."""
    others = [course(20, nip=f"19700101201001100{n}") for n in range(2, 8)]
    files = {"diklat.csv": [course(24), *others], "diklat_revisi.csv": [course(30), *others]}
    kept = cleaned(tmp_path, files, COURSES).table("training")
    assert sorted(kept["hours_jp"]) == [20] * 6 + [30]


def test_a_course_sent_twice_with_other_hours_is_held_where_nothing_tells_which_holds(tmp_path):
    processed = cleaned(tmp_path, {"a.csv": [course(24)], "b.csv": [course(30)]}, COURSES)
    assert processed.table("training").empty
    assert processed.table("quarantine")["reason"].tolist() == ["differing_duplicate"] * 2


def test_a_course_of_one_day_with_two_lengths_in_a_file_is_held(tmp_path):
    processed = cleaned(
        tmp_path, {"diklat.csv": [course(4), course(6), course(6, "Arsip"), course(6, "")]}, COURSES
    )
    assert sorted(processed.table("training")["hours_jp"]) == [6, 6]
    assert set(processed.table("quarantine")["reason"]) == {"differing_duplicate"}
    assert len(processed.table("quarantine")) == 2
