"""The tables of a thesis equal R's, and a questionnaire with Indonesian headings becomes a chapter in Word."""

import io
import json
import zipfile

import docx
import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN
from PIL import Image

from asn_research.errors import ModelError, RequestError
from asn_research.export import Heading, Picture
from asn_research.methods import (
    angket,
    bab_iv,
    deskripsi_variabel,
    karakteristik_responden,
    regresi_berganda,
    uji_asumsi_klasik,
    uji_mediasi,
    uji_reliabilitas,
    uji_validitas,
)
from asn_research.methods.scales.reliability import cronbach_alpha
from asn_research.methods.thesis.questionnaire import Questionnaire
from asn_research.rules.words import in_language, in_words

CASES = ["thesis_attitude", "thesis_swiss"]


def read(name):
    folder = GOLDEN / name
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "reference.json").read_text())["reference"]


def scale(data, items):
    """Take columns of any numbers for a scale, as the tests of items do."""
    return Questionnaire({"skala": data[items]}, pd.DataFrame({"skala": data[items].sum(axis=1)}), data)


@pytest.mark.parametrize("name", CASES)
def test_validity_and_reliability(name):
    data, theirs = read(name)
    answers = scale(data, theirs["items"])
    table = uji_validitas(answers).table
    assert table["item_total"].tolist() == pytest.approx(theirs["item_total"], rel=1e-10)
    assert table["corrected"].tolist() == pytest.approx(theirs["corrected"], rel=1e-8)
    first, second = (sheet.table for sheet in uji_reliabilitas(answers).sheets)
    assert first["alpha"].iloc[0] == pytest.approx(theirs["alpha"], rel=1e-10)
    assert second["if_dropped"].tolist() == pytest.approx(theirs["if_dropped"], rel=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_classical_assumptions(name):
    data, theirs = read(name)
    found = uji_asumsi_klasik(data.assign(waktu=range(len(data))), theirs["y"], theirs["x"], waktu="waktu")
    ks, shapiro, collinearity, glejser, bp, linear, reset, dw = (sheet.table for sheet in found.sheets)
    statistic, p = theirs["lilliefors"]
    assert list(ks["value"])[-2:] == pytest.approx([statistic, p], rel=1e-8 if p < 0.1 else 0.3)
    assert ks["value"].iloc[0] == len(data)
    assert shapiro.iloc[0, [0, 2]].tolist() == pytest.approx(theirs["shapiro"], rel=1e-6)
    assert collinearity["vif"].tolist() == pytest.approx(theirs["vif"], rel=1e-9)
    assert glejser[["b", "std_error", "t", "significance"]].to_numpy() == pytest.approx(
        np.array(theirs["glejser"]), rel=1e-8
    )
    assert bp.iloc[0, [0, 2]].tolist() == pytest.approx(theirs["bp"], rel=1e-8)
    assert reset.iloc[0, [0, 3]].tolist() == pytest.approx(theirs["reset"], rel=1e-6)
    r = np.array(theirs["linearity"], dtype=float).T
    assert linear[["f", "df1", "df2", "significance"]].to_numpy() == pytest.approx(r, rel=1e-8, nan_ok=True)
    assert dw.iloc[0, 0] == pytest.approx(theirs["dw"], rel=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_regression_and_sobel(name):
    data, theirs = read(name)
    found = regresi_berganda(data, theirs["y"], theirs["x"])
    summary, anova, coefficients, hypotheses, _ = (sheet.table for sheet in found.sheets)
    assert summary["r_square"].iloc[0] == pytest.approx(theirs["r_square"], rel=1e-10)
    assert summary["r_adjusted"].iloc[0] == pytest.approx(theirs["r_adjusted"], rel=1e-10)
    assert summary["error_of_estimate"].iloc[0] == pytest.approx(theirs["sigma"], rel=1e-10)
    assert anova["f"].iloc[0] == pytest.approx(theirs["f"][0], rel=1e-10)
    assert anova["df"].tolist() == [*theirs["f"][1:], len(data) - 1]
    ours = coefficients[["b", "std_error", "t", "significance"]].to_numpy(dtype=float)
    assert ours == pytest.approx(np.array(theirs["coefficients"]), rel=1e-8)
    assert coefficients["beta"].tolist()[1:] == pytest.approx(theirs["beta"], rel=1e-9)
    accepted = [in_words(v, "id") == "Diterima" for v in hypotheses["verdict"]]
    assert accepted == [row[3] < 0.05 for row in theirs["coefficients"][1:]]
    x, m, other = theirs["x"]
    mediation = uji_mediasi(data, x, m, theirs["y"], kontrol=[other], draws=200)
    assert mediation.sheets[2].table.iloc[0, :3].tolist() == pytest.approx(theirs["sobel"], rel=1e-8)


# From a questionnaire to a chapter


WORDS = ["Sangat Tidak Setuju", "Tidak Setuju", "Ragu-ragu", "Setuju", "Sangat Setuju"]
VARIABLES = {
    "Motivasi": ["M1", "M2", "M3", "M4"],
    "Pelatihan": ["P1", "P2", "P3"],
    "Kinerja": ["K1", "K2", "K3"],
}


def forms(n=90, seed=4):
    """A questionnaire as a form's export has it; M4 is asked the other way round."""
    rng = np.random.default_rng(seed)
    training = rng.normal(size=n)
    motivation = 0.6 * training + 0.8 * rng.normal(size=n)
    level = {"M": motivation, "P": training, "K": 0.6 * motivation + 0.7 * rng.normal(size=n)}
    data = pd.DataFrame({"Jenis Kelamin": rng.choice(["Laki-laki", "Perempuan"], n)})
    for items in VARIABLES.values():
        for item in items:
            code = np.clip(np.round(3 + level[item[0]] + rng.normal(0, 0.6, n)), 1, 5).astype(int)
            code = 6 - code if item == "M4" else code
            data[item] = [WORDS[c - 1] for c in code] if item[0] == "M" else code
    return data


def test_words_and_numbers_become_scores():
    data = pd.DataFrame(
        {
            "A": ["SS", "sangat tidak  setuju", " Netral (N)", None],
            "B": ["5 - Sangat Setuju", "1", "3. Ragu", "2"],
        }
    )
    found = angket(data, {"X": ["A", "B"]}, terbalik=["B"], score="mean")
    assert found.items["X"]["A"].tolist()[:3] == [5, 1, 3]
    assert found.items["X"]["B"].tolist() == [1, 5, 3, 4]
    assert found.scores["X"].tolist()[:3] == [3, 3, 3]
    assert np.isnan(found.scores["X"].iloc[3]), "a sum of some items only is no score"
    four = angket(pd.DataFrame({"A": ["STS", "TS", "S", "SS"]}), {"X": ["A"]}, points=4)
    assert four.scores["X"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("change", "call", "said"),
    [
        ({}, {"variabel": {"X": ["MM1"]}}, "Maksud Anda M1"),
        ({}, {"variabel": {}}, "Sebutkan butir untuk setiap variabel"),
        ({}, {"variabel": {"X": ["M1"], "Y": ["M1"]}}, "disebut di dua variabel"),
        ({}, {"variabel": {"X": ["M1"]}, "terbalik": ["M2"]}, "tidak ada di variabel mana pun"),
        (
            {"M1": "Entahlah"},
            {"variabel": {"X": ["M1"]}},
            "Kolom M1, baris data 1: jawaban 'Entahlah' tidak dikenal",
        ),
        (
            {"M1": "Netral"},
            {"variabel": {"X": ["M1"]}, "points": 4},
            "jawaban 'Netral' tidak dikenal untuk 4",
        ),
        ({"P1": 9}, {"variabel": {"X": ["P1"]}}, "jawaban 9 di luar 1 sampai 5"),
        ({"P1": 2.5}, {"variabel": {"X": ["P1"]}}, "jawaban 2.5 di luar"),
        ({}, {"variabel": {"X": ["P1"]}, "points": 3}, "points='3' tidak dikenal"),
    ],
)
def test_answers_that_are_none_are_named(change, call, said):
    with pytest.raises((ModelError, RequestError)) as raised:
        angket(forms().assign(**change), **call)
    assert said in in_language(raised.value, "id")


def test_items_that_measure_nothing_are_found_out():
    noise = pd.DataFrame(np.random.default_rng(1).integers(1, 6, (60, 3)), columns=["a", "b", "c"])
    found = angket(noise, {"Acak": ["a", "b", "c"]})
    strict, customary = uji_validitas(found), uji_validitas(found, r="total")
    assert "tidak valid: a, b, c" in in_words(strict.interpretations[0], "id")
    assert "Semua 3 butir Acak valid" in in_words(customary.interpretations[0], "id"), (
        "the usual test passes noise"
    )
    assert "tidak reliabel" in in_words(uji_reliabilitas(found).interpretations[0], "id")


def test_categories_have_equal_width():
    answers = angket(
        pd.DataFrame({k: [v] * 3 for k, v in zip("abcde", [1, 2, 3, 4, 5], strict=True)}),
        {"X": list("abcde")},
    )
    table = deskripsi_variabel(answers).table
    assert [in_words(c, "id") for c in table["category"]] == [
        "Sangat rendah",
        "Rendah",
        "Sedang",
        "Tinggi",
        "Sangat tinggi",
    ]
    assert table["answer_4"].tolist() == [0, 0, 0, 3, 0]


def test_respondents_are_counted_with_those_who_did_not_say():
    data = pd.DataFrame({"Pendidikan": ["S1", "SMA", None, "S1"]})
    section = karakteristik_responden(data, ["Pendidikan"])
    assert section.table["frequency"].tolist() == [2, 1, 3]
    assert "1 responden tidak mengisi" in section.to_markdown()


@pytest.mark.parametrize(
    "classes",
    [
        ["< 25 tahun", "25 - 35 tahun", "36 - 45 tahun", "> 45 tahun"],
        ["Kurang dari 5 tahun", "5–10 tahun", "11–20 tahun", "Lebih dari 20 tahun"],
        ["≤ 1.000.000", "1.000.001 - 2.500.000", "2.500.001 - 10.000.000", "> 10.000.000"],
        ["2,00 - 2,75", "2,76 - 3,00", "3,01 - 4,00"],
        ["D3", "S1", "SMA"],
    ],
)
def test_classes_of_numbers_stand_in_their_order(classes):
    given = pd.DataFrame({"kelas": [f" {each} " for each in reversed(classes)] + [" ", None]})
    section = karakteristik_responden(given, ["kelas"])
    assert section.table["category"].tolist()[:-1] == classes
    assert "2 responden tidak mengisi" in section.to_markdown()


def test_ordered_categories_keep_the_order_that_they_were_given():
    levels = ["SMA", "D3", "S1"]
    given = pd.DataFrame({"pendidikan": pd.Categorical(["S1", "SMA", "D3"], levels, ordered=True)})
    assert karakteristik_responden(given, ["pendidikan"]).table["category"].tolist()[:3] == levels


def test_headings_of_online_forms_are_found_as_they_are_read():
    data = pd.DataFrame({"1. Atasan  adil ": ["Setuju", "TS"], "2. Atasan\nabsen (-)": [2, 4]})
    found = angket(data, {"X": ["1. Atasan adil", "2. Atasan absen (-) "]}, terbalik=["2. Atasan absen (-)"])
    assert found.scores["X"].tolist() == [8, 4]
    description = deskripsi_variabel(found).to_markdown()
    assert "Jawaban sudah dibalik untuk butir: 2. Atasan absen (-)." in description
    twins = pd.DataFrame([[4, 2], [3, 1]], columns=["A", "A "])
    with pytest.raises(ModelError, match="twice"):
        angket(twins, {"X": ["A"]})


def test_numbers_stand_in_their_order_and_a_title_is_words():
    section = karakteristik_responden(pd.DataFrame({"lama_kerja": [10, 9, 9, 2]}), ["lama_kerja"])
    assert section.table["category"].tolist()[:3] == ["2", "9", "10"]
    assert "Responden menurut lama kerja" in section.to_markdown()
    mixed = karakteristik_responden(pd.DataFrame({"usia": [30, "tidak tahu"]}, dtype="object"), ["usia"])
    assert mixed.table["category"].tolist()[:2] == ["30", "tidak tahu"]


def test_one_call_writes_the_chapter(tmp_path):
    data = forms()
    data.loc[0, "K1"] = np.nan
    place = tmp_path / "bab4.docx"
    chapter = bab_iv(
        data, VARIABLES, y="Kinerja", x=["Pelatihan", "Motivasi"], mediator="Motivasi", responden=["Jenis Kelamin"],
        terbalik=["M4"], path=place, draws=300,
    )  # fmt: skip
    assert chapter.path == place
    document = docx.Document(place)
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [
        "BAB IV HASIL PENELITIAN", "Karakteristik Responden", "Deskripsi Variabel", "Uji Validitas", "Uji Reliabilitas",
        "Uji Asumsi Klasik", "Analisis Regresi Linier Berganda", "Uji Mediasi",
    ]  # fmt: skip
    texts = "\n".join(p.text for p in document.paragraphs)
    assert "Regresi memakai 89 responden yang jawabannya lengkap; 1 responden tidak lengkap" in texts
    b = chapter.regression.fit.row("Motivasi")["estimate"]
    assert f"{b:.3f} Motivasi".replace(".", ",") in texts
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "Cronbach's Alpha" in cells
    assert not any(c.count(".") == 1 and c.replace(".", "").replace("−", "").isdigit() for c in cells), (
        "a decimal point"
    )
    alpha = cronbach_alpha(chapter.questionnaire.items["Motivasi"]).alpha
    assert f"{alpha:.3f}".replace(".", ",") in cells
    remarks = [p for p in document.paragraphs if p.style.name == "Remark"]
    assert len(remarks) == 9
    xml = zipfile.ZipFile(place).read("word/document.xml").decode()
    assert "thesis_" not in xml
    assert xml.count("<wp:docPr") == 1


def test_the_chapter_in_english_without_remarks(tmp_path):
    place = tmp_path / "chapter.docx"
    bab_iv(
        forms(),
        VARIABLES,
        y="Kinerja",
        x=["Motivasi"],
        terbalik=["M4"],
        path=place,
        language="en",
        better=False,
    )
    document = docx.Document(place)
    assert document.paragraphs[0].text == "CHAPTER IV RESULTS"
    assert not [p for p in document.paragraphs if p.style.name == "Remark"]
    assert any(p.text.startswith("Table 1") for p in document.paragraphs)


def test_a_mediation_that_is_there_is_found_and_one_that_is_not_is_not():
    data = forms(300)
    answers = angket(data, VARIABLES, terbalik=["M4"])
    found = uji_mediasi(answers, "Pelatihan", "Motivasi", "Kinerja", draws=400)
    assert "memediasi pengaruh Pelatihan terhadap Kinerja" in in_words(found.interpretations[0], "id")
    mixed = answers.scores.assign(Motivasi=np.random.default_rng(2).permutation(answers.scores["Motivasi"]))
    idle = uji_mediasi(mixed, "Pelatihan", "Motivasi", "Kinerja", draws=400)
    assert "tidak terbukti" in in_words(idle.interpretations[0], "id")


def test_a_bend_uneven_spread_and_crooked_residuals_are_seen():
    rng = np.random.default_rng(3)
    x = np.repeat(np.arange(1.0, 11.0), 20)
    data = pd.DataFrame({"x": x, "bent": (x - 5) ** 2 + rng.normal(size=200), "wide": x + x * rng.normal(size=200),
                         "crooked": x + rng.exponential(2, 200), "fine": x + rng.normal(size=200)})  # fmt: skip

    def read_of(y):
        return " ".join(
            in_words(reading, "id") for reading in uji_asumsi_klasik(data, y, ["x"]).interpretations
        )

    assert "hubungan x menyimpang dari garis lurus" in read_of("bent")
    assert "Pakai tabel galat baku HC3" in read_of("wide")
    assert "residual tidak menyebar normal" in read_of("crooked")
    fine = read_of("fine")
    assert "tidak terbukti menyimpang" in fine
    assert "tidak ada tanda heteroskedastisitas" in fine
    assert "dapat dianggap linier" in fine


def test_two_variables_that_are_one_are_named():
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"a": rng.normal(size=50), "y": rng.normal(size=50)}).assign(
        b=lambda d: d["a"] + 0.1 * rng.normal(size=50)
    )
    text = in_words(uji_asumsi_klasik(data, "y", ["a", "b"]).interpretations[1], "id")
    assert text.startswith("Multikolinearitas: VIF")
    assert "ada multikolinearitas" in text
    with pytest.raises(ModelError):
        regresi_berganda(data, "y", ["a", "a"])
    with pytest.raises(ModelError):
        regresi_berganda(data, "y", ["y"])


