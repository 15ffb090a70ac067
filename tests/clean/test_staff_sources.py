"""Sanctions and the units' own predikat, as offices write them."""

from asn_research.clean import clean_folder, open_processed


def cleaned(tmp_path, name, lines):
    raw, processed = tmp_path / "raw", tmp_path / "processed"
    raw.mkdir()
    (raw / name).write_text("\r\n".join(lines), encoding="utf-8")
    clean_folder(raw, processed)
    return open_processed(processed)


def test_sanctions_in_words_and_in_bkns_codes(tmp_path):
    lines = [
        "NIP;Nama;Unit Kerja;Jenis Hukuman Disiplin;Tanggal SK Hukuman",
        "198609262015051001;Contoh Rekaan;Dinas Perhubungan;Teguran lisan;05/08/2026",
        "198709262015051002;Contoh Rekaan;DISHUB;24;06-08-2026",
        "198809262015051003;Contoh Rekaan;Dinas Perhubungan;Dijewer;07/08/2026",
    ]
    processed = cleaned(tmp_path, "hukdis.csv", lines)
    table = processed.table("sanctions")
    assert sorted(table["sanction"].astype(str)) == ["allowance_cut_9_months", "oral_reprimand"]
    assert set(table["period"].astype(str)) == {"2026-Q3"}
    assert not table.astype(str).apply(lambda column: column.str.contains("1986|1987|Rekaan")).any(axis=None)
    # What is no sanction of the regulation waits for its office.
    assert processed.exits().query("source == 'sanctions'")["n_quarantined"].sum() == 1


def test_the_units_own_predikats(tmp_path):
    lines = [
        "Perangkat Daerah;Triwulan;Predikat Kinerja Organisasi",
        "Dinas Perhubungan;Triwulan III 2026;Istimewa",
        "Kec. Pontianak Selatan;Triwulan III 2026;Butuh Perbaikan/Cukup",
    ]
    table = cleaned(tmp_path, "organisasi.csv", lines).table("organisation_predikats")
    found = dict(zip(table["unit_id"].astype(str), table["organisation_predikat"].astype(str), strict=True))
    assert found == {"DISHUB": "excellent", "KEC-SEL": "needs_improvement"}
