"""The section on raters: sentences follow the figures, small groups stay hidden, both languages."""

from datetime import date

import pandas as pd
import pytest

from asn_research import rules
from asn_research.protect import protect_city
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.show import sections
from asn_research.show.blocks import Figure, Paragraph, Table
from asn_research.show.data import ReportData

RULE = rules.at(date(2026, 9, 30)).one(DisclosureRule)


def measures(n_raters=120, low=-0.1, odds_low=1.7, n_second=8):
    city = {"unit_id": "CITY"}
    spreads = pd.DataFrame(
        {
            "source": ["rater_id", "person_id", "residual"], "sd": [3.5, 2.2, 3.8], "low": [3.0, 2.1, 3.7],
            "high": [4.0, 2.3, 3.9], "share_pct": [34.0, 14.0, 52.0], "n_levels": [n_raters, 1182, 28167],
            "n_raters": n_raters, "n_employees": 1182, "n_sets": n_raters, "single_pct": 100.0,
        }
    )  # fmt: skip
    gaps = pd.DataFrame(
        [("sex", "m", "f", 577, n_raters, 0.1, 0.2, 0.1, low, 0.5), ("age_band", "<30", "30-39", n_second, 9, 1.0, 9.75, 1.0, 0.0, 3.0)],
        columns=["attribute", "level", "base", "n_employees", "n_raters", "raw", "gap", "std_error", "low", "high"],
    )  # fmt: skip
    rates = pd.DataFrame(
        [("all", "all", 1182, 9000, 49, 54, 5.8, 4.4, 7.5, 54, 16, 30.0), ("sex", "f", 603, 4500, 45, 49, 5.4, 3.7, 7.9, 49, 17, 35.0),
         ("sex", "m", 579, 4500, 4, 5, 1.234, 0.5, 2.1, 5, 1, 20.0)],
        columns=["attribute", "level", "n_employees", "n_appraisals", "n_objecting", "n_objections", "per_1000", "low", "high",
                 "n_decided", "n_upheld", "upheld_pct"],
    )  # fmt: skip
    odds = pd.DataFrame([{"odds_ratio": 2.3, "low": odds_low, "high": 3.2, "rate_mild": 1.6, "rate_strict": 8.3, "n_objecting": 49, "n_raters": n_raters}])  # fmt: skip
    audit = pd.DataFrame(
        [{"correlation": 0.17, "low": low, "high": 0.47, "n_units": 36, "n_raters": n_raters}]
    )
    grounds = pd.DataFrame({"ground": ["subjective", "evidence", "other"], "n": [28, 17, 2], "n_employees": [27, 17, 2], "n_decided": [28, 17, 2], "n_upheld": [7, 6, 1], "upheld_pct": [25.0, 35.0, 50.0]})  # fmt: skip
    frames = {
        "rater_spreads": spreads, "group_gaps": gaps, "objection_rates": rates, "rater_objections": odds,
        "rater_audit": audit, "rating_grounds": grounds,
    }  # fmt: skip
    return {name: frame.assign(**city) for name, frame in frames.items()}


def shown(language="en", **options):
    report = ReportData(
        city=load_city("pontianak"), unit_id="CITY", period=Period.parse("2026-Q3"), language=language,
        audience="internal",
        protected=protect_city(measures(**options), RULE), findings={}, estimates=pd.DataFrame(), sources=(), rules=(),
        is_simulated=True, version="0",
    )  # fmt: skip
    return (*sections.raters(report).items, *sections.raters_annex(report).items)


def text(blocks):
    return " ".join(b.text for b in blocks if isinstance(b, Paragraph))


def table(blocks, key):
    return next(b for b in blocks if isinstance(b, Table) and b.key == key)


def test_severity_is_told_with_its_interval_and_its_limit():
    said = text(shown())
    assert "120 raters differ in severity" in said
    assert "3.9 points on average" in said
    assert "120 sets that rate no person in common" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"low": -0.1}, "cannot be said"),
        ({"low": 0.1}, "more content citizens: correlation"),
        ({"odds_low": 1.7}, "Strict raters draw more objections"),
        ({"odds_low": 0.9}, "is not clear"),
    ],
)
def test_what_is_said_follows_the_interval(options, words):
    assert words in text(shown(**options))


def test_small_groups_are_hidden_with_what_would_give_them_away():
    blocks = shown()
    gaps = [[cell.text for cell in row] for row in table(blocks, "group_gaps").rows]
    assert len(gaps) == 1
    assert "9.75" not in str(gaps)
    rates = [[cell.text for cell in row] for row in table(blocks, "objection_rates").rows]
    assert rates[0][2] == "54"
    # Men are too few to show, and women would give them away: both are left out, and the note says how many.
    assert len(rates) == 1
    assert any(note.startswith("2 ") for note in table(blocks, "objection_rates").notes)
    grounds = [[cell.text for cell in row] for row in table(blocks, "rating_grounds").rows]
    assert [row[1] for row in grounds].count("•") == 2


def test_few_raters_show_nothing():
    assert shown(n_raters=9) == ()


def test_an_indonesian_section_holds_no_english():
    blocks = shown("id")
    said = text(blocks) + str([t.to_json() for t in blocks if isinstance(t, Table)])
    for word in ("raters", "staff", "score", "quarter", "women", "subjective"):
        assert f" {word} " not in said
    assert "penilai berbeda dalam longgar-ketatnya" in said


def test_every_figure_says_itself_in_words():
    figures = [block for block in shown() if isinstance(block, Figure)]
    assert [figure.key for figure in figures] == ["rater_spreads", "group_gaps"]
    assert all(figure.alt and figure.svg for figure in figures)