def test_units_of_columns_do_not_matter():
    data, theirs = read("thesis_swiss")
    y, x = theirs["y"], theirs["x"]
    moved = data.assign(**{x[0]: 1e6 * data[x[0]] + 5e6, y: 1e-3 * data[y]})
    for one, two in zip(
        uji_asumsi_klasik(data, y, x).sheets, uji_asumsi_klasik(moved, y, x).sheets, strict=True
    ):
        for column in {"t", "significance", "vif", "f", "statistic", "chi_square"} & set(one.table):
            rows = slice(1, None) if column in ("t", "significance") and "b" in one.table else slice(None)
            assert two.table[column].astype(float)[rows].tolist() == pytest.approx(
                one.table[column].astype(float)[rows].tolist(), rel=1e-6, nan_ok=True
            )


def test_a_section_shows_itself_in_a_notebook_and_as_a_drawing():
    data, theirs = read("thesis_attitude")
    section = uji_asumsi_klasik(data, theirs["y"], theirs["x"])
    page = section._repr_html_()
    assert page.count("<table") == len(section.sheets)
    parts = section.parts("id")
    assert isinstance(parts[0], Heading)
    (picture,) = [part for part in parts if isinstance(part, Picture)]
    image = np.asarray(Image.open(io.BytesIO(picture.png)).convert("L"))
    thirds = np.array_split(image, 3, axis=1)
    assert all((third < 200).mean() > 0.005 for third in thirds), "three drawings, none of them empty"


