"""What an office writes below its answers is evidence: the key of its scale, its own index, small tables that sum up."""

import random
from fractions import Fraction

import pytest
from clean.surveys import HEADS, TODAY, cleaned, write
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.parse.answer_codes import counts_from_best
from asn_research.read.notes import Note, key_lines, stated_indices
from asn_research.rules.codebooks import load_codebook

LETTERHEAD = [["DINAS PERHUBUNGAN"], ["TRIWULAN III TAHUN 2026"], []]
TABLE = ["No", *HEADS]


def answers(n=40, seed=3, weights=(3, 12, 55, 30)):
    draw = random.Random(seed)
    return [draw.choices((1, 2, 3, 4), weights, k=9) for _ in range(n)]


def index_of(forms):
    return float(Fraction(25 * sum(map(sum, forms)), 9 * len(forms)))


def sheet(forms, *below):
    return [*LETTERHEAD, TABLE, *([at, *form] for at, form in enumerate(forms, start=1)), *below]


def told(value):
    return f"{value:.2f}".replace(".", ",")


def mean_of(processed):
    table = processed.table("citizen_feedback")
    return float(table["conduct"].astype(float).mean()) if len(table) else None


LEGENDS = [
    [["Keterangan:"], ["1 = Sangat Baik"], ["2 = Baik"], ["3 = Kurang Baik"], ["4 = Tidak Baik"]],
    [["", "1", "=", "Sangat Baik"], ["", "2", "=", "Baik"], ["", "3", "=", "Kurang Baik"], ["", "4", "=", "Tidak Baik"]],
    [["Sangat Baik = 1; Baik = 2; Kurang Baik = 3; Tidak Baik = 4"]],
    [["1. Sangat Baik  2. Baik  3. Kurang Baik  4. Tidak Baik"]],
    [["Nilai 1", "Sangat Baik (1)", "Tidak Baik (4)"]],
]  # fmt: skip


@pytest.mark.parametrize("legend", LEGENDS)
def test_a_key_below_the_table_that_calls_1_the_best_is_asked_about(tmp_path, legend):
    forms = answers()
    turned = [[5 - step for step in form] for form in forms]
    asked, processed = cleaned(tmp_path, sheet(turned, [], *legend), "best_first")
    assert asked == ["scale_direction"]
    assert mean_of(processed) == pytest.approx(sum(form[6] for form in forms) / len(forms))


def test_a_key_in_the_regulations_order_asks_nothing():
    column = load_codebook("citizen_feedback")["conduct"]
    lines = list(
        key_lines([Note(1, ("4", "Sangat Baik")), Note(2, ("3", "Baik")), Note(3, ("1", ":", "Tidak Baik"))])
    )
    assert not counts_from_best(lines, [column])


def foot(value):
    return [["IKM Unit Pelayanan", *[""] * 9, f"**) {value}"], ["Mutu Pelayanan", *[""] * 9, "B (Baik)"]]


def test_an_index_that_the_answers_turned_round_make_asks_which_number_is_best(tmp_path):
    forms = answers()
    turned = [[5 - step for step in form] for form in forms]
    asked, processed = cleaned(tmp_path, sheet(turned, *foot(told(index_of(forms)))), "best_first")
    assert asked == ["scale_by_index"]
    assert mean_of(processed) == pytest.approx(sum(form[6] for form in forms) / len(forms))


def test_one_form_is_enough_to_be_turned_round(tmp_path):
    form = [1, 1, 2, 1, 1, 1, 2, 1, 1]
    stated = told(index_of([[5 - step for step in form]]))
    asked, _ = cleaned(tmp_path, sheet([form], *foot(stated)), "best_first")
    assert asked == ["scale_by_index"]


@pytest.mark.parametrize(("answer", "n_kept"), [("rows", 40), ("stated", 0)])
def test_an_index_that_the_answers_do_not_make_is_asked_about(tmp_path, answer, n_kept):
    forms = answers()
    rows = sheet(forms, *foot(told(index_of(forms) - 6)))
    asked, processed = cleaned(tmp_path, rows, answer)
    assert asked == ["own_index"]
    assert len(processed.table("citizen_feedback")) == n_kept


def test_the_answer_about_one_wrong_index_does_not_hold_for_another(tmp_path):
    forms = answers()
    cleaned(tmp_path, sheet(forms, *foot(told(index_of(forms) - 6))), "rows")
    write(tmp_path / "raw" / "a.xlsx", sheet(forms, *foot(told(index_of(forms) - 9))))
    report = clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)
    assert [one.question.kind for one in report.questions if not one.answer] == ["own_index"]


def means(forms, decimals):
    return [round(sum(form[at] for form in forms) / len(forms), decimals) for at in range(9)]


