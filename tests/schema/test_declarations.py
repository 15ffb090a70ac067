"""Every table is declared, every declaration has a table, and nothing undeclared gets out."""

import shutil

import pandas as pd
import pytest

import asn_research as asn
from asn_research.errors import RequestError, RuleError, SchemaError
from asn_research.measure.all_measures import CityMeasures
from asn_research.render.inputs import prepare_inputs
from asn_research.schema import Sum, declared, declared_tables, describe, require_declared
from asn_research.schema.describe import data_dictionary
from asn_research.schema.tables import KINDS, SCHEMA

#: What the simulated city has no occasion for: its offices fill the same columns in each quarter.
NOT_SIMULATED = {("processed", "organisation_scores")}
#: What a city of four hundred may be too small for.
TOO_FEW_PEOPLE = {
    "quality_forms", "rater_spreads", "rater_units", "rater_audit", "rater_objections", "group_gaps",
    "objection_rates", "rating_grounds", "standings", "good_practice", "scale_invariance", "edition_changes",
}  # fmt: skip
#: Other ways of an office's list to say the same; each city has some of them.
INSTEAD = {
    "appraisals": {"results_score", "behaviour_score", "score", "new_idea"}, "attendance": {"day"},
    "organisation_predikats": {"decided_date"}, "citizen_feedback": {"channel", "age"},
    "complaints": {"complaint_class"},
}  # fmt: skip


@pytest.fixture(scope="module")
def frames(small_processed):
    return prepare_inputs(small_processed).frames


def test_frames_and_declarations_have_the_same_columns(frames):
    require_declared(frames)
    named = {name for kind, name in declared_tables() if kind != "processed"}
    assert named >= set(frames)
    assert named - set(frames) <= TOO_FEW_PEOPLE
    for (kind, name), table in declared_tables().items():
        if kind != "processed" and name in frames:
            assert set(table.columns_at("measure")) == set(frames[name].columns), name


def test_processed_tables_and_declarations_have_the_same_columns(small_processed):
    tables = asn.open_processed(small_processed).tables()
    for (kind, name), table in declared_tables().items():
        if kind == "processed" and (kind, name) not in NOT_SIMULATED:
            missing = set(table.columns_at("measure")) - set(tables[name].columns)
            assert missing <= INSTEAD.get(name, set()), name
            assert set(tables[name].columns) <= set(table.columns_at("measure")), name
    assert {name for kind, name in declared_tables() if kind == "processed"} >= set(tables)


def test_a_column_that_is_not_declared_cannot_leave_measure():
    frame = pd.DataFrame(
        {"unit_id": ["A"], "period": ["2026-Q3"], "n_staff": [40], "present_pct": [90.0], "level": ["x"]}
    )
    with pytest.raises(SchemaError, match="attendance has the column level, which nobody has declared"):
        CityMeasures({"attendance": frame}).frames()


def test_a_column_of_another_type_cannot_leave_measure():
    frame = pd.DataFrame({"unit_id": ["A"], "period": ["2026-Q3"], "n_staff": ["forty"]})
    with pytest.raises(SchemaError, match="something else in n_staff"):
        CityMeasures({"attendance": frame}).frames()


def test_a_table_that_is_not_declared_is_refused():
    with pytest.raises(RuleError, match=r"'wishes' is not declared. Add it to schema/tables\.csv"):
        require_declared({"wishes": pd.DataFrame({"a": [1]})})


@pytest.mark.parametrize("language", ["id", "en"])
def test_describe_and_the_dictionary_list_every_column_of_every_table(language):
    page = data_dictionary(language)
    listed = describe(language=language)
    for (kind, name), table in declared_tables().items():
        assert ((listed["kind"] == kind) & (listed["table"] == name)).any()
        rows = describe(name, language).query("kind == @kind")
        assert rows["column"].tolist() == list(table.owner_of)
        assert rows["meaning"].str.len().min() > 0
        for column in table.owner_of:
            assert f"| {column} | {table.meaning(column, language)} |" in page.partition(f"### {name}\n")[2]


def test_the_indonesian_dictionary_has_headings_and_codes_in_words():
    page = data_dictionary("id")
    assert page.startswith("# Kamus data\n")
    cells = {
        cell.strip(" |")
        for line in page.splitlines()
        if line.startswith("| ")
        for cell in line.split(" | ")[4:]
    }
    assert {"bilangan", "batas bawah", "penelitian", "taksiran"} <= cells
    assert not {"number", "integer", "key", "value", "low", "research", "public", "estimated", "role"} & cells


def test_describe_stands_at_the_front_door():
    row = asn.describe("satisfaction").set_index("column").loc["index_low"]
    assert (row["role"], row["of"]) == ("low", "index")
    assert "lower end of the 95% interval" in row["meaning"]
    with pytest.raises(RequestError, match=r"There is no table 'happiness'. Known are"):
        asn.describe("happiness")


def test_the_data_dictionary_is_current(request):
    page = request.config.rootpath / "docs" / "data-dictionary.md"
    assert page.read_text(encoding="utf-8") == data_dictionary(), "Run make dictionary"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        pytest.param("measure,training,n_pns_met,integer,count,employees,cell,n_pns", "measure,training,n_pns_met,integer,count,employees,cell,n_civil", "`n_civil`, which is no column", id="of"),
        pytest.param("measure,motivation,n,integer,count,employees,group", "measure,motivation,n,integer,count,,group", "counts nobody knows whom", id="people"),
        pytest.param("measure,motivation,n,integer,count", "measure,motivation,n,integer,value", "`n` is behind all values and is no count", id="main"),
        pytest.param("measure,training,trained_pct,number,share,,,n_staff", "measure,training,trained_pct,number,share,,,", "`trained_pct` is a share of nothing", id="share"),
        pytest.param("measure,sample,needed_n,integer,value,,,,,population_n", "measure,sample,needed_n,integer,value,,,,,", "nobody stands behind `needed_n`", id="behind"),
        pytest.param("measure,motivation,sd,", "measure,motivation,low,", "`low` stands twice", id="twice"),
        pytest.param("measure,motivation,sd,number,value", "measure,motivation,sd,number,secret", "role", id="role"),
        pytest.param("measure,motivation,sd,", "measure,wishes,sd,", "measure wishes is not in tables.csv", id="table"),
    ],
)  # fmt: skip
def test_a_declaration_that_does_not_hold_together_is_refused(tmp_path, old, new, named):
    folder = tmp_path / "schema"
    shutil.copytree(SCHEMA, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / "columns.csv").read_text(encoding="utf-8")
    assert old in text
    (folder / "columns.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleError, match=named):
        declared_tables(folder)


def test_every_measure_says_what_adds_up_and_who_may_see_it():
    for (kind, _), table in declared_tables().items():
        assert kind in KINDS
        assert table.audience in {"public", "internal", "internal_city", "research"}
        assert all(isinstance(each, Sum) for each in table.sums)


def test_an_interval_belongs_to_the_value_that_names_it():
    elements = declared("measure", "elements")
    assert elements.interval_of("index") == ("low", "high")
    # The mean lies on another scale.
    assert elements.interval_of("mean") == ()
