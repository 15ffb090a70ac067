"""What lies in a raw folder is read or named: links, pipes, odd names, settings in the wrong place."""

import os

import pytest
from read.reading import read_tables

from asn_research.errors import RawDataError
from asn_research.read import find_raw_files, grids, list_raw_files, steady, texts

HEAD = "Tanggal;Unit Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana\n"
ROW = "5/7/2026;Dishub;3;3;3;3;3;3;3;3;3\n"


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "a.csv").write_text(HEAD + ROW)
    return folder


def put(place, text=HEAD + ROW):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def names(folder):
    return [file.name for file in list_raw_files(folder)]


def test_a_linked_folder_is_read(raw, tmp_path):
    put(tmp_path / "elsewhere" / "deep" / "b.csv")
    (raw / "linked").symlink_to(tmp_path / "elsewhere")
    assert names(raw) == ["a.csv", "linked/deep/b.csv"]


def test_two_links_to_one_folder_are_read_once(raw, tmp_path):
    put(tmp_path / "elsewhere" / "b.csv")
    for name in ("one", "two"):
        (raw / name).symlink_to(tmp_path / "elsewhere")
    put(raw / "own" / "c.csv")
    (raw / "again").symlink_to(raw / "own")
    assert names(raw) == ["a.csv", "one/b.csv", "own/c.csv"]


def test_a_link_to_a_folder_that_is_passed_over_is_read(raw):
    put(raw / "_old" / "b.csv")
    (raw / "wanted").symlink_to(raw / "_old")
    assert names(raw) == ["a.csv", "wanted/b.csv"]


@pytest.mark.parametrize("target", [".", "..", "../.."])
def test_a_link_that_leads_round_is_refused(raw, target):
    (raw / "sub").mkdir()
    (raw / "sub" / "round").symlink_to(target)
    with pytest.raises(RawDataError, match=r"^sub/round: this link leads to a folder that holds the link"):
        list_raw_files(raw)


