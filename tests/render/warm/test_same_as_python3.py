"""A notebook cannot tell the warm kernel from the ordinary one, but by its speed."""

import json

import nbformat
import pytest
from nbclient import NotebookClient

from asn_research.forking import can_fork
from asn_research.render.warm.client import close_parents
from asn_research.render.warm.spec import JUPYTER_PATH, KERNEL

pytestmark = pytest.mark.skipif(not can_fork(), reason="nothing is forked here")

# Whatever the imports before a kernel's start could have decided.
STATE = r"""
import builtins, decimal, gc, json, locale, logging, os, random, resource, signal, sys, threading, warnings
import matplotlib, numpy, pandas, pyarrow, seaborn, scipy.sparse, statsmodels.api
import matplotlib.pyplot as plt
from pandas._config import config
shell = get_ipython()
warnings.simplefilter("ignore", pandas.errors.Pandas4Warning)
options = {name: repr(pandas.get_option(name)) for name in config._registered_options}
warnings.filters.pop(0)
print(json.dumps({
    "pandas": options,
    "rc": {name: repr(value) for name, value in matplotlib.rcParams.items() if name != "backend"},
    "backend": matplotlib.get_backend(auto_select=False),
    "drawn": [plt.isinteractive(), plt.get_fignums(), repr(plt._backend_mod), repr(plt._REPL_DISPLAYHOOK)],
    "argv": sys.argv[0], "orig_argv": sys.orig_argv[:3], "flags": repr(sys.flags), "path": sys.path,
    "x": {k: str(v) for k, v in sys._xoptions.items()}, "w": sys.warnoptions, "executable": sys.executable,
    "filters": sorted(repr(each) for each in warnings.filters if each[2].__module__ == "builtins"),
    "locale": [locale.setlocale(getattr(locale, n)) for n in dir(locale) if n.startswith("LC_") and n != "LC_ALL"],
    "numpy": [repr(numpy.get_printoptions()), repr(numpy.geterr()), numpy.random.get_state()[0]],
    "arrow": [pyarrow.cpu_count(), pyarrow.io_thread_count(), pyarrow.default_memory_pool().backend_name],
    "streams": [[type(s).__module__, s.encoding] for s in (sys.stdin, sys.stdout, sys.stderr)],
    "hooks": [repr(sys.displayhook).split(" at ")[0], sys.excepthook.__qualname__, sys.unraisablehook.__qualname__,
              threading.excepthook.__qualname__],
    "signals": {n.name: repr(signal.getsignal(n)).split(" at ")[0] for n in signal.valid_signals()
                if isinstance(n, signal.Signals)},
    "logging": [logging.getLogger().level, repr(logging.getLogger().handlers)],
    "decimal": repr(decimal.getcontext()), "builtins": sorted(dir(builtins)),
    "environment": {k: v for k, v in os.environ.items() if k != "JPY_PARENT_PID"},
    "gc": [gc.isenabled(), gc.get_threshold()], "umask": os.umask(0o22), "cwd": os.getcwd(),
    "recursion": sys.getrecursionlimit(), "digits": sys.get_int_max_str_digits(),
    "names": sorted(n for n in shell.user_ns if not n.startswith("_i")),
    "magics": {kind: sorted(found) for kind, found in shell.magics_manager.magics.items()},
    "events": {k: [f.__qualname__ for f in v] for k, v in shell.events.callbacks.items()},
    "formats": shell.display_formatter.active_types,
    "group": os.getpgrp() == os.getpid(), "nice": os.nice(0),
    "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_")},
}, default=str))
"""
SHOWN = [
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);",
    "import pandas as pd\npd.Series([1, 2, 3]).plot();",
    "fig, ax = plt.subplots(); ax.plot([2, 1]); plt.show()",
    "fig",
    "%matplotlib inline\nplt.bar(['a'], [1]);",
    "%config InlineBackend.figure_formats = ['retina']\nplt.plot([1, 2]);",
    "pd.DataFrame({f'column {n}': range(100) for n in range(30)})",
    "print(pd.DataFrame({f'column {n}': range(3) for n in range(30)}))",
    "import numpy as np\nnp.linspace(0, 1, 2000)",
    "draws = np.random.default_rng(1).normal(size=(700, 700))\nfloat((draws @ draws.T).sum()), float(np.linalg.eigh(draws @ draws.T)[0].sum())",
    "import statsmodels.api as sm\nsm.OLS(draws[:, 0], draws[:, 1:4]).fit().params",
    "import warnings\nwarnings.warn('heard'); warnings.warn('old', DeprecationWarning)",
    "1 / 0",
    "import seaborn as sns\nsns.lineplot(x=[1, 2], y=[2, 1]); plt.gcf().dpi, plt.get_backend()",
    "!echo shell",
    "from IPython.display import HTML\nHTML('<b>bold</b>')",
]


