"""One normaliser for cleaning and scanning: numbers of people are found in any disguise, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean.privacy.identity import NipRegister, read_nip
from asn_research.identities import find_identities, is_nik, is_nip, plain_text

# Invented: 29 February 1980 and a sequence of 9s belong to nobody.
NIP = "198002292005011" + "999"
NIK = "6171016902800" + "999"
PHONE = "0812" + "34567890"
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
BOLD = str.maketrans("0123456789", "".join(chr(0x1D7CE + n) for n in range(10)))
BLACK = str.maketrans("0123456789", "⓿❶❷❸❹❺❻❼❽❾")
JAVANESE = str.maketrans("0123456789", "".join(chr(0xA9D0 + n) for n in range(10)))

DISGUISES = {
    "bare": (NIP, "NIP"),
    "dots": (f"{NIP[:8]}.{NIP[8:14]}.{NIP[14]}.{NIP[15:]}", "NIP"),
    "hyphens": (f"{NIP[:8]}-{NIP[8:14]}-{NIP[14]}-{NIP[15:]}", "NIP"),
    "in_fours": (" ".join(NIP[at : at + 4] for at in range(0, 18, 4)), "NIP"),
    "glued": (f"NIP{NIP}x", "NIP"),
    "underscores": (f"SKP_{NIP[:8]}_{NIP[8:14]}_{NIP[14:]}_v2", "NIP"),
    "slashes": (f"{NIP[:8]}/{NIP[8:14]}/{NIP[14]}/{NIP[15:]}", "NIP"),
    "one_by_one": (" ".join(NIP), "NIP"),
    "full_width": (NIP.translate(WIDE), "NIP"),
    "arabic": (NIP.translate(ARABIC), "NIP"),
    "mathematical": (NIP.translate(BOLD), "NIP"),
    "zero_width": ("\u200b".join(NIP), "NIP"),
    "soft_hyphens": ("\u00ad".join(NIP), "NIP"),
    "no_break_space": (f"{NIP[:8]}\u00a0{NIP[8:14]}\u00a0{NIP[14]}\u00a0{NIP[15:]}", "NIP"),
    "other_dashes": (f"{NIP[:8]}\u2013{NIP[8:14]}\u2013{NIP[14:]}", "NIP"),
    "letters_for_digits": (NIP.replace("0", "O").replace("1", "l"), "NIP"),
    "struck_through": ("\u0336".join(NIP), "NIP"),
    "two_lines": (f"{NIP[:8]}\n{NIP[8:]}", "NIP"),
    "cut_by_a_spreadsheet": (NIP[:15] + "000", "NIP"),
    "scientific": (f"{NIP[0]}.{NIP[1:15]}E+17", "NIP"),
    "black_circles": (NIP.translate(BLACK), "NIP"),
    "javanese": (NIP.translate(JAVANESE), "NIP"),
    "keycaps": ("".join(f"{sign}\ufe0f\u20e3" for sign in NIP), "NIP"),
    "plus_signs": (f"{NIP[:8]}+{NIP[8:14]}+{NIP[14]}+{NIP[15:]}", "NIP"),
    "brackets": (f"[{NIP[:8]}][{NIP[8:14]}][{NIP[14]}][{NIP[15:]}]", "NIP"),
    "ampersands": (f"{NIP[:8]}&{NIP[8:14]}&{NIP[14]}&{NIP[15:]}", "NIP"),
    "many_blanks": (f"{NIP[:8]}     {NIP[8:14]}     {NIP[14]}     {NIP[15:]}", "NIP"),
    "fraction_slashes": (f"{NIP[:8]}\u2044{NIP[8:14]}\u2044{NIP[14:]}", "NIP"),
    "low_commas": (f"{NIP[:8]}\u201a{NIP[8:14]}\u201a{NIP[14:]}", "NIP"),
    "address_of_a_page": (f"data?n={NIP[:8]}%20{NIP[8:14]}%20{NIP[14]}%20{NIP[15:]}", "NIP"),
    "more_letters_for_digits": (NIP.replace("5", "S").replace("8", "B"), "NIP"),
    "nik_as_an_amount": (f"{int(NIK):,}", "NIK"),
    "nik_scientific": (f"{int(NIK):.15E}", "NIK"),
    "telephone_plus_signs": (f"{PHONE[:4]}+{PHONE[4:8]}+{PHONE[8:]}", "telephone"),
    "mail_escaped": ("wulanti%40contoh.go.id", "e-mail"),
    "mail_in_words": ("wulanti AT contoh DOT go DOT id", "e-mail"),
    "inside_a_longer_run": (f"7{NIP}4", "NIP"),
    "nik": (NIK, "NIK"),
    "nik_in_fours": (" ".join(NIK[at : at + 4] for at in range(0, 16, 4)), "NIK"),
    "nik_dots": (f"{NIK[:6]}.{NIK[6:12]}.{NIK[12:]}", "NIK"),
    "nik_one_by_one": ("-".join(NIK), "NIK"),
    "nik_arabic": (NIK.translate(ARABIC), "NIK"),
    "nik_glued": (f"x{NIK}y", "NIK"),
    "telephone": (PHONE, "telephone"),
    "telephone_hyphens": (f"{PHONE[:4]}-{PHONE[4:8]}-{PHONE[8:]}", "telephone"),
    "telephone_abroad": (f"+62 {PHONE[1:4]} {PHONE[4:8]} {PHONE[8:]}", "telephone"),
    "telephone_without_plus": ("62" + PHONE[1:], "telephone"),
    "telephone_one_by_one": (" ".join(PHONE), "telephone"),
    "telephone_wide": (PHONE.translate(WIDE), "telephone"),
    "telephone_abroad_by_zeros": ("0062" + PHONE[1:], "telephone"),
    "fixed_line": ("(0561) 731999", "telephone"),
    "fixed_line_in_groups": ("Telp. 0561 - 731 999", "telephone"),
    "fixed_line_hyphen": ("021-73199999", "telephone"),
    "fixed_line_abroad": ("+62 561 731999", "telephone"),
    "fixed_line_abroad_beside_a_number": ("+62 561 731999 44", "telephone"),
    "telephone_abroad_with_zero": (f"+62 (0){PHONE[1:4]} {PHONE[4:]}", "telephone"),
    "fixed_line_glued": ("telp0561731999", "telephone"),
    "mail": ("wulanti.g@contoh.go.id", "e-mail"),
    "mail_wide": ("wulanti＠contoh.id", "e-mail"),
    "mail_spelt": ("wulanti [at] contoh [dot] id", "e-mail"),
    "plate": ("KB 1234 XY", "number plate"),
    "plate_glued": ("KB1234XY", "number plate"),
    "plate_hyphens": ("kb-1234-xy", "number plate"),
    "plate_underscores": ("foto_KB_1234_XY_depan", "number plate"),
    "plate_lookalikes": ("КВ 1234 ХУ", "number plate"),
    "plate_elsewhere": ("B 2345 XYZ", "number plate"),
}  # fmt: skip

PLAIN = [
    "Triwulan III 2026: 5.181 pegawai, 4.982 responden, 12,5%", "2024 2025 2026 2027 2028", "2026-09-30 00:34:24,123",
    "PermenPANRB 14/2017 pasal 12 ayat (3)", "0.198002292005011999", "0,6171016902800999", "85,0812345678", "L 120 P 130",
    "a3f19b0c6d2e1f88", "1.234.567.890.123", "UU 25 TAHUN 2009", "II/a III/b IV/c", "08.00-16.00 WIB", "0730-1600 0800-1400",
    "12 34 56 78 90 12 34 56", "1 2 0 3 0 1 0 4 1 2", "TW 3 2026 JP 24", "KB Lestari 12 kelompok", "123456789012345678", "Kode 5.1.02.01.01.0055", "0201 1200 345", "0561 kode wilayah", "0.561731, 0,561731999",
    "30\n3,033\n75,83\n70,6 - 80,6", "3.021\n2.345.678", "0,061 234 567", "100.0561 731 999", "part-69a051036220.parquet",
    "Rp1,234,567,890,123,456", "75%20 dan 80%40", "12% + 34% = 46%", "2026S1 2026B2 20260S15B2026", "[1][2][3] (4) 5 = 2 + 3",
    "rapat at kantor, titik akhir",
]  # fmt: skip


@pytest.mark.parametrize("name", DISGUISES)
def test_a_number_is_found_in_any_disguise(name):
    text, kind = DISGUISES[name]
    assert kind in find_identities(f"Program {text} selesai")
    # Another number beside it does not hide it.
    assert kind in find_identities(f"Program {text} 36")


@pytest.mark.parametrize("text", PLAIN)
def test_other_numbers_are_nobodys(text):
    assert find_identities(text) == []


@pytest.mark.parametrize(
    "name", ["dots", "hyphens", "full_width", "arabic", "zero_width", "other_dashes", "slashes"]
)
def test_cleaning_reads_what_the_scan_sees(name):
    assert read_nip(DISGUISES[name][0], "s", NipRegister()).digits == NIP


@given(st.text())
def test_a_text_is_normalised_once_and_for_all(text):
    once = plain_text(text)
    assert plain_text(once) == once


@given(st.lists(st.floats(0, 10_000).map(lambda x: f"{x:.2f}".replace(".", ",")), max_size=40))
def test_printed_figures_lead_to_nobody(figures):
    assert find_identities("\n".join(figures)) == []


def test_what_cannot_be_a_number_of_a_person():
    assert not is_nip(NIP[:4] + "13" + NIP[6:])
    assert not is_nik("00" + NIK[2:])
    assert not is_nik(NIK[:12] + "0000")
