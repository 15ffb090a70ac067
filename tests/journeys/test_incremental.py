"""After any change, a run that makes only what is outdated leaves what a run from nothing leaves.

One city lives through all changes, one after the other, as it would in an office. After each change it is
run again, and beside it a second city is made from nothing; every edition, table and measure is compared
byte by byte. Package, rules and templates are a copy, so that they can be changed too.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from origins import origins

from asn_research.clean import open_processed
from asn_research.rules.codebooks import SOURCES

pytestmark = pytest.mark.longest

ROOT = Path(__file__).parents[2]
KEY = "a key for tests only, of nobody's data"
COPIED = ("asn_research", "notebooks/templates")
#: Not compared: they tell of a run, or of all reports that there are, not of the data.
OF_A_RUN = ("status.", "index", "zip", ".records", ".lock", ".log", ".memory")


class City:
    """A city's folders, and the copy of the toolkit that makes its reports."""

    def __init__(self, home):
        self.home, self.raw = home, home / "data" / "raw"
        self.code = home / "toolkit"
        self.processed, self.reports = home / "data" / "processed", home / "reports"
        self.options, self.key = {"--period": "latest", "--lang": "id"}, KEY
        self.extra = []

    def call(self, *words):
        env = {**os.environ, "ASN_RESEARCH_KEY": self.key, "PYTHONPATH": str(self.code), "MPLBACKEND": "Agg"}
        done = subprocess.run([sys.executable, "-m", "asn_research", *map(str, words)], cwd=self.home, env=env,
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, processed=None, reports=None):
        options = [word for pair in self.options.items() for word in pair]
        options += ["--grid", self.home / "grid.csv"]
        return self.call("run", "--raw", self.raw, "--processed", processed or self.processed, "--reports",
                         reports or self.reports, "--explain", *options, *self.extra)  # fmt: skip

    def from_nothing(self):
        """Make the reports anew in folders of their own, and return both."""
        processed, reports = self.home / "new" / "processed", self.home / "new" / "reports"
        shutil.rmtree(self.home / "new", ignore_errors=True)
        self.run(processed, reports)
        return processed, reports

    def file_of(self, source, *, last=True):
        """Return the raw file and the sheet of a kept row, and the row's number."""
        processed = open_processed(self.processed)
        places = sorted(
            origins(self.raw, processed.table(source)["row_id"]).values(), key=lambda one: one.row
        )
        place = places[-1 if last else 0]
        return self.raw / place.file, place.sheet, place.row


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(OF_A_RUN) for part in path.relative_to(folder).parts)
    }


#: From nothing there is no older key to link to; both lists name the table of links.
OF_AN_OLDER_KEY = ("key_links", "manifest.json", "measures/manifest.json")


def tables_of(folder, change):
    left_out = OF_AN_OLDER_KEY if change is the_key else ()
    return {name: held for name, held in content(folder).items() if not name.startswith(left_out)}


def reports_of(city, reports):
    """Return the editions of the asked-for period and language, and the pages about them."""
    found = content(reports)
    wanted = set(content(city.home / "new" / "reports"))
    return {name: held for name, held in found.items() if name in wanted}


# ---------------------------------------------------------------- changes


def a_row_fewer(source):
    def change(city):
        path, sheet, row = city.file_of(source)
        if path.suffix == ".csv":
            lines = path.read_bytes().splitlines(keepends=True)
            path.write_bytes(b"".join(lines[: row - 1] + lines[row:]))
        else:
            book = openpyxl.load_workbook(path)
            book[sheet].delete_rows(row)
            book.save(path)

    change.__name__ = f"a row fewer of {source}"
    return change


def a_file_added(city):
    head = "Tanggal;Unit Kerja;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
    rows = [f"{day:02}/08/2026;Dinas Perhubungan;4;3;4;3;4;3;4;3;{1 + day % 4}" for day in range(1, 25)]
    (city.raw / "skm" / "tambahan.csv").write_text("\n".join(["DATA SIMULASI", "", head, *rows]) + "\n")


def a_file_renamed(city):
    (city.raw / "skm" / "tambahan.csv").rename(city.raw / "skm" / "tambahan baru.csv")


def a_file_deleted(city):
    (city.raw / "skm" / "tambahan baru.csv").unlink()


def an_organisation_file_added(city):
    columns = ["Organisation", "Engagement index", "My work", "Organisational objectives and purpose", "My manager",
               "My team", "Learning and development", "Inclusion and fair treatment", "Resources and workload",
               "Pay and benefits", "Leadership and managing change", "Year"]  # fmt: skip
    rows = [f"Office {letter}," + ",".join(["60"] * 10) + ",2019" for letter in "ABCD"]
    (city.raw / "organisation_scores_2019.csv").write_text(
        "\n".join(["DATA SIMULASI", "", ",".join(columns), *rows]) + "\n"
    )


