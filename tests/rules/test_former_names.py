"""What people wrote under the names of their day is read under today's."""

from asn_research.read.profiles import load_profiles
from asn_research.rules.codebooks import SOURCES, load_codebook
from asn_research.rules.former_names import current_name, first_name, former_names
from asn_research.rules.questions import Question, layout_of
from asn_research.schema import declared_tables


def test_a_former_name_is_no_name_of_today():
    today = {name for (_, table), each in declared_tables().items() for name in (table, *each.columns)} | set(
        SOURCES
    )
    today |= {column for source in SOURCES for column in load_codebook(source).by_name}
    assert not set(former_names()) & today
    assert set(former_names().values()) <= today


def test_a_profile_in_former_names_is_read(tmp_path):
    (tmp_path / "a.profile.yaml").write_text(
        "file: a.csv\nsource: organisation_predicates\ncolumns:\n  Nilai Organisasi: organisation_predicate\n"
    )
    (profile,) = load_profiles(tmp_path).values()
    assert profile.source == "organisation_predikats"
    assert profile.columns == {"Nilai Organisasi": "organisation_predikat"}


def test_a_question_keeps_its_key():
    # The key that the version of 2026-11-26 wrote into pertanyaan.xlsx.
    layout = layout_of("organisation_predikats", ["Unit", "Predikat"])
    assert (layout, Question("scale", "organisation_predikats", layout, "organisation_predikat").key) == (
        "ad38124566b4", "scale-f4d663b4",
    )  # fmt: skip


def test_names_lead_there_and_back():
    for name, current in former_names().items():
        assert (current_name(name), first_name(current)) == (current, name)
