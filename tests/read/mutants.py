"""Small files of every kind that is read, and damage done to them at random but repeatably."""

import io
import random
import re
import tempfile
import zipfile
from pathlib import Path

from read.made_workbooks import FORM, HEAD, ods_row, workbook_parts, write_ods, write_zip

#: What lengths, counts and addresses become: edges of the types that hold them.
NUMBERS = [
    0,
    1,
    2,
    255,
    256,
    65_535,
    65_536,
    1_048_576,
    16_777_216,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
    2**64 - 1,
]
WORDS = [b'"', b"'", b";", b",", b"\t", b"\n", b"\r", b"\0", b"<", b">", b"&", b"\xff", b"\xfe\xff", b"=", b"-1", b"1e999", b"NaN", b"XFD", b"*", b"{", b"["]  # fmt: skip


def bases():
    """Return files by kind: name and content."""
    rows = [HEAD, *(FORM.replace("5/7", f"{day}/7") for day in range(1, 12))]
    text = "\r\n".join(rows)
    with tempfile.TemporaryDirectory() as folder:
        ods = Path(folder) / "a.ods"
        write_ods(ods, "".join(ods_row(row.split(";")) for row in rows))
        xlsx = Path(folder) / "a.xlsx"
        write_zip(xlsx, workbook_parts())
        return {
            "csv": ("a.csv", text.encode()),
            "quoted": ("a.csv", "\r\n".join(";".join(f'"{c}"' for c in r.split(";")) for r in rows).encode()),
            "utf16": ("a.csv", text.encode("utf-16")),
            "xlsx": ("a.xlsx", xlsx.read_bytes()),
            "ods": ("a.ods", ods.read_bytes()),
            "xls": ("a.xls", (Path(__file__).parent / "small.xls").read_bytes()),
        }


SETTINGS = {
    "corrections.yaml": "corrections:\n  - source: citizen_feedback\n    where: {unit_id: Dishub, row: 2}\n    set: {age: 20}\n    expect: {n_rows: 1}\n    reason: Surat 1\n",
    "a.profile.yaml": "file: a.csv\nsource: citizen_feedback\nunit: {unit_id: MPP, name: Mal, short_name: MPP}\nperiod: 2026-Q3\ncolumns: {U9: complaints}\nnot_asked: [facilities]\nextra:\n  U8: {key: charter, label_indonesian: Maklumat, label_english: Charter}\nheader_row: 1\n",
    "unit_names.csv": "spelling,n_rows,proposal,decision\nKantor Jalan,1,DISHUB,ya\nX,2,,DINKES\n",
    "margins.csv": "unit_id,variable,category,population_n,source\nCITY,sex,f,10,x\n,sex,m,12,x\n",
    "working_days.csv": "date,is_working,reason,source\n2026-10-23,no,Hari jadi,Perwali\n",
    "services.csv": "service_id,offered_by,name_indonesian,name_english,standard_days,standard_queue_minutes,request_share,is_free,aliases\nizin,DISHUB,Izin,Licence,1.5,30,1,yes,A|B\n",
    "units.csv": "unit_id,name,short_name,kind,parent_id,has_report,aliases,valid_from,valid_to,successor_id\nDISHUB,Dinas Perhubungan,Dishub,dinas,,yes,A|B,2010-01-01,,\nUPT,Unit,UPT,upt,DISHUB,no,,2010-01-01,2025-01-01,DISHUB\n",
    "city.yaml": "city_id: x\nname: Contoh\ngovernment: Pemerintah Contoh\nprovince: X\nkemendagri_code: 61.71\ntimezone: Asia/Jakarta\nsigned_at: X\norganisation_bureau: X\n",
}  # fmt: skip


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return bytes with one to four faults."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found) + 1)
        length = min(chance.choice([1, 2, 4, 40, 400]), len(found) - at)
        piece = bytes(found[at : at + length])
        way = chance.randrange(7)
        if way == 0:
            found[at : at + length] = chance.randbytes(length)
        elif way == 1:
            del found[at : at + length]
        elif way == 2:
            found[at:at] = piece * chance.choice([1, 2, 50])
        elif way == 3:
            size = chance.choice([2, 4, 8])
            number = chance.choice(NUMBERS) % (1 << 8 * size)
            found[at : at + size] = number.to_bytes(size, "little")
        elif way == 4:
            found[at : at + length] = chance.choice(WORDS)
        elif way == 5 and chance.random() < 0.3:
            del found[at:]
        else:
            digits = list(re.finditer(rb"\d+", found))
            if digits:
                span = chance.choice(digits).span()
                found[slice(*span)] = str(chance.choice(NUMBERS)).encode()
    return bytes(found)


def damaged_archive(content: bytes, chance: random.Random) -> bytes:
    """Return an archive one of whose parts is damaged, or is there twice, or is gone."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts))
    part = parts[name]
    way = chance.randrange(6)
    if way == 0:
        del parts[name]
    elif way == 1:
        tags = re.findall(rb"<[^>]*>", part)
        parts[name] = part.replace(chance.choice(tags), chance.choice(tags), 1) if tags else part
    elif way == 2:
        # The other quotes, and attributes in the other order.
        part = part.replace(b'"', b"'")
        parts[name] = re.sub(rb"<(\w+) (\w+='[^']*') (\w+='[^']*')", rb"<\1  \3\n\2", part)
    else:
        parts[name] = damaged(part, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def mutant(kind: str, content: bytes, chance: random.Random) -> bytes:
    """Return a damaged file of a kind."""
    is_archive = kind in {"xlsx", "ods"} and chance.random() < 0.8
    return damaged_archive(content, chance) if is_archive else damaged(content, chance)
