"""Number passports: any printed figure is made again from the raw files, to the printed digits."""

import random
from pathlib import Path

import pytest

from asn_research.clean import clean_folder
from asn_research.errors import DisclosureError, RequestError
from asn_research.render.figure_address import addresses, report_data
from asn_research.render.inputs import prepare_inputs
from asn_research.render.passport import passport, passport_lines
from asn_research.render.rebuilt import rebuilding
from asn_research.rules.periods import Period
from asn_research.rules.words import HIDDEN
from asn_research.schema.made import figure_names, makings
from asn_research.simulate import simulate_city

PERIOD = "2026-Q3"
#: Measures whose models take minutes are made again in other tests; here each branch that is quick.
QUICK = frozenset(
    name
    for name in makings()
    if not name.startswith(
        ("rater_", "scale_", "quality_", "group_gaps", "objection_rates", "rating_grounds")
    )
) - {"good_practice", "unit_rows"}


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A small city's raw files, its processed data, and what reports read."""
    folder = tmp_path_factory.mktemp("passports")
    simulate_city(folder / "raw", seed=5, employees=80, quarters=2, mess=0.5)
    clean_folder(folder / "raw", folder / "processed")
    return folder / "raw", prepare_inputs(folder / "processed")


@pytest.fixture(scope="module")
def again(city):
    """The raw files, cleaned again once for all tests; every measure is made again only once."""
    raw, inputs = city
    with rebuilding(inputs, raw, QUICK) as rebuilt:
        made = rebuilt.protected(QUICK, Period.parse(PERIOD))

        class Once:
            def protected(self, measures, period):
                assert set(measures) <= QUICK
                assert period.code == PERIOD
                return made

        yield Once()


def shown(city, measures):
    """Return the addresses of all shown figures of all units, and those of hidden ones."""
    raw, inputs = city
    told, hidden = [], []
    units = sorted(inputs.units_with_data(PERIOD) & {unit.unit_id for unit in inputs.city.reporting_units})
    for unit in units:
        data = report_data(inputs, raw, unit, Period.parse(PERIOD), "id")
        for each in addresses(data):
            if each.measure not in measures:
                continue
            table = (
                data.protected.get(each.measure, **{"unit_id": unit, "period": PERIOD, **each.keys})
                if each.keys
                else None
            )
            row = table if table is not None and len(table) == 1 else None
            at = None if row is None else row.frame.index[0]
            if row is not None and row.is_suppressed(at, each.column) and not data.end(row, at, each.column):
                if row.frame[each.column].isna().all():
                    hidden.append(each)
            else:
                told.append(each)
    return told, hidden


@pytest.mark.slow
def test_fifty_figures_drawn_at_random_are_made_again_to_the_printed_digits(city, again):
    raw, inputs = city
    told, _ = shown(city, QUICK)
    drawn = random.Random(50).sample(told, len(told))
    checked, names = 0, set()
    for each in drawn:
        try:
            found = passport(inputs, raw, str(each), again=again)
        except (DisclosureError, RequestError):
            # Hidden, or without a value.
            continue
        assert found.value not in {"", HIDDEN}
        assert found.is_equal, (str(each), found.value, found.rebuilt)
        names.add(each.measure)
        checked += 1
        if checked == 50:
            break
    assert checked == 50
    assert len(names) >= 8


@pytest.mark.slow
def test_the_headline_figures_have_addresses_and_a_changed_raw_file_is_noticed(city, again):
    raw, inputs = city
    data = report_data(inputs, raw, "DISHUB", Period.parse(PERIOD), "id")
    ikm = passport(inputs, raw, f"{PERIOD}/DISHUB/ikm", again=again)
    assert ikm.value == data.numbers.number(data.rows("satisfaction").frame["ikm"].iloc[0], 2)
    assert ikm.function == "asn_research.measure.satisfaction, satisfaction_by_unit"
    assert any("PermenPANRB 14/2017" in article for _, article in ikm.rules)
    feedback = next(each for each in ikm.sources if each.source == "citizen_feedback")
    assert feedback.n_files >= 1
    assert feedback.n_raw == feedback.n_kept + feedback.n_quarantined + feedback.n_excluded
    text = "\n".join(passport_lines(ikm, "id"))
    assert ikm.value in text
    assert "sama dengan yang tercetak" in text
    timely = passport(inputs, raw, f"{PERIOD}/CITY/within_standard_pct", again=again)
    assert timely.value.endswith("%")
    element = passport(inputs, raw, f"{PERIOD}/DISHUB/elements.index/facilities", again=again)
    assert dict(element.address.keys) == {"element": "facilities"}
    file = next(Path(raw, "skm").glob(f"*{PERIOD}*"))
    before = file.read_bytes()
    lines = before.decode().splitlines(keepends=True)
    try:
        # Half of the answers of the period are taken away, behind the back of the processed data.
        file.write_text("".join(lines[: len(lines) // 2]), encoding="utf-8")
        moved = passport(inputs, raw, f"{PERIOD}/CITY/respondents")
    finally:
        file.write_bytes(before)
    assert not moved.is_equal
    assert "TIDAK sama" in "\n".join(passport_lines(moved, "id"))


@pytest.mark.slow
def test_what_is_hidden_or_unknown_is_refused_in_words(city):
    raw, inputs = city
    _, hidden = shown(city, QUICK)
    assert hidden
    with pytest.raises(DisclosureError, match="not shown"):
        passport(inputs, raw, str(hidden[0]))
    with pytest.raises(RequestError, match=r"Near to it are: .*days_median"):
        passport(inputs, raw, f"{PERIOD}/DISHUB/day_median")
    with pytest.raises(RequestError, match="has several rows"):
        passport(inputs, raw, f"{PERIOD}/DISHUB/elements.index")
    with pytest.raises(RequestError, match="no figure's address"):
        passport(inputs, raw, "DISHUB")


def test_every_measure_says_how_it_is_made():
    from importlib import import_module

    from asn_research.schema import declared_tables

    declared = {name for kind, name in declared_tables() if kind == "measure"}
    assert set(makings()) == declared
    for made in makings().values():
        module, name = made.function.split(":")
        assert callable(getattr(import_module(f"asn_research.{module}"), name)), made.function
    import asn_research.rules.regulations as rules
    import asn_research.rules.regulations_staff as staff

    for made in makings().values():
        assert all(hasattr(rules, each) or hasattr(staff, each) for each in made.rules), made.table


def test_the_headlines_of_the_pages_have_names():
    from asn_research.show.sections.movement import HEADLINES

    for headline in HEADLINES:
        named = figure_names()[headline.key]
        assert named.table == headline.measure
        assert named.decimals == headline.decimals
        assert dict(named.keys) == dict(headline.where)
