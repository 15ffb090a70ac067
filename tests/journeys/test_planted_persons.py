"""People planted in every place of an office's files, each in a disguise of its own: no byte that is made tells of one.

What is looked for here is told by this file alone, and not by the package's own scan: digits of every script one
after the other, and the letters of invented names, whatever stands between them.
"""

import html
import io
import os
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from itertools import count

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from pypdf import PdfReader

from asn_research.clean import open_processed
from asn_research.simulate import simulate_city

#: Four reports in four formats, and a city of its own.
pytestmark = pytest.mark.slow
KEY = "a key for tests only, of nobody's data"
GRID = "unit;language\nDISHUB;id\nDISHUB;en\nCITY;id\nQUALITY;id\n"
SIMULATED = "DATA SIMULASI"
ARABIC, WIDE = (str.maketrans("0123456789", digits) for digits in ("٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"))

# ---------------------------------------------------------------- people, and how they are written

#: A part that all numbers of a kind have.
_PART_OF = {
    "nip": "199003",
    "nik": "617101690280",
    "phone": "81273",
    "home": "561731",
    "plate": "kb1",
    "mail": "zulkat",
}
_BEGIN = ("Wulan", "Gemar", "Tirsa", "Zulka", "Narwi")


class People:
    """Invents people, no two alike, and remembers what must not be found."""

    def __init__(self):
        #: What must not be found, by a part of it that is looked for first.
        self.secrets, self._next = defaultdict(set), count()
        #: In a column of names; who is not is known by the words beside the name alone.
        self.registered = []

    def number(self, kind):
        at = next(self._next)
        made = {
            "nip": f"{date(1960, 1, 1) + timedelta(days=at):%Y%m%d}199003{1 + at % 2}101",
            "nik": f"617101690280{1000 + at:04d}",
            "phone": f"0812{73000000 + 9 * at}",
            "home": f"(0561) {731000 + at}",
            "plate": f"KB {1200 + at} X{chr(65 + at % 26)}",
            "mail": f"zulkat{at}q@contoh.go.id",
        }[kind]
        self.secrets[_PART_OF[kind]].add(squeezed(made.partition("@")[0]).removeprefix("0"))
        return made

    def name(self, *, is_registered=True):
        at = next(self._next)
        begin = _BEGIN[at % 5]
        words = [begin + _letters(at), begin + _letters(at + 7000)]
        self.secrets[begin.casefold()] |= {word.casefold() for word in words}
        if is_registered:
            self.registered.append(" ".join(words))
        return " ".join(words)


def _letters(at):
    return "".join("bdgklmnprs"[int(digit)] + "aeiou"[int(digit) % 5] for digit in str(at))


def squeezed(text):
    """Return the letters and digits of a text, one after the other, whatever script its digits are of."""
    shown = unicodedata.normalize("NFKD", html.unescape(str(text))).casefold()
    return shown.translate({ord(sign): plain_sign(sign) for sign in set(shown)})


def plain_sign(sign):
    sign = "a" if sign == "а" else str(unicodedata.decimal(sign, sign))
    return sign if sign.isalnum() else ""


def groups(text, *sizes, by=" "):
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return by.join([*parts, text[at:]] if text[at:] else parts)