def a_correction(city):
    processed = open_processed(city.processed)
    row = sorted(processed.table("complaints")["row_id"])[0]
    (city.raw / "corrections.yaml").write_text(
        f"corrections:\n  - source: complaints\n    where: {{row_id: '{row}'}}\n    exclude: true\n    reason: Uji coba\n"
    )


def a_unit_decision(city):
    review = pd.read_csv(city.raw / "_perbaikan" / "unit_names.csv")
    spelling = review.loc[review["keputusan"].isna(), "ejaan"].iloc[0]
    (city.raw / "unit_names.csv").write_text(f"spelling,decision\n{spelling},DISHUB\n", encoding="utf-8")


def margins(city):
    (city.raw / "margins.csv").write_text(
        "unit_id,variable,category,population_n,source\n,sex,f,600,register\n,sex,m,200,register\n"
    )


def a_rule(city):
    place = next((city.code / "asn_research" / "rules" / "regulations").glob("*disclosure*.yaml"), None)
    if place is None:
        place = next(
            path
            for path in (city.code / "asn_research" / "rules" / "regulations").glob("*.yaml")
            if "smallest_cell" in path.read_text()
        )
    text = place.read_text()
    assert "smallest_cell: 5" in text
    place.write_text(text.replace("smallest_cell: 5", "smallest_cell: 6"))


def words(city):
    place = city.code / "asn_research" / "rules" / "words.csv"
    old = "Laporan Pelaksanaan Survei Kepuasan Masyarakat (SKM),"
    assert old in place.read_text()
    place.write_text(place.read_text().replace(old, "Laporan Survei Kepuasan Masyarakat (SKM),", 1))


def a_template(city):
    place = city.code / "notebooks" / "templates" / "dinas_public.ipynb"
    notebook = json.loads(place.read_text())
    cells = [
        cell
        for cell in notebook["cells"]
        if "".join(cell["source"]).strip() == "sections.performance(report)"
    ]
    assert cells
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in cells]
    place.write_text(json.dumps(notebook))


def a_function_of_the_package(city):
    place = city.code / "asn_research" / "measure" / "service_time.py"
    place.write_text(place.read_text() + "\n_CHANGED = True\n")
    place = city.code / "asn_research" / "rules" / "words.py"
    text = place.read_text()
    assert 'HIDDEN = "•"' in text
    place.write_text(text.replace('HIDDEN = "•"', 'HIDDEN = "*"'))


def the_language(city):
    city.options["--lang"] = "en"


def the_period(city):
    city.options["--period"] = "2026-Q2"


def the_key(city):
    # A correction names a row by its key, which the new key makes another.
    (city.raw / "corrections.yaml").unlink(missing_ok=True)
    place = city.home / "old.key"
    place.write_text(city.key)
    place.chmod(0o600)
    city.key = "another key for tests only, of nobody's data"
    city.extra = ["--old-key-file", place]


def nothing(_):
    pass


CHANGES = [
    nothing,
    an_organisation_file_added,
    *map(a_row_fewer, SOURCES),
    a_file_added,
    a_file_renamed,
    a_file_deleted,
    a_correction,
    a_unit_decision,
    margins,
    the_language,
    the_period,
    a_rule,
    words,
    a_template,
    a_function_of_the_package,
    the_key,
]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    home = tmp_path_factory.mktemp("incremental")
    made = City(home)
    for name in COPIED:
        shutil.copytree(ROOT / name, made.code / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", made.code)
    made.call("simulate", "--out", made.raw, "--employees", 120, "--quarters", 3, "--seed", 3)
    # Two units, the city and the quality of its data, for both audiences: each kind of report there is.
    (home / "grid.csv").write_text("unit\nDISHUB\nKEC-SEL\nCITY\nQUALITY\n")
    made.run()
    return made


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.replace("_", " "))
def test_incremental_equals_from_nothing(city, change):
    before = content(city.processed), content(city.reports)
    change(city)
    told = city.run()
    processed, reports = city.from_nothing()
    tables, new = (tables_of(folder, change) for folder in (city.processed, processed))
    assert tables == new
    made = reports_of(city, city.reports)
    fresh = content(reports)
    assert made.keys() == fresh.keys()
    different = [name for name in fresh if made[name] != fresh[name]]
    assert not different, different
    after = content(city.processed), content(city.reports)
    if change in (nothing, a_file_renamed):
        assert {n: h for n, h in after[1].items() if not n.endswith("index.html")} == {
            n: h for n, h in before[1].items() if not n.endswith("index.html")}  # fmt: skip
        assert change is not nothing or "made," not in told
    else:
        # A change that changes nothing would prove nothing.
        assert after != before
