"""In a kernel: a long call shows how far it is, an error is one sentence below the reader's own line, and TAB lists names."""

import re
import threading
import time

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from asn_research import notebook_progress
from asn_research.errors import RequestError
from asn_research.notebook_progress import MARK, shown_in_notebook, watched

CELLS = {
    "import": "import time, asn_research as asn\nfrom asn_research import notebook_progress as np_\nnp_.BETWEEN = 0.2",
    # It is long until its line is there, and short for whoever waits an hour: no guess about a machine's speed.
    "slow": "np_.PATIENCE = 0.2\ndef slow(*, on_progress=None):\n    on_progress(1, 4)\n    while np_._ACTIVE[0].handle is None: time.sleep(0.01)\n    on_progress(4, 4)\n    return 5\nnp_.watched(slow)()",
    "fast": "np_.PATIENCE = 3600\nnp_.watched(lambda: 6)()",
    "wrapped": "print(hasattr(asn.run_study, '__wrapped__'), hasattr(asn.methods.fit_panel, '__wrapped__'))",
    # What a kernel answers when JupyterLab asks after TAB.
    "names": "print(*(match for match in get_ipython().kernel.do_complete('asn.', 4)['matches']))",
    "deeper": "print(*(match for match in get_ipython().kernel.do_complete('asn.methods.fit_p', 17)['matches']))",
    "error_en": "folder = 'nowhere'\n\nasn.open_processed(folder)",
    "error_id": "language = 'id'\nasn.lab.Findings('fr')",
    "figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()]
    for cell in cells:
        cell.metadata["tags"] = ["raises-exception"] if cell.id.startswith("error") else []
    notebook = nbformat.v4.new_notebook(cells=cells)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)
        NotebookClient(
            notebook,
            timeout=600,
            iopub_timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(tmp_path_factory.mktemp("nb"))}},
        ).execute()
    return {cell.id: cell.outputs for cell in notebook.cells}


def test_a_long_call_shows_one_line_that_is_whole_at_the_end(outputs):
    lines = [each for each in outputs["slow"] if each.output_type == "display_data"]
    assert len(lines) == 1
    assert lines[0].metadata == MARK
    assert re.fullmatch(r"█{30} 4/4 \d+ s", lines[0].data["text/plain"])
    assert outputs["slow"][-1].data["text/plain"] == "5"


def test_a_short_call_shows_nothing(outputs):
    assert [each.data["text/plain"] for each in outputs["fast"]] == ["6"]


def test_what_stands_at_the_doors_is_watched_in_a_kernel(outputs):
    assert outputs["wrapped"][0].text == "True True\n"


def test_tab_lists_the_public_names(outputs):
    found = outputs["names"][0].text.split()
    for name in ("asn.run_study", "asn.methods", "asn.lab", "asn.describe"):
        assert name.removeprefix("asn.") in {each.removeprefix("asn.") for each in found}
    assert "fit_panel" in outputs["deeper"][0].text


def test_an_error_is_the_own_line_and_one_sentence(outputs):
    for name, line, told in (
        ("error_en", "asn.open_processed(folder)", "There are no processed data"),
        ("error_id", "asn.lab.Findings('fr')", "fr"),
    ):
        (error,) = [each for each in outputs[name] if each.output_type == "error"]
        assert len(error.traceback) == 2
        assert line in error.traceback[0]
        assert told in error.traceback[1]
    assert "bahasa" in outputs["error_id"][-1].traceback[1].casefold()


def test_a_plain_figure_is_shown(outputs):
    assert any("image/png" in each.get("data", {}) for each in outputs["figure"])


def test_outside_a_kernel_nothing_is_shown_and_calls_within_calls_share_a_line(monkeypatch, capsys):
    n_threads = threading.active_count()
    with shown_in_notebook() as on_progress:
        on_progress(1, 2)
        assert threading.active_count() == n_threads
    assert capsys.readouterr().out == ""
    shown = []

    class Handle:
        def update(self, data, **_):
            shown.append(data["text/plain"])

    def display(data, **_):
        shown.append(data["text/plain"])
        return Handle()

    monkeypatch.setattr(notebook_progress, "_display", lambda: display)
    monkeypatch.setattr(notebook_progress, "PATIENCE", 0.05)
    with shown_in_notebook() as outer:
        with shown_in_notebook() as inner:
            inner(1, 2)
            while not shown:
                time.sleep(0.01)
        outer(2, 2)
    assert shown[0].startswith("█" * 15 + "░" * 15 + " 1/2")
    assert shown[-1].startswith("█" * 30 + " 2/2")


def test_a_watched_function_fails_as_it_did():
    def fails():
        raise RequestError("no")

    with pytest.raises(RequestError, match="no"):
        watched(fails)()


def test_a_refused_cell_stops_a_notebook(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "from asn_research.errors import RequestError\nraise RequestError('Say what.')"
            )
        ]
    )
    with pytest.raises(CellExecutionError, match="Say what"):
        NotebookClient(
            notebook,
            timeout=600,
            iopub_timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(tmp_path)}},
        ).execute()