def test_a_stray_blank_makes_no_category_of_its_own():
    section = karakteristik_responden(pd.DataFrame({"jk": ["L", "L ", " P", "P", "P"]}), ["jk"])
    assert section.table[["category", "frequency"]].to_numpy().tolist()[:2] == [["L", 2], ["P", 3]]


def answered(n=80, seed=4):
    """Five items of one trait, answered from 1 to 5."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=n)
    return pd.DataFrame(
        {f"K{k}": np.clip(np.round(3 + trait + rng.normal(0, 0.7, n)), 1, 5).astype(int) for k in range(5)}
    )


def test_an_item_answered_alike_is_left_out_of_alpha_and_named():
    """As SPSS does; kept in, it raises the number of items and lowers alpha."""
    data = answered()
    alike = uji_reliabilitas(angket(data.assign(K0=4), {"K": list(data)}))
    without = uji_reliabilitas(angket(data, {"K": list(data)[1:]}))
    assert alike.table["alpha"].tolist() == without.table["alpha"].tolist()
    assert alike.table["n_items"].tolist() == [4]
    assert alike.interpretations[1] == "K: K0 are answered alike by all respondents, so they are left out."


def test_an_item_that_runs_against_the_others_is_named():
    data = answered()
    found = uji_validitas(angket(data.assign(K0=6 - data["K0"]), {"K": list(data)}))
    assert "K0 run against the other items" in found.interpretations[1]
    turned = uji_validitas(angket(data.assign(K0=6 - data["K0"]), {"K": list(data)}, terbalik=["K0"]))
    assert "against" not in " ".join(turned.interpretations)


def test_words_without_a_middle_need_the_number_of_answers():
    """Of a form of four answers, Setuju is 3 and not 4."""
    four = {1: "STS", 2: "TS", 3: "S", 4: "SS"}
    data = answered().clip(upper=4).map(four.get)
    with pytest.raises(RequestError, match="points=4"):
        angket(data, {"K": list(data)})
    assert (
        angket(data, {"K": list(data)}, points=4)
        .scores["K"]
        .equals(answered().clip(upper=4).sum(axis=1).astype(float))
    )
    assert angket(data, {"K": list(data)}, points=5).items["K"].isin([1, 2, 4, 5]).all(axis=None)
    assert angket(data.assign(K0="Netral"), {"K": list(data)}).points == 5