NUMBERS = {
    "nip": [
        lambda n: n, lambda n: groups(n, 8, 6, 1, by="."), lambda n: groups(n, 8, 6, 1, by="-"), lambda n: groups(n, 4, 4, 4, 4),
        lambda n: f"NIP{n}x", lambda n: groups(n, 8, 6, 1, by="_"), lambda n: n.translate(WIDE), lambda n: n.translate(ARABIC),
        "\u200b".join, " ".join, lambda n: groups(n, 8, 6, 1, by="/"), lambda n: groups(n, 8, 6, 1, by="\u2013"), lambda n: f"no{n}/ok",
        lambda n: n.replace("0", "O"), lambda n: groups(n, 3, 3, 3, 3, 3), lambda n: groups(n, 6, 6, 6, by="  "), "\u00ad".join,
        lambda n: groups(n, 8, 6, 1, by=" . "), lambda n: f"'{n}'", lambda n: f"{n}.0",
    ],
    "nik": [
        lambda n: n, lambda n: groups(n, 4, 4, 4), lambda n: groups(n, 6, 6, by="."), "-".join, lambda n: n.translate(ARABIC),
        lambda n: n.translate(WIDE), lambda n: f"NIK_{n}_", lambda n: groups(n, 6, 6, by="-"), "\u2060".join, lambda n: groups(n, 2, 2, 2, 6),
    ],
    "phone": [
        lambda n: n, lambda n: groups(n, 4, 4, by="-"), lambda n: "+62 " + groups(n[1:], 3, 4), lambda n: "+62" + n[1:], lambda n: "62" + n[1:],
        lambda n: n.translate(WIDE), " ".join, lambda n: f"HP:{n}", lambda n: f"WA{n}", lambda n: groups(n, 4, 4, by="."),
        lambda n: f"(+62) {n[1:]}", lambda n: "0062" + n[1:],
    ],
    "home": [lambda n: f"Telp. {n}", lambda n: n.replace("(0561) ", "0561-"), lambda n: n.replace("(0561) ", "+62 561 ")],
    "plate": [
        lambda n: n, lambda n: n.replace(" ", ""), lambda n: n.replace(" ", "-"), str.lower, lambda n: n.replace(" ", "_"),
        lambda n: n.replace(" ", "."), lambda n: n.translate(WIDE),
    ],
    "mail": [
        lambda n: n, lambda n: n.replace("@", " @ "), lambda n: n.replace("@", " [at] ").replace(".", " [dot] "),
        lambda n: n.replace("@", "＠"), str.upper, lambda n: n.replace("@", "(at)"), lambda n: n.replace(".", " . "),
    ],
}  # fmt: skip
NAMES = [
    lambda n: n, str.lower, str.upper, lambda n: f"dr. {n}, S.Kep.", lambda n: ", ".join(n.split()[::-1]), lambda n: n.replace(" ", ""),
    lambda n: n.replace(" ", "_"), lambda n: n.replace(" ", "."), lambda n: f"a.n. {n}", "\u200b".join, lambda n: "  ".join(map(" ".join, n.split())),
    lambda n: n.replace("a", "а"), lambda n: f"Drs. H. {n} MM", lambda n: f"{n}NIP", lambda n: n.replace(" ", "\u00a0"),
    lambda n: n.translate(str.maketrans("aeu", "áéú")), lambda n: n.replace(" ", "-"), lambda n: n.replace(" ", "/"),
]  # fmt: skip


def plants(people):
    """Yield each kind of number and name once in each of its disguises."""
    for kind, disguises in NUMBERS.items():
        for disguise in disguises:
            yield disguise(people.number(kind))
    for disguise in NAMES:
        yield disguise(people.name())


def someone(people):
    return f"{people.name()} NIP {people.number('nip')}"


# ---------------------------------------------------------------- files of offices


def write(place, lines):
    place.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        [str(cell).replace("\n", " ").replace(";", ",") for cell in line]
        for line in [[SIMULATED], [], *lines]
    ]
    place.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")


def programmes(raw, people):
    head = ["Perangkat Daerah", "Program/Kegiatan", "Triwulan", "Target", "Realisasi", "Satuan"]
    rows = [
        ["Dinas Perhubungan", f"Kegiatan {text} {n}", "TW III 2026", 10, 9, "orang"]
        for n, text in enumerate(plants(people))
    ]
    rows += [
        ["Dinas Perhubungan", f"Kegiatan ke{n}", "TW III 2026", 10, 9, text]
        for n, text in enumerate(plants(people))
    ]
    write(raw / "program" / "tambahan.csv", [head, *rows])
    return 2 * len(list(plants(People())))


def complaints(raw, people):
    head = [
        "No. Laporan",
        "Isi Laporan",
        "Unit Kerja",
        "Kategori",
        "Tanggal Terima",
        "Tanggal Jawab",
        "Keterangan",
    ]
    usual = ["LP", "isi", "Dinas Perhubungan", "Pelayanan", "01/07/2026", "02/07/2026", ""]
    rows = []
    for place in range(len(head)):
        for text in plants(people):
            row = [*usual]
            row[0] = f"LP-9{len(rows)}"
            row[place] = f"{text} {len(rows)}" if place == 0 else text
            rows.append(row)
    write(raw / "pengaduan" / f"aduan {people.name()} {people.number('nip')}.csv", [head, *rows])


