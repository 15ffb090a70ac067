"""A city's register holds together: ids that may name folders, no circles, nothing that is lost or unused."""

import shutil

import pytest

from asn_research.errors import RuleError
from asn_research.rules.cities import CITIES, DEFAULT_CITY, City, city_of_folder, load_city, load_margins

HEAD = "unit_id,name,short_name,kind,parent_id,has_report,valid_from,valid_to,successor_id\n"
SERVICES = "service_id,offered_by,name_indonesian,name_english,standard_days,standard_queue_minutes,request_share,is_free\n"


@pytest.fixture
def folder(tmp_path):
    shutil.copy(CITIES / DEFAULT_CITY / "city.yaml", tmp_path)
    (tmp_path / "services.csv").write_text(SERVICES)
    return tmp_path


def city_with(folder, *rows):
    (folder / "units.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return city_of_folder(folder)


def unit(unit_id, parent="", has_report="yes", start="2010-01-01", end="", successor=""):
    return f"{unit_id},Dinas {unit_id},{unit_id},dinas,{parent},{has_report},{start},{end},{successor}"


@pytest.mark.parametrize(
    "unit_id",
    ["/any/place", "../../EVIL", "a", "A B", "A\tB", "A/B", "A\\B", ".", "-A", "CON", "NUL", "COM1", "CITY", "QUALITY", "ALL", "A" * 61, "Ä"],
)  # fmt: skip
def test_an_id_that_may_not_name_a_folder_is_refused(folder, unit_id):
    with pytest.raises(RuleError, match=r"units\.csv, row 2 .*`unit_id`"):
        city_with(folder, unit(unit_id))


@pytest.mark.parametrize("service_id", ["../x", "a b", "", "a/b", "_x", "x" * 61])
def test_a_services_id_is_plain(folder, service_id):
    (folder / "services.csv").write_text(SERVICES + f"{service_id},DISHUB,Izin,Licence,1,30,1,yes\n")
    with pytest.raises(RuleError, match=r"services\.csv, row 2 .*`service_id`"):
        city_with(folder, unit("DISHUB"))


def test_a_services_table_with_the_headings_before_is_read(folder):
    before = SERVICES.replace("name_indonesian,name_english", "name_id,name_en")
    (folder / "services.csv").write_text(before + "izin,DISHUB,Izin,Licence,1,30,1,yes\n")
    service = city_with(folder, unit("DISHUB")).services["izin"]
    assert (service.name("id"), service.name("en")) == ("Izin", "Licence")


@pytest.mark.parametrize(
    ("rows", "circle"),
    [
        ([unit("A", "A", "no")], "A → A"),
        ([unit("A", "B", "no"), unit("B", "A", "no")], "A → B → A"),
        ([unit("TOP"), unit("X", "B", "no"), unit("B", "C", "no"), unit("C", "B")], "B → C → B"),
    ],
)
def test_units_that_are_each_others_parents_are_refused(folder, rows, circle):
    with pytest.raises(RuleError, match=circle):
        city_with(folder, *rows)


def test_a_long_line_of_parents_is_no_circle(folder):
    rows = [unit(f"U{k}", f"U{k + 1}" if k < 60 else "", "no" if k < 60 else "yes") for k in range(61)]
    assert city_with(folder, *rows).reporting_unit_id("U0") == "U60"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([unit("A"), unit("A")], r"units\.csv, row 3: unit_id A stands twice, in row 2 too"),
        ([unit("A", successor="B")], "A names the successor B, which is not in the register"),
        ([unit("A", start="2020-01-01", end="2019-01-01")], "`valid_to` is a day before"),
        ([unit("A", start="20200101")], "year-month-day"),
        ([unit("A", start="02/03/2020")], "may be day/month or month/day"),
        ([unit("A", start="13/03/2020"), unit("B", start="03/13/2020")], "may be day/month or month/day"),
    ],
)
def test_a_register_that_does_not_hold_together_is_refused(folder, rows, said):
    with pytest.raises(RuleError, match=said):
        city_with(folder, *rows)


