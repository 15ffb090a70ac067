"""Load a public name's module when the name is first asked for, so that a report starts fast."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import FunctionType
from typing import Any

from asn_research.notebook_progress import in_notebook, watched


def lazy_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and ``__dir__`` of a package whose names live in other modules.

    Parameters
    ----------
    package : str
        The package's full name.
    homes : mapping of str to str
        Name to the full name of the module that defines it. A name whose home ends with ``:`` is that
        module itself.

    Returns
    -------
    tuple of callable
        What the package defines as ``__getattr__`` and as ``__dir__``.

    Examples
    --------
    >>> get, names = lazy_names("asn_research", {"describe": "asn_research.schema"})
    >>> names(), get("describe").__name__
    (['describe'], 'describe')
    """

    def get(name: str) -> Any:
        if name not in homes:
            msg = f"module '{package}' has no attribute '{name}'"
            raise AttributeError(msg)
        home = homes[name]
        found = import_module(home[:-1]) if home.endswith(":") else getattr(import_module(home), name)
        # In a notebook a reader calls it, and wants to see that it goes on.
        if isinstance(found, FunctionType) and in_notebook():
            found = watched(found)
        setattr(sys.modules[package], name, found)
        return found

    return get, lambda: sorted(homes)


@contextmanager
def importing() -> Iterator[None]:
    """Pause the search for garbage while large packages are imported, and leave them out of later searches.

    Imports leave hardly any garbage, and looking for it takes a seventh of their time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
