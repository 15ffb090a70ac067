"""A small city for the tests of sheets, and the people in its register."""

import openpyxl

from asn_research.clean import clean_folder
from asn_research.clean.privacy.identity import Pseudonyms, load_key
from asn_research.measured import open_measures
from asn_research.simulate import simulate_city

REGISTER = "pegawai/Daftar_Pegawai.xlsx"


def make_city(home, *, employees=80, quarters=3, seed=3):
    """Simulate, clean and measure a city in a folder."""
    simulate_city(home / "raw", seed=seed, employees=employees, quarters=quarters)
    clean_folder(home / "raw", home / "processed")
    open_measures(home / "processed")
    (home / "reports").mkdir()
    return home


def people_in(raw):
    """Return number and name of everybody in the raw register, by pseudonym."""
    pseudonym = Pseudonyms(load_key(None, may_make=False)[0])
    page = openpyxl.load_workbook(raw / REGISTER).worksheets[0]
    rows = [[str(cell or "") for cell in row] for row in page.iter_rows(values_only=True)]
    return {
        pseudonym.person(row[1]): (row[1], row[2]) for row in rows if len(row[1]) == 18 and row[1].isdigit()
    }