def survey(raw, people):
    head = ["Tanggal", "Unit Layanan", "Jenis Layanan", "Jenis Kelamin", "Usia", "Pendidikan", "Pekerjaan",
            *(f"U{n}" for n in range(1, 8)), "Penanganan Pengaduan", "Sarana dan Prasarana", "Saran", "No. HP", f"Catatan {people.name()}"]  # fmt: skip
    usual = ["05/07/2026", "Dinas Perhubungan", "", "L", "41", "S1", "Petani", *"333333333", "", "", ""]
    rows = [[*usual] for _ in range(20)]
    for place in range(len(head)):
        for text in list(plants(people))[:: 4 if 7 <= place < 16 else 1]:
            row = [*usual]
            row[place] = text
            rows.append(row)
    write(raw / f"skm {people.number('phone')}" / "tambahan.csv", [head, *rows])


def staff(raw, people):
    """Add a workbook whose every corner tells of somebody, and put all registered names into its column of names."""
    place = raw / "pegawai" / f"Daftar {people.name().replace(' ', '_')}.xlsx"
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.title = someone(people), someone(people)
    page = book.active
    page.title = people.name()
    page.append([f"Disusun oleh {someone(people)}"])
    page.append([SIMULATED])
    page.append(
        ["NIP", "Nama", "Unit Kerja", "Jenis Kelamin", "Golongan", "Pendidikan", f"Cat. {people.name()}"]
    )
    page["A3"].comment = Comment(someone(people), someone(people))
    hidden = book.create_sheet(people.name())
    hidden.append([someone(people)])
    hidden.sheet_state = "hidden"
    texts = list(plants(people))
    # Names of all files stand in one register, which is read before anything is written.
    for n, name in enumerate(people.registered):
        odd = texts[n % len(texts)]
        page.append(
            [
                people.number("nip"),
                name,
                odd if n % 9 == 1 else "Dinas Perhubungan",
                "L",
                "III/a",
                odd if n % 9 == 2 else "S1",
                odd,
            ]
        )
    page.append([None, None, f"Mengetahui, {people.registered[0]} NIP {people.number('nip')}"])
    place.parent.mkdir(exist_ok=True)
    book.save(place)


def settings(raw, people):
    """Write what a person decides beside the exports."""
    (raw / "corrections.yaml").write_text(
        "corrections:\n  - source: programmes\n    where: {programme: Kegiatan ke1}\n    set: {output_unit: '"
        f"{someone(people)}'}}\n    reason: Surat {someone(people)}\n  - source: programmes\n    where: {{programme: Kegiatan ke2}}\n"
        f"    exclude: true\n    reason: menurut {people.number('mail')}\n",
        encoding="utf-8",
    )
    (raw / "margins.csv").write_text(
        f"unit_id,variable,category,population_n,source\nDISHUB,sex,f,600,{someone(people)}\nDISHUB,sex,m,200,{people.number('phone')}\n", encoding="utf-8",
    )  # fmt: skip
    spelt = someone(people)
    (raw / "unit_names.csv").write_text(f"spelling,decision\n{spelt},DISHUB\n", encoding="utf-8")
    left_out = f"{people.name()}.csv"
    (raw / left_out).write_text("bukan data\n")
    (raw / "abaikan.txt").write_text(left_out + "\n", encoding="utf-8")
    (raw / f"rusak {people.name()} {people.number('nik')}.xlsx").write_bytes(b"PK\x03\x04" + b"x" * 99)


class Planted:
    """A small city in whose files people are planted, and what one run made of it."""

    def __init__(self, home):
        self.home, self.people = home, People()
        raw = home / "raw"
        simulate_city(raw, seed=3, employees=120, quarters=2)
        self.n_programmes = programmes(raw, self.people)
        for add in (complaints, survey, settings, staff):
            add(raw, self.people)
        (home / "grid.csv").write_text(GRID)
        env = {**os.environ, "ASN_RESEARCH_KEY": KEY, "MPLBACKEND": "Agg"}
        command = "run --raw raw --processed processed --reports reports --jobs 2 --verbose --grid grid.csv"
        self.done = subprocess.run(
            [sys.executable, "-m", "asn_research", *command.split()], cwd=home, env=env, capture_output=True, text=True, check=False
        )  # fmt: skip


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return Planted(tmp_path_factory.mktemp("planted"))