@pytest.mark.parametrize(
    ("days", "read"),
    [
        (["01/01/2017", "31/12/2020", "02/03/2021"], ["2017-01-01", "2020-12-31", "2021-03-02"]),
        (["1/1/2017", "12/31/2020", "2/3/2021"], ["2017-01-01", "2020-12-31", "2021-02-03"]),
        (["01.01.2017", "2020-12-31", "5-5-2021"], ["2017-01-01", "2020-12-31", "2021-05-05"]),
    ],
)
def test_days_that_excel_rewrote_are_read_where_one_tells_their_order(folder, days, read):
    city = city_with(folder, *(unit(f"U{k}", start=day) for k, day in enumerate(days)))
    assert [u.valid_from.isoformat() for u in city.units.values()] == read


def test_a_service_of_nobody_is_refused(folder):
    (folder / "services.csv").write_text(SERVICES + "izin,DISHUP,Izin,Licence,1,30,1,yes\n")
    with pytest.raises(RuleError, match="izin is offered by DISHUP, which is not in the register"):
        city_with(folder, unit("DISHUB"))


@pytest.mark.parametrize(("text", "value"), [("1,5", 1.5), ("1.5", 1.5), ("12,25", 12.25)])
def test_a_decimal_comma_is_read(folder, text, value):
    rows = SERVICES.replace(",", ";") + f"izin;DISHUB;Izin;Licence;{text};30;1;yes\n"
    (folder / "services.csv").write_text(rows)
    assert city_with(folder, unit("DISHUB")).services["izin"].standard_days == value


@pytest.mark.parametrize("text", ["1,500", "nan", "inf", "1,5,5"])
def test_a_number_that_may_mean_two_things_is_refused(folder, text):
    rows = SERVICES.replace(",", ";") + f"izin;DISHUB;Izin;Licence;{text};30;1;yes\n"
    (folder / "services.csv").write_text(rows)
    with pytest.raises(RuleError, match="`standard_days`"):
        city_with(folder, unit("DISHUB"))


def test_margins_of_a_unit_that_there_is_not_are_refused(folder):
    city = city_with(folder, unit("DISHUB"))
    head = "unit_id,variable,category,population_n,source\n"
    (folder / "margins.csv").write_text(head + "DISHUP,sex,f,3,x\n")
    with pytest.raises(RuleError, match="no unit DISHUP"):
        City(city.facts, city.units, city.services, load_margins(folder / "margins.csv"))
    (folder / "margins.csv").write_text(head + "CITY,sex,f,3,x\nCITY,sex,f,4,x\n")
    with pytest.raises(RuleError, match=r"row 3: .*stands twice"):
        load_margins(folder / "margins.csv")


def test_an_edited_register_is_read_anew_in_the_same_process(folder):
    assert set(city_with(folder, unit("A")).units) == {"A"}
    assert set(city_with(folder, unit("A"), unit("B")).units) == {"A", "B"}
    (folder / "units.csv").write_text(HEAD + unit("C") + "\n")
    assert set(load_city(folder=folder).units) == {"C"}


def test_days_and_services_count_without_a_register(tmp_path):
    (tmp_path / "working_days.csv").write_text(
        "date;is_working;reason;source\n2026-10-23;no;Hari jadi;Perwali\n"
    )
    (tmp_path / "services.csv").write_text(SERVICES + "izin,DISHUB,Izin,Licence,1,30,1,yes\n")
    city = city_of_folder(tmp_path)
    assert [day.date.isoformat() for day in city.facts.day_overrides] == ["2026-10-23"]
    assert list(city.services) == ["izin"]
    assert city.units == load_city().units
    assert load_city().services.keys() != city.services.keys()


def test_a_citys_name_alone_is_refused(tmp_path):
    shutil.copy(CITIES / DEFAULT_CITY / "city.yaml", tmp_path)
    with pytest.raises(RuleError, match=r"city\.yaml stands there without units\.csv"):
        city_of_folder(tmp_path)
