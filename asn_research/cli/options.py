"""The options that several commands take, and the folders that they mean by default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asn_research.render.formats import FORMATS

ALL_FORMATS = ",".join(FORMATS)

# `readable=False` turns Typer's own check off: the code that opens a folder has a better error message.
RawFolder = Annotated[Path, typer.Option("--raw", readable=False, help="help_raw")]
ProcessedFolder = Annotated[Path, typer.Option("--processed", readable=False, help="help_processed")]
ReportFolder = Annotated[Path, typer.Option("--reports", readable=False, help="help_reports")]
PeriodOption = Annotated[str, typer.Option("--period", help="help_period")]
UnitOption = Annotated[str, typer.Option("--unit", help="help_unit")]
FormatOption = Annotated[str, typer.Option("--format", help="help_formats")]
LanguageOption = Annotated[str, typer.Option("--lang", help="help_language")]
JobsOption = Annotated[int | None, typer.Option("--jobs", min=1, help="help_jobs")]
AudienceOption = Annotated[str, typer.Option("--audience", help="help_audience")]
GridOption = Annotated[
    Path | None,
    typer.Option("--grid", readable=False, help="help_grid"),
]
ForceOption = Annotated[bool, typer.Option("--force", help="help_force")]
ExplainOption = Annotated[bool, typer.Option("--explain", help="help_explain")]
TimeOption = Annotated[float, typer.Option("--time", min=1, help="help_time")]
MemoryOption = Annotated[int, typer.Option("--memory", min=256, help="help_memory")]
ClusterOption = Annotated[str | None, typer.Option("--cluster", help="help_cluster")]
KeyFileOption = Annotated[Path | None, typer.Option("--key-file", readable=False, help="help_key_file")]
OldKeyFileOption = Annotated[
    Path | None,
    typer.Option("--old-key-file", readable=False, help="help_old_key_file"),
]
# `LoggedCommand` reads this option when it opens the log.
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="help_verbose")]
TodayOption = Annotated[str, typer.Option("--today", help="help_today")]

RAW, PROCESSED, REPORTS = Path("data/raw"), Path("data/processed"), Path("reports")
