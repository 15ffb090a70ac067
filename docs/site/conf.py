"""Sphinx settings of the site. `build.py` writes the pages of one language and calls this with its name."""

import os
import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import ClassVar

from sphinx.search import SearchLanguage, languages

HERE = Path(__file__).parent
LANGUAGE = os.environ["ASN_SITE_LANGUAGE"]
sys.path.insert(0, str(HERE.parents[1]))


class SearchIndonesian(SearchLanguage):
    """Search of Indonesian pages: words as they are, without the commonest ones."""

    lang = "id"
    language_name = "Indonesian"
    stopwords: ClassVar[frozenset[str]] = frozenset(
        [
            "ada",
            "adalah",
            "agar",
            "akan",
            "apa",
            "atau",
            "bagi",
            "bahwa",
            "bila",
            "dalam",
            "dan",
            "dapat",
            "dari",
            "dengan",
            "di",
            "ini",
            "itu",
            "jika",
            "juga",
            "kalau",
            "karena",
            "ke",
            "lebih",
            "maka",
            "namun",
            "oleh",
            "pada",
            "para",
            "saja",
            "sampai",
            "sebagai",
            "sebuah",
            "seperti",
            "setiap",
            "suatu",
            "sudah",
            "tetapi",
            "tidak",
            "untuk",
            "yang",
        ]
    )
    js_stemmer_code = "var Stemmer = function () { this.stemWord = function (word) { return word; }; };"

    def stem(self, word: str) -> str:
        """Return a word as it is searched for."""
        return word.lower()


languages["id"] = SearchIndonesian

project = "asn-research"
author = "The asn-research founders"
project_copyright = "para pendiri asn-research" if LANGUAGE == "id" else "the asn-research founders"
release = version = installed("asn-research")
language = LANGUAGE
locale_dirs = [str(HERE / "locale")]
extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
autosummary_generate = True
autosummary_imported_members = True
autosummary_ignore_module_all = False
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False
autodoc_typehints = "none"
# Lessons show the outputs that are stored and tested; building runs nothing and fetches nothing.
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header"]
exclude_patterns = ["_templates"]
templates_path = [str(HERE / "_templates")]
html_theme = "pydata_sphinx_theme"
html_title = "asn-research"
html_static_path = [str(HERE / "_static")]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_end": ["language", "theme-switcher"],
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "navigation_with_keys": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "light"}
html_search_language = LANGUAGE
locale_dirs = [str(HERE / "locale")]
