"""Cleaning at size: 5 million SKM rows (csv) and 100,000 appraisals (xlsx), beside two peers.

Each contestant runs in a process of its own, so that its peak of memory is its own too. Peer (a) is
the bare parse of the same file and a Parquet write, with no cleaning at all; peer (b) is the checks as
they are commonly written: read, then look at each row in Python.
"""

import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import xlsxwriter
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from asn_research.clean import clean_folder

N_FORMS, N_APPRAISALS = 5_000_000, 100_000
UNITS = ["Dinas Perhubungan", "DISHUB", "Dinas Kesehatan", "Disdukcapil", "Kecamatan Pontianak Selatan",
         "Dinas Pendidikan dan Kebudayaan", "Dinas Perhubugan"]  # fmt: skip
ELEMENTS = [
    "Persyaratan",
    "Prosedur",
    "Waktu",
    "Biaya",
    "Produk",
    "Kompetensi",
    "Perilaku",
    "Pengaduan",
    "Sarana",
]
RATINGS = ["Di Atas Ekspektasi", "Sesuai Ekspektasi", "Di Bawah Ekspektasi"]


def write_forms(place, n):
    rng = np.random.default_rng(1)
    days = [f"{d:02d}/{m:02d}/2026" for m in (7, 8, 9) for d in range(1, 29)] + ["31/02/2026"]
    columns = {
        "No": np.arange(1, n + 1),
        # One date in a thousand cannot be.
        "Tanggal": np.array(days)[
            np.where(rng.random(n) < 0.001, len(days) - 1, rng.integers(0, len(days) - 1, n))
        ],
        "Unit Layanan": np.array(UNITS)[rng.choice(7, n, p=[0.2, 0.2, 0.2, 0.2, 0.1, 0.095, 0.005])],
        "Jenis Kelamin": np.array(["L", "P"])[rng.integers(0, 2, n)],
        "Umur": rng.integers(15, 80, n),
        "Pendidikan": np.array(["SD", "SMP", "SMA", "S1", "S2"])[rng.integers(0, 5, n)],
        "Pekerjaan": np.array(["PNS", "Swasta", "Wiraswasta", "Pelajar/Mahasiswa"])[rng.integers(0, 4, n)],
    }
    answers = np.array(["1", "2", "3", "4", "5", "-"])
    for element in ELEMENTS:
        columns[element] = answers[rng.choice(6, n, p=[0.02, 0.1, 0.5, 0.37, 0.001, 0.009])]
    pacsv.write_csv(pa.table(columns), place, pacsv.WriteOptions(delimiter=";", quoting_style="none"))


def write_appraisals(place, n):
    rng = np.random.default_rng(2)
    book = xlsxwriter.Workbook(str(place), {"constant_memory": True})
    page = book.add_worksheet("Rekap")
    page.write_row(0, 0, ["PEMERINTAH KOTA PONTIANAK"])
    page.write_row(1, 0, ["Periode : Triwulan III 2026"])
    page.write_row(3, 0, ["No", "NIP", "Nama", "Unit Kerja", "NIP Penilai", "Disiplin", "Kualitas Pelayanan",
                          "Capaian Output (%)", "Rating Hasil Kerja", "Rating Perilaku", "Predikat"])  # fmt: skip
    for row in range(n):
        born = date(1970 + row % 30, 1 + row % 12, 1 + row % 28)
        nip = f"{born:%Y%m%d}{born.year + 22}03{1 + row % 2}{row // 360 % 999 + 1:03d}"
        results, behaviour = rng.integers(0, 3, 2)
        page.write_row(4 + row, 0, [row + 1, nip, f"Pegawai {row}", UNITS[row % 6], nip[:15] + "001", int(rng.integers(50, 100)),
                                    int(rng.integers(50, 100)), float(rng.integers(600, 1100)) / 10, RATINGS[results],
                                    RATINGS[behaviour], "Baik"])  # fmt: skip
    book.close()


def ours(raw, out):
    os.environ.setdefault("ASN_RESEARCH_KEY", "a key for benchmarks only")
    clean_folder(raw, out)


def bare(raw, out):
    """Parse and store, nothing else."""
    out.mkdir(parents=True)
    for place in filter(Path.is_file, raw.iterdir()):
        if place.suffix == ".csv":
            table = pacsv.read_csv(place, parse_options=pacsv.ParseOptions(delimiter=";"))
        else:
            rows = CalamineWorkbook.from_path(place).get_sheet_by_index(0).to_python()
            head, *body = rows[3:]
            table = pa.table(
                {
                    str(h): [str(v) for v in column]
                    for h, column in zip(head, zip(*body, strict=True), strict=True)
                }
            )
        pq.write_table(table, out / "bare.parquet", compression="zstd")


