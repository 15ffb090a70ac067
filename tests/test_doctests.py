"""Every example in a docstring gives what it says."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from asn_research import methods

PACKAGE = Path(__file__).parents[1] / "asn_research"
EXAMPLES = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_its_examples_hold(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    module = import_module(".".join(part for part in parts if part != "__init__"))
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_every_public_function_of_methods_shows_an_example():
    public = {name: getattr(methods, name) for name in methods.__all__}
    silent = [n for n, f in public.items() if inspect.isfunction(f) and ">>> " not in (f.__doc__ or "")]
    assert not silent
