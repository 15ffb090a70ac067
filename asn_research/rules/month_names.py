"""The names of the months as offices write them, in Indonesian and English, with the usual abbreviations."""

#: The number of a month, from 1, by its name in small letters.
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january", "februari pebruari feb peb febuari february", "maret mar mrt march",
            "april apr", "mei may", "juni jun june", "juli jul july",
            "agustus agt ags agst agu agust aug august", "september sept sep", "oktober okt oct october",
            "november nopember nov nop", "desember des dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