@pytest.fixture(autouse=True)
def jupyter(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(JUPYTER_PATH))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    # Numbers of linear algebra hang on the number of threads; both kernels choose it for themselves.
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    yield
    close_parents()


def executed(kernel, folder, cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    # A number of history stands in no output, and a file of it is shared.
    arguments = ["--HistoryManager.hist_file=:memory:"]
    client = NotebookClient(
        notebook, kernel_name=kernel, resources={"metadata": {"path": str(folder)}}, allow_errors=True,
        extra_arguments=arguments, iopub_timeout=600,
    )  # fmt: skip
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def state(kernel, folder):
    (outputs,) = executed(kernel, folder, [STATE])
    return json.loads("".join(o.get("text", "") for o in outputs if o.get("name") == "stdout"))


def different(cold, warm, where=""):
    if isinstance(cold, dict) and isinstance(warm, dict):
        for name in sorted({*cold, *warm}):
            yield from different(cold.get(name), warm.get(name), f"{where}/{name}")
    elif cold != warm:
        yield where, cold, warm


@pytest.mark.parametrize("backend", [None, "Agg"])
def test_nothing_that_was_imported_before_shows_in_the_kernels_state(tmp_path, monkeypatch, backend):
    (tmp_path / "matplotlibrc").write_text("figure.dpi: 77\nlines.linewidth: 3\n")
    monkeypatch.setenv("LC_TIME", "C.UTF-8")
    if backend:
        monkeypatch.setenv("MPLBACKEND", backend)
    cold, warm = state("python3", tmp_path), state(KERNEL, tmp_path)
    assert cold["rc"]["figure.dpi"] == "77.0"
    assert list(different(cold, warm)) == []


def test_a_notebooks_outputs_are_equal(tmp_path):
    def plain(outputs):
        for output in outputs:
            # A kernel's number stands in the name of the file that a warning names.
            text = json.dumps(output, sort_keys=True)
            parts = text.split("/ipykernel_")
            yield "/ipykernel_".join([parts[0], *(part.lstrip("0123456789") for part in parts[1:])])

    cold, warm = executed("python3", tmp_path, SHOWN), executed(KERNEL, tmp_path, SHOWN)
    for source, one, other in zip(SHOWN, cold, warm, strict=True):
        assert list(plain(one)) == list(plain(other)), source
    for place in (0, 1, 2, 3, 4, 5, 13):
        assert any("image/png" in output.get("data", {}) for output in warm[place]), SHOWN[place]


def test_siblings_of_one_parent_draw_other_random_numbers(tmp_path):
    source = [
        "import random, numpy, os\nprint(random.random(), numpy.random.rand(), numpy.random.default_rng().random())"
    ]
    first, second = (executed(KERNEL, tmp_path, source)[0][0]["text"].split() for _ in range(2))
    assert all(one != other for one, other in zip(first, second, strict=True))


def test_the_launcher_shows_a_name_and_a_picture_of_its_own():
    folder = JUPYTER_PATH / "kernels" / KERNEL
    spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    assert spec["display_name"].startswith("Python 3 (")
    assert (folder / "logo-svg.svg").read_text(encoding="utf-8").startswith("<svg")