def test_links_that_lead_to_each_other_end(raw, tmp_path):
    put(tmp_path / "one" / "b.csv")
    put(tmp_path / "two" / "c.csv")
    (tmp_path / "one" / "next").symlink_to(tmp_path / "two")
    (tmp_path / "two" / "next").symlink_to(tmp_path / "one")
    (raw / "linked").symlink_to(tmp_path / "one")
    assert names(raw) == ["a.csv", "linked/b.csv", "linked/next/c.csv"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize(
    "name", ["b.csv", "b.xlsx", "units.csv", "corrections.yaml", "b.profile.yaml", "sub/b.csv"]
)
def test_a_pipe_is_named_and_not_opened(raw, name):
    (raw / name).parent.mkdir(exist_ok=True)
    os.mkfifo(raw / name)
    with pytest.raises(RawDataError, match=f"^{name}: this is no file but a pipe"):
        list_raw_files(raw)


def test_a_device_is_named_and_not_opened(raw):
    (raw / "b.csv").symlink_to("/dev/zero")
    with pytest.raises(RawDataError, match=r"^b\.csv: this is no file but a pipe, socket or device"):
        list_raw_files(raw)


@pytest.mark.parametrize("target", ["nowhere.csv", "b.csv"], ids=["to_nothing", "to_itself"])
def test_a_link_that_leads_nowhere_is_named(raw, target):
    (raw / "b.csv").symlink_to(target)
    with pytest.raises(RawDataError, match=r"^b\.csv: this file cannot be opened"):
        list_raw_files(raw)


@pytest.mark.parametrize("name", ["sub/units.csv", "sub/corrections.yaml"])
def test_settings_in_a_folder_below_are_refused(raw, name):
    put(raw / name, "x")
    with pytest.raises(RawDataError, match=f"^{name}: .* counts only in the raw folder itself"):
        list_raw_files(raw)


@pytest.mark.parametrize("name", ["corrections.yml", "city.yml", "sub/skm.profile.yml"])
def test_settings_with_another_ending_are_refused(raw, name):
    put(raw / name, "x")
    with pytest.raises(RawDataError, match=r"Rename it to .*\.yaml"):
        list_raw_files(raw)


def odd(folder, name):
    try:
        (folder / os.fsdecode(name)).write_text(HEAD + ROW)
    except OSError:
        pytest.skip("this system has no such names")


def test_names_that_are_no_text_are_read_and_told_apart(raw, monkeypatch):
    odd(raw, b"m\xffr.csv")
    odd(raw, b"m\xfer.csv")
    files = list_raw_files(raw)
    assert [file.name for file in files] == ["a.csv", "m\ufffdr.csv", "m\ufffdr.csv (2)"]
    # Large ones too, which are read from where they lie.
    for large in (grids._LARGE, 0):
        monkeypatch.setattr(grids, "_LARGE", large)
        assert [len(read_tables(file).tables[0]) for file in files] == [1, 1, 1]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(raw):
    (raw / "b.csv").write_text("x")
    (raw / "b.csv").chmod(0)
    with pytest.raises(RawDataError, match=r"^b\.csv: this file cannot be opened"):
        list_raw_files(raw)


@pytest.mark.parametrize("large", [grids._LARGE, 0], ids=["whole", "piece_by_piece"])
def test_a_file_that_changed_since_it_was_hashed_is_refused(raw, monkeypatch, large):
    monkeypatch.setattr(grids, "_LARGE", large)
    (file,) = list_raw_files(raw)
    put(raw / "a.csv", HEAD + ROW + ROW)
    with pytest.raises(RawDataError, match=r"^a\.csv: .*this file was changed while it was read"):
        read_tables(file)


def wait_for_another_moment(place):
    """Wait until the file system gives another time than that of a file: its clock may stand for some milliseconds."""
    probe = place.with_name(".moment")
    probe.touch()
    while probe.stat().st_ctime_ns <= place.stat().st_ctime_ns:
        probe.touch()
    probe.unlink()


def test_a_large_file_that_was_another_for_a_moment_is_refused(raw, monkeypatch):
    monkeypatch.setattr(grids, "_LARGE", 0)
    (file,) = list_raw_files(raw)
    before = os.stat(raw / "a.csv")
    read = texts.read_text_columns

    def swapped(source, name):
        wait_for_another_moment(raw / "a.csv")
        put(raw / "a.csv", HEAD + ROW.replace("3", "1"))
        found = read(source, name)
        put(raw / "a.csv")
        os.utime(raw / "a.csv", ns=(before.st_atime_ns, before.st_mtime_ns))
        return found

    monkeypatch.setattr(grids, "read_text_columns", swapped)
    assert steady.hash_of_file(raw / "a.csv", "") == file.hash
    with pytest.raises(RawDataError, match="was changed while it was read"):
        read_tables(file)


def test_a_table_of_empty_lines_is_refused(raw):
    (raw / "a.csv").write_bytes(HEAD.encode() + b"\n" * 3_000_000)
    with pytest.raises(RawDataError, match=r"^a\.csv: .*empty lines"):
        read_tables(list_raw_files(raw)[0])


def test_rows_of_unequal_length_keep_their_cells(raw):
    (raw / "a.csv").write_text(HEAD + ROW * 5000 + "6/7/2026;Dinkes;4\n" + ROW.strip() + ";x;y\n")
    (table,) = read_tables(list_raw_files(raw)[0]).tables
    assert len(table) == 5002
    assert table.columns["unit_id"].text[5000] == "Dinkes"
    assert table.columns["facilities"].text[-3:].tolist() == ["3", "", "3"]


def test_one_long_row_among_many_short_ones_is_refused(raw, monkeypatch):
    monkeypatch.setattr(texts, "_MAX_RAGGED", 100_000)
    (raw / "a.csv").write_text(HEAD + "5/7/2026;Dishub\n" * 9000 + ";" * 1500 + "\n")
    with pytest.raises(RawDataError, match=r"^a\.csv: .*its rows have unequal numbers of cells"):
        read_tables(list_raw_files(raw)[0])


def test_files_are_found_in_the_order_of_names(raw):
    for name in ("b/z.csv", "b/a/y.csv", "B.csv", "_no/n.csv", ".no/n.csv", "c/~$x.csv"):
        put(raw / name)
    assert [path.relative_to(raw).as_posix() for path in find_raw_files(raw)] == [
        "B.csv",
        "a.csv",
        "b/z.csv",
        "b/a/y.csv",
    ]
