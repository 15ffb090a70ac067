"""Two employees lay their sheets side by side, and know all published figures: they learn nothing of a third."""

from datetime import date
from itertools import combinations

import pandas as pd
import pytest
from personal.city import make_city

from asn_research.clean.store import open_processed
from asn_research.measured import open_measures
from asn_research.personal.explain_person import city_ratings
from asn_research.personal.person_record import record_of
from asn_research.personal.sheet_text import Addressee, Sheet, sheet_blocks
from asn_research.protect.release import protect_city
from asn_research.rules.cities import CITY
from asn_research.rules.in_force import at
from asn_research.rules.regulations import DisclosureRule

TODAY = date(2026, 10, 15)
RULE = at(TODAY).one(DisclosureRule)
TABLES = ("employees", "appraisals", "attendance", "training", "objections")


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    home = make_city(tmp_path_factory.mktemp("two"), employees=160, quarters=3, seed=7)
    processed = open_processed(home / "processed")
    tables = {name: processed.table(name) for name in TABLES if processed.has(name)}
    return processed.city(), tables, open_measures(home / "processed")


def sheet_of(person, tables, city, ratings):
    record = record_of(person, tables, city, ratings, today=TODAY, received=date(2026, 10, 5))
    return [block.to_json() for block in sheet_blocks(Sheet(record, Addressee("Dua"), city, "id", TODAY))]


def with_another_third(tables, third):
    """Return the tables in which all that is known of one person is something else."""
    changed = dict(tables)
    rated = tables["appraisals"].copy()
    own = rated["person_id"] == third
    rated.loc[own, ["discipline_score", "service_quality_score", "innovation_score"]] = [12.0, 98.0, 3.0]
    rated.loc[own, ["results_rating", "behaviour_rating"]] = ["below", "below"]
    rated.loc[own, "predikat_by_matrix"] = "very_poor"
    changed["appraisals"] = rated
    for name in ("attendance", "training"):
        changed[name] = tables[name].loc[tables[name]["person_id"] != third]
    filed = pd.DataFrame(
        {"person_id": [third], "period": ["2026-Q3"], "filed_date": [pd.Timestamp("2026-10-12")], "outcome": ["pending"],
         "unit_id": ["DISHUB"], "reporting_unit_id": ["DISHUB"]}
    )  # fmt: skip
    changed["objections"] = pd.concat([tables["objections"], filed], ignore_index=True)
    return changed


def test_whatever_a_third_person_is_the_two_sheets_stay_the_same(city):
    register, tables, measures = city
    rated = tables["appraisals"]
    of_unit = rated.loc[rated["period"] == "2026-Q3"].groupby("reporting_unit_id")["person_id"]
    unit = of_unit.nunique().idxmax()
    one, two, *others = sorted(of_unit.get_group(unit).unique())
    before = [sheet_of(who, tables, register, city_ratings(measures, TODAY)) for who in (one, two)]
    # The third person shares unit and rater with them, where there is one.
    raters = rated.drop_duplicates("person_id", keep="last").set_index("person_id")["rater_id"]
    third = next((each for each in others if raters[each] == raters[one]), others[0])
    changed = with_another_third(tables, third)
    # What is not the two's own are figures that the reports publish: `city_ratings` is given measures alone.
    ratings = city_ratings(measures, TODAY)
    after = [sheet_of(who, changed, register, ratings) for who in (one, two)]
    assert after == before
    # The third person's own sheet does change, so the comparison can fail.
    same = sheet_of(third, tables, register, ratings), sheet_of(third, changed, register, ratings)
    assert same[0] != same[1]


def test_a_sheet_holds_no_rank_no_rater_and_no_colleague(city):
    register, tables, measures = city
    rated = tables["appraisals"]
    ratings = city_ratings(measures, TODAY)
    pseudonyms = set(rated["person_id"]) | set(rated["rater_id"])
    for who in sorted(set(rated["person_id"]))[:8]:
        text = str(sheet_of(who, tables, register, ratings)).casefold()
        assert not any(each in text for each in pseudonyms)
        assert not any(
            word in text for word in ("peringkat", "penilai anda ketat", "rekan", "median", "rata-rata unit")
        )


def test_two_who_know_themselves_cannot_tell_the_rest_of_a_unit_from_published_figures(city):
    register, _, measures = city
    protected = protect_city(measures.frames, RULE, register).for_audience("internal")
    shown = 0
    for name, of, parts in (
        ("explaining", "n_employees", ("n_told", "n_talked")), ("training", "n_staff", ("n_trained",)),
    ):  # fmt: skip
        frame = protected.tables[name].frame
        for row in frame.loc[frame["unit_id"] != CITY].to_dict("records"):
            for part in parts:
                if pd.notna(row[part]) and pd.notna(row[of]):
                    shown += 1
                    # Two leave the group, whatever they are: of the others, some are and some are not.
                    rest = {(int(row[part]) - k, int(row[of]) - 2 - (int(row[part]) - k)) for k in (0, 1, 2)}
                    assert all(yes > 0 and no > 0 for yes, no in rest), (name, row["unit_id"], part)
    frame = protected.tables["predikats"].frame
    for (unit, _), rows in frame.groupby(["unit_id", "period"]):
        counts = rows["n"].dropna().astype(int).tolist()
        if unit == CITY or len(counts) < 2:
            continue
        shown += 1
        for pair in combinations(range(len(counts)), 2):
            left = [n - (k in pair) for k, n in enumerate(counts)]
            assert sum(n > 0 for n in left) > 1
        assert all(n >= 2 + 1 for n in counts)
    assert shown
