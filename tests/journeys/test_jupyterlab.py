"""A student's own figures show in JupyterLab, whichever kernel draws them."""

import asyncio
import os

import nbformat
import pytest
from journeys.browser import CHROMIUM, LAB, chromium, lab, open_page

from asn_research.render.warm.spec import JUPYTER_PATH, KERNEL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
    pytest.mark.skipif(not LAB.is_file(), reason="JupyterLab is not installed (make .venv-lab/.installed)"),
]
CELLS = [
    "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);",
    "import pandas as pd\npd.Series([1, 2, 3]).plot(kind='bar');",
    "%matplotlib inline\nplt.scatter([1, 2], [2, 1]); plt.show()",
]
PICTURES = (
    "[...document.querySelectorAll('.jp-OutputArea-output img')].filter(i => i.naturalWidth > 100).length"
)


async def drawn(port, address, name, picture):
    page = await open_page(port, f"{address}lab/tree/{name}?token=t")
    await page.until("!!window.jupyterapp && document.querySelectorAll('.jp-CodeCell').length > 0")
    await page.until(
        "(() => { const w = window.jupyterapp.shell.currentWidget;"
        " return w && w.sessionContext && w.sessionContext.isReady && w.sessionContext.kernelDisplayStatus === 'idle' })()"
    )
    await page.value("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    await page.until(f"{PICTURES} >= {len(CELLS)}")
    await page.picture(picture)
    return await page.value("document.querySelectorAll('.jp-RenderedText[data-mime-type*=stderr]').length")


@pytest.mark.parametrize("kernel", ["python3", KERNEL])
def test_plots_of_ones_own_show_in_jupyterlab(tmp_path, kernel):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS],
        metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
    )
    nbformat.write(notebook, folder / "own.ipynb")
    env = {name: text for name, text in os.environ.items() if name != "MPLBACKEND"}
    env["JUPYTER_PATH"] = str(JUPYTER_PATH)
    (tmp_path / "browser").mkdir()
    with lab(folder, tmp_path / "jupyter", env) as address, chromium(tmp_path / "browser") as port:
        n_complaints = asyncio.run(drawn(port, address, "own.ipynb", tmp_path / f"{kernel}.png"))
    assert n_complaints == 0