# ---------------------------------------------------------------- every byte of what was made


_NO_LETTERS = bytes(byte for byte in range(256) if not chr(byte).isalnum() or byte > 127)


def texts_in(name, content):
    """Yield all that a file says, however it is packed."""
    # Of any coding of letters and digits, these are left.
    yield content.translate(None, _NO_LETTERS).decode("ascii")
    if name.endswith(".parquet"):
        table = pd.read_parquet(io.BytesIO(content))
        for column in table:
            yield "\n".join([str(column), *map(str, table[column].astype("str").unique())])
    elif name.endswith(".pdf"):
        reader = PdfReader(io.BytesIO(content))
        yield from (page.extract_text() for page in reader.pages)
        yield str(reader.metadata) + str(reader.outline)
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                yield inner
                yield from texts_in(inner, archive.read(inner))
    else:
        with suppress(UnicodeDecodeError):
            text = content.decode()
            yield text
            # Words that tags part.
            yield re.sub(r"<[^>]*>", "", text)


def told_in(people, texts):
    """Return how many of the planted people any text tells of."""
    said = {squeezed(text) for text in texts}
    said |= {text.replace("o", "0") for text in said}
    return sum(
        each in text
        for text in said
        for part, secrets in people.secrets.items()
        if part in text
        for each in secrets
    )


@pytest.mark.parametrize("folder", ["processed", "reports"])
def test_no_planted_person_is_in_any_byte(planted, folder):
    files = [path for path in (planted.home / folder).rglob("*") if path.is_file()]
    assert sum(map(len, planted.people.secrets.values())) > 700
    telling = {
        path.relative_to(planted.home).as_posix(): n
        for path in files
        if (n := told_in(planted.people, texts_in(path.name, path.read_bytes())))
        or (n := told_in(planted.people, [path.name]))
    }
    assert telling == {}
    assert len(files) > 20


def test_no_planted_person_is_told_on_the_terminal_or_in_the_log(planted):
    (log,) = (planted.home / "reports" / ".log").glob("*-run-*.log")
    for name, text in (
        ("stdout", planted.done.stdout),
        ("stderr", planted.done.stderr),
        ("log", log.read_text("utf-8")),
    ):
        assert [line for line in text.splitlines() if told_in(planted.people, [line])] == [], name
    assert "baris masuk" in planted.done.stdout


def test_the_reports_are_made_all_the_same(planted):
    # 21: the damaged file and what is no data were left out.
    assert planted.done.returncode == 21, planted.done.stderr[-2000:]
    made = {path.name for path in (planted.home / "reports").rglob("*.*")}
    for report in ("DISHUB-2026-Q3-id", "DISHUB-2026-Q3-en", "CITY-2026-Q3-id", "QUALITY-2026-Q3-id"):
        assert {f"{report}.{edition}" for edition in ("html", "docx", "xlsx", "pdf")} <= made


def test_nothing_is_lost_for_being_withheld(planted):
    processed = open_processed(planted.home / "processed")
    exits = processed.exits()
    assert (exits["n_raw"] == exits["n_kept"] + exits["n_quarantined"] + exits["n_excluded"]).all()
    own = processed.table("programmes").query("unit_id == 'DISHUB'")["programme"]
    assert len(own) >= planted.n_programmes - 1
    assert own.str.contains("tidak ditampilkan").sum() == planted.n_programmes // 2


def test_what_is_looked_for_would_be_found():
    """The search of this file finds each disguise in each kind of edition."""
    people = People()
    for text in plants(people):
        stored = io.BytesIO()
        book = openpyxl.Workbook()
        book.active.append([text])
        book.save(stored)
        assert told_in(people, texts_in("a.xlsx", stored.getvalue())), ascii(text)