def row_wise(raw, out):
    """Check as commonly written: every row in turn, cell by cell."""
    out.mkdir(parents=True)
    known = {u.casefold() for u in UNITS}
    good, bad = [], []
    for rows in _row_chunks(next(raw.iterdir())):
        passed, failed = [], []
        for row in rows:
            (failed if _faults(row, known) else passed).append(row)
        good.append(pd.DataFrame(passed))
        bad.append(pd.DataFrame(failed).astype(str))
    pd.concat(good).to_parquet(out / "good.parquet")
    pd.concat(bad).to_parquet(out / "bad.parquet")


def _row_chunks(place):
    if place.suffix == ".csv":
        # In pieces, or five million dictionaries would need more memory than a laptop has.
        for piece in pd.read_csv(place, sep=";", dtype=str, keep_default_na=False, chunksize=100_000):
            yield piece.to_dict("records")
    else:
        lines = load_workbook(place, read_only=True).worksheets[0].iter_rows(min_row=4, values_only=True)
        head = next(lines)
        yield [dict(zip(head, line, strict=True)) for line in lines]


def _faults(row, known):
    faults = []
    if str(row.get("Unit Layanan", row.get("Unit Kerja"))).strip().casefold() not in known:
        faults.append("unit")
    for element in ELEMENTS:
        if element in row:
            value = row[element].strip()
            if value not in ("", "-") and (not value.isdigit() or not 1 <= int(value) <= 4):
                faults.append(element)
    if "Tanggal" in row:
        try:
            day, month, year = row["Tanggal"].split("/")
            row["Tanggal"] = date(int(year), int(month), int(day))
        except ValueError:
            faults.append("Tanggal")
    if "NIP" in row:
        nip = str(row["NIP"]).replace(" ", "")
        try:
            date(int(nip[:4]), int(nip[4:6]), int(nip[6:8]))
        except ValueError:
            faults.append("NIP")
        if len(nip) != 18 or not nip.isdigit():
            faults.append("NIP")
        if not 0 <= float(row["Disiplin"]) <= 100:
            faults.append("Disiplin")
    return faults


CONTESTANTS = {"ours": ours, "bare": bare, "row_wise": row_wise}


def measured(name, raw, home):
    """Return seconds and peak memory in MB of a contestant, imports not counted in the seconds."""
    code = (
        "import sys,time\nfrom pathlib import Path\nimport pandas,pyarrow.parquet\nfrom benchmarks import cleaning\n"
        "import asn_research.clean.cleaning, pandera.pandas, openpyxl\n"
        "start=time.perf_counter()\n"
        f"cleaning.CONTESTANTS[{name!r}](Path({str(raw)!r}), Path({str(home)!r}))\n"
        "print(time.perf_counter()-start, int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])/1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    elapsed, peak = done.stdout.split()[-2:]
    return float(elapsed), float(peak)


def table(n_forms=N_FORMS, n_appraisals=N_APPRAISALS, peers=("bare", "row_wise")):
    lines = [
        "| file | size | contestant | seconds | ours / theirs | peak memory | memory / file |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        for title, write, n, name in (
            (f"{n_forms:,} SKM forms, csv", write_forms, n_forms, "a.csv"),
            (f"{n_appraisals:,} appraisals, xlsx", write_appraisals, n_appraisals, "a.xlsx"),
        ):
            if not n:
                continue
            raw = home / name.replace(".", "_")
            raw.mkdir()
            write(raw / name, n)
            size = (raw / name).stat().st_size / 2**20
            results = {}
            for who in ("ours", *peers):
                runs = [
                    measured(who, raw, home / f"{who}_{name}_{k}")
                    for k in range(1 if who == "row_wise" else 3)
                ]
                results[who] = (sorted(r[0] for r in runs)[len(runs) // 2], max(r[1] for r in runs))
            again, _ = measured("ours", raw, home / f"ours_{name}_0")
            results["ours, file unchanged"] = (again, _)
            for who, (elapsed, peak) in results.items():
                ratio = "" if who.startswith("ours") else f"{results['ours'][0] / elapsed:.2f}"
                lines.append(
                    f"| {title} | {size:.0f} MB | {who} | {elapsed:.1f} | {ratio} | {peak:.0f} MB | {peak / size:.1f} |"
                )
    return "\n".join(lines)


if __name__ == "__main__":
    sizes = [int(x) for x in sys.argv[1:3]] or [N_FORMS, N_APPRAISALS]
    sys.stdout.write(table(*sizes, peers=tuple(sys.argv[3:]) or ("bare", "row_wise")) + "\n")
