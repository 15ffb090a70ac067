"""What a page needs of a file is made once, and again when the file has changed."""

import os

from asn_research.desk.unless_changed import UnlessChanged


def test_a_file_is_read_again_only_if_it_has_changed(tmp_path):
    read = []

    def content(path):
        read.append(path.name)
        return path.read_text(encoding="utf-8")

    kept, file = UnlessChanged(content), tmp_path / "isian.txt"
    assert kept.of(file) is None
    file.write_text("satu", encoding="utf-8")
    assert [kept.of(file), kept.of(file)] == ["satu", "satu"]
    assert read == ["isian.txt"]
    # The same length; the time of writing tells.
    file.write_text("dua!", encoding="utf-8")
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 1))
    assert kept.of(file) == "dua!"
    file.unlink()
    assert kept.of(file) is None
    assert len(read) == 2
