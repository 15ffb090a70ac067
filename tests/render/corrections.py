"""Changes to processed data, as a corrected file would bring them."""

import hashlib
import json

import pandas as pd

from asn_research.clean.store import MANIFEST, parquet_bytes


def changed(folder, table, change):
    """Change the last period of a table."""
    manifest = json.loads((folder / MANIFEST).read_text())
    part = manifest["tables"][table][-1]
    content = parquet_bytes(change(pd.read_parquet(folder / part["path"])))
    (folder / part["path"]).write_bytes(content)
    part["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def turned(column, unit=None):
    """Turn the first answer round, of all or of a unit."""

    def change(rows):
        answers = rows[column].astype("Int64")
        asked = answers if unit is None else answers[rows["reporting_unit_id"].astype(str) == unit]
        first = asked.first_valid_index()
        answers.loc[first] = 5 - int(answers.loc[first])
        return rows.assign(**{column: answers})

    return change
