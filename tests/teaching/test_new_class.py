"""A class has a city, a roster and answers of its own; a list of students is read as people write it."""

import json

import pytest

from asn_research.clean import open_processed
from asn_research.errors import RequestError
from asn_research.lab import check
from asn_research.measured import open_measures
from asn_research.show.exercises import EXERCISES
from asn_research.teaching import grade_class, new_class
from asn_research.teaching.answer_key import read_keys
from asn_research.teaching.new_class import read_class, read_roster


@pytest.mark.parametrize(
    ("text", "students"),
    [
        ("nama\nAni\nBudi\n", [("01", "Ani", ""), ("02", "Budi", "")]),
        ("No;NIM;Nama\n1;H101;Ani\n2;H102;Budi\n", [("01", "Ani", "H101"), ("02", "Budi", "H102")]),
        ('nim,name\nH1,"Budi, S.Kom."\n', [("01", "Budi, S.Kom.", "H1")]),
        ("Ani\n\nBudi, S.Kom.\n", [("01", "Ani", ""), ("02", "Budi, S.Kom.", "")]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_list_is_read(tmp_path, text, students, encoding):
    (tmp_path / "a.csv").write_text(text, encoding=encoding)
    found = read_roster(tmp_path / "a.csv")
    assert [(each.student, each.name, each.registration) for each in found] == students


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"nama\nAni\n,\n", "has no name"), (b"PK\x03\x04\0\0", "no text file"), (None, "cannot be opened")],
)
def test_a_list_that_cannot_be_read_is_refused(tmp_path, content, told):
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(RequestError, match=told):
        read_roster(tmp_path / "a.csv")


def test_nothing_is_overwritten_and_no_class_is_empty(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(RequestError, match="not empty"):
        new_class(tmp_path, seed=1, count=3)
    with pytest.raises(RequestError, match="1 to 999 students, not 0"):
        new_class(tmp_path / "kelas", seed=1)
    assert not (tmp_path / "kelas").exists()


@pytest.mark.slow
def test_a_class_from_its_seed_to_marks(tmp_path):
    """The key is what the lessons' own code and `check` say on the class's city; an answer that is code is run."""
    folder = tmp_path / "kelas"
    (tmp_path / "nama.csv").write_text("nama\nAni\nBudi\n")
    new_class(folder, seed=5, students=tmp_path / "nama.csv", employees=400)
    card, roster = read_class(folder)
    assert (card.seed, [each.name for each in roster]) == (5, ["Ani", "Budi"])
    keys = read_keys(folder / "pengajar" / "kunci.csv")
    assert set(keys) == set(EXERCISES)
    assert all(key.right == key.right for key in keys.values())
    # Against what a student would hand over, made here without the lessons' code.
    city = folder / "bagikan" / "kota"
    exits, forms = open_processed(city).exits(), open_processed(city).table("citizen_feedback")
    forms = forms[forms["period"] == forms["period"].max()]
    staff = open_measures(city).employee_panel
    for name, data in {"01a": exits, "01c": forms, "03a": staff, "04a": staff, "04c": staff}.items():
        assert check(name, keys[name].right, data).verdict == "right", name
    # A student computes in the cell of the exercise.
    path = next((folder / "bagikan" / "01").glob("01_*.ipynb"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if 'check("01a", None' in "".join(cell["source"]):
            cell["source"] = (
                'kept = 1000 * exits.n_quarantined.sum()\ncheck("01a", kept / exits.n_raw.sum(), exits, language)'
            )
    (folder / "kumpul" / "01.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    assert grade_class(folder).marks["01", "01a"].verdict == "to_run"
    assert grade_class(folder, runs_code=True, seconds=900).marks["01", "01a"].verdict == "right"