@settings(max_examples=6)
@given(
    seed=st.integers(0, 10**6), decimals=st.integers(2, 3), weight=st.sampled_from([0.11, 0.111, 1 / 9]), with_index=st.booleans()
)  # fmt: skip
def test_an_index_rounded_on_its_way_asks_nothing(tmp_path_factory, seed, decimals, weight, with_index):
    forms = answers(60, seed)
    nrr = means(forms, decimals)
    weighted = [round(value * weight, 3) for value in nrr]
    below = [
        ["Jumlah", *(sum(form[at] for form in forms) for at in range(9))],
        ["NRR / Unsur", *nrr],
        ["NRR Tertimbang / Unsur", *weighted, f"*) {told(sum(weighted))}"],
        *(foot(told(sum(nrr) * weight * 25)) if with_index else []),
        ["Target IKM", *[""] * 9, "85"],
    ]
    asked, processed = cleaned(tmp_path_factory.mktemp("foot"), sheet(forms, *below))
    assert asked == []
    assert len(processed.table("citizen_feedback")) == 60


def test_means_below_the_table_are_compared_too(tmp_path):
    forms = answers()
    nrr = [value - 0.2 for value in means(forms, 3)]
    assert cleaned(tmp_path, sheet(forms, ["NRR / Unsur", *nrr]))[0] == ["own_index"]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (("IKM Unit Pelayanan", "**) 71,59"), [71.59]), (("Nilai IKM : 78.37 (B)",), [78.37]), (("IKM", "78"), [78.0]),
        (("Nilai Indeks", "3,13"), [78.25]), (("Target IKM 80",), []), (("IKM tahun lalu", "75,2"), []),
        (("- IKM = Indeks Kepuasan Masyarakat",), []), (("Nilai interval IKM 25,00 - 64,99",), []),
        (("Jumlah responden SKM", "75"), []), (("- **) = Jumlah NRR Tertimbang x 25",), []),
    ],
)  # fmt: skip
def test_what_states_an_index(cells, values):
    assert [one.value for one in stated_indices([Note(1, cells)])] == pytest.approx(values)


def test_right_means_do_not_excuse_a_wrong_index(tmp_path):
    forms = answers()
    below = [["NRR / Unsur", *means(forms, 3)], *foot(told(index_of(forms) - 7))]
    assert cleaned(tmp_path, sheet(forms, *below))[0] == ["own_index"]


def small_table(title, heading, names):
    return [[], [], [title], [heading, *TABLE[1:]], *([name, *[3] * 9] for name in names)]


@pytest.mark.parametrize(
    ("title", "heading"), [("NILAI MODUS PER LAYANAN", "LAYANAN"), ("REKAP", "Rata-rata per loket"), ("LAMPIRAN", "LAYANAN")]
)  # fmt: skip
def test_a_small_table_of_services_below_gives_no_respondents(tmp_path, title, heading):
    forms = answers()
    rows = sheet(forms, *small_table(title, heading, [f"Layanan {name}" for name in "ABCDE"]))
    asked, processed = cleaned(tmp_path, rows)
    assert asked == []
    assert len(processed.table("citizen_feedback")) == 40
    gone = "quarantine" if title == "LAMPIRAN" else "excluded"
    assert len(processed.table(gone)["row_id"].unique()) >= 5


def test_a_second_table_of_respondents_with_names_is_read(tmp_path):
    forms = answers()
    names = [f"Warga {at} {'abcdefghij'[at]}" for at in range(10)]
    rows = sheet(forms, *small_table("TRIWULAN II TAHUN 2026", "NAMA RESPONDEN", names))
    _, processed = cleaned(tmp_path, rows)
    assert processed.table("citizen_feedback")["period"].astype(str).value_counts().to_dict() == {
        "2026-Q3": 40,
        "2026-Q2": 10,
    }


def test_the_order_of_elements_is_asked_once_whatever_stands_beside_them(tmp_path):
    numbered = [f"U{n}" for n in range(1, 10)]
    forms = answers()
    first = [*LETTERHEAD, ["No", *numbered], *([at, *form] for at, form in enumerate(forms, start=1))]
    cleaned(tmp_path, first, "facilities_first")
    others = [[*LETTERHEAD, ["No", "Umur", "Jenis Kelamin", *numbered],
               *([at, 20 + at, "L", *form] for at, form in enumerate(answers(30, 8), start=1))],
              [*LETTERHEAD, ["", *["NILAI UNSUR"] * 9], ["No", *numbered],
               *([at, *form] for at, form in enumerate(answers(30, 9), start=1))]]  # fmt: skip
    beside = [
        *LETTERHEAD,
        ["No", *numbered, "", "Nilai", "Mutu"],
        *([at, *form] for at, form in enumerate(answers(30, 4), start=1)),
    ]
    beside[4] += ["", "88,31 - 100", "A"]
    others.append(beside)
    for at, rows in enumerate(others):
        write(tmp_path / "raw" / f"b{at}.xlsx", rows)
    report = clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)
    assert [one.question.kind for one in report.questions if not one.answer] == []
    assert len(open_processed(tmp_path / "out").table("citizen_feedback")) == 130
