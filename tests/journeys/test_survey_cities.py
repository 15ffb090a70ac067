"""The public reports of three simulated cities: large, small, and one that sent nothing but its survey."""

import shutil
from dataclasses import replace

import pytest
from show.reading import document, holes, index_texts, percentages, respondents, sentences

from asn_research.clean import clean_folder
from asn_research.render.inputs import prepare_inputs, shared_report
from asn_research.render.slices import Slicer
from asn_research.simulate import simulate_city

#: Staff of each city; of the patchy one, the folders that it sent.
CITIES = {"large": (300, None), "small": (80, None), "patchy": (120, ("skm", "_simulasi"))}


@pytest.mark.slow
@pytest.mark.parametrize("name", CITIES)
def test_reports_of_all_units_are_whole_and_agree(name, tmp_path):
    n, sent = CITIES[name]
    raw, processed = tmp_path / "raw", tmp_path / "processed"
    simulate_city(raw, employees=n, quarters=6, seed=5)
    for folder in raw.iterdir() if sent else ():
        if folder.is_dir() and folder.name not in sent:
            shutil.rmtree(folder)
    clean_folder(raw, processed)
    inputs = prepare_inputs(processed)
    shared = shared_report(processed, inputs.periods[-1], "id")
    units = sorted(inputs.units_with_data(inputs.periods[-1], "public"))
    assert units
    for language in ("id", "en"):
        slicer = Slicer(replace(shared, language=language), "public")
        for unit in units:
            data = slicer.cut(unit)
            blocks = document(data)
            assert not holes(blocks), unit
            assert not [text for text in sentences(blocks) if "apa pun" in text or "any kind" in text], unit
            assert len(set(index_texts(blocks, language).values())) <= 1, unit
            assert len(set(respondents(blocks).values())) <= 1, unit
            assert set(percentages(blocks)) <= {100.0}, unit
