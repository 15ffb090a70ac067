"""Chapters I, II and V of a survey report, in the outline of the ministry's template."""

from __future__ import annotations

import pandas as pd

from asn_research.rules.survey_basis import survey_basis
from asn_research.rules.working_days import calendar_of, working_days_between
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.movement import movements
from asn_research.show.sections.section_parts import listing, satisfaction_rule
from asn_research.show.sections.survey_elements import strengths
from asn_research.show.sections.survey_front import message
from asn_research.show.sections.survey_plan import planned
from asn_research.show.sections.survey_words import date_span, has_survey, regulation, sample_sentence
from asn_research.show.tabling import Show, build_table

#: What a survey's work is made of, in the template's order.
_STAGES = ("preparation", "collection", "processing", "reporting")


def introduction(data: ReportData) -> Blocks:
    """Return chapter I: background, legal basis, purpose and aims. Without a survey there is none."""
    if not has_survey(data):
        return Blocks(())
    words = data.words
    basis = [each.label(data.language) for each in survey_basis(data.period)]
    return Blocks(
        (
            Heading(words("chapter_introduction"), form="chapter", new_page=True),
            Heading(words("section_background"), 2),
            Paragraph(words("background", name=data.name, regulation=regulation(data))),
            Heading(words("section_basis"), 2),
            Paragraph(words("basis_sentence", basis=listing(data, [*basis, regulation(data)]))),
            Heading(words("section_aims"), 2),
            Paragraph(words("aims_purpose", name=data.name)),
            Paragraph(words("aims_list")),
        )
    )


def collection(data: ReportData) -> Blocks:
    """Return chapter II: who surveyed, how, where and when, and the numbers of respondents reached and needed."""
    if not has_survey(data):
        return Blocks(())
    words, facts = data.words, data.given.survey
    return Blocks(
        (
            Heading(words("chapter_collection"), form="chapter"),
            Heading(words("section_team"), 2),
            Paragraph(facts.team or words("team_missing")),
            Heading(words("section_survey_method"), 2),
            *([Paragraph(facts.method)] if facts.method else []),
            Paragraph(words("survey_method", n=len(satisfaction_rule(data).elements))),
            *_channels(data),
            Heading(words("section_place"), 2),
            Paragraph(facts.place or words("place_missing")),
            Heading(words("section_time"), 2),
            *_dates(data),
            Heading(words("section_sample"), 2),
            Paragraph(sample_sentence(data)),
            *_sample_table(data),
            *([Paragraph(facts.note)] if facts.note else []),
        )
    )


def _channels(data: ReportData) -> list[Block]:
    """Return the sentence on how many respondents each channel had."""
    found = data.rows("respondent_groups", dimension="channel")
    if found is None:
        return []
    parts = [
        data.words("channel_part", channel=data.words(f"channel_{key}").lower(), n=data.numbers.number(n))
        for key, n in zip(found.frame["category"], found.frame["n"], strict=True)
        if not is_missing(n)
    ]
    return [Paragraph(data.words("channels_sentence", channels=listing(data, parts)))] if parts else []


def _dates(data: ReportData) -> list[Block]:
    """Return the dates of the work: the field work as stated in the form, the others for the unit to fill in."""
    words, facts, span = data.words, data.given.survey, date_span(data)
    n_days = ""
    if facts.first_day and facts.last_day:
        # The first day counts too.
        ends = pd.Series(pd.to_datetime([facts.first_day, facts.last_day]))
        days = working_days_between(
            ends[:1] - pd.Timedelta(days=1), ends[1:].reset_index(drop=True), calendar_of(data.city)
        )
        n_days = data.numbers.number(float(days.iloc[0]))
    columns = (
        TableColumn(words("col_number"), "center", 0.5),
        TableColumn(words("col_stage"), "left", 3),
        TableColumn(words("col_dates"), "left", 3),
        TableColumn(words("col_working_days"), "right", 1.4),
    )
    rows = tuple(
        (
            Cell(str(at)), Cell(words(f"stage_{stage}")),
            Cell(span if stage == "collection" else ""), Cell(n_days if stage == "collection" else ""),
        )
        for at, stage in enumerate(_STAGES, start=1)
    )  # fmt: skip
    sentence = (
        words("time_stated", span=span)
        if span
        else words("time_missing", period=data.period.label(data.language))
    )
    if not span:
        return [Paragraph(sentence)]
    return [Paragraph(sentence), Table("survey_time", words("table_survey_time"), columns, rows)]


def _sample_table(data: ReportData) -> list[Block]:
    """Return the sample by service, where the unit has several and the log of requests is what counts the people served.

    A stated number of people served is one number for the unit; how many each service had is not stated with it.
    """
    words = data.words
    if data.given.survey.recipients:
        return []
    found = data.rows("sample")
    own = None if found is None else found.rows(found.frame["service_id"].astype("str") != "")
    if own is None or len(own) < 2:
        return []
    services = data.city.services
    shows = [
        Show(words("col_service"), "service_id", text=lambda key: services[key].name(data.language) if key in services else str(key), width=3.4),
        Show(words("col_served"), "population_n", width=1.2),
        Show(words("col_needed"), "needed_n", width=1.2),
        Show(words("col_respondents"), "n_respondents", width=1.2),
    ]  # fmt: skip
    return [build_table(data, own, shows, key="sample", title=words("table_sample"))]


def conclusion(data: ReportData) -> Blocks:
    """Return chapter V: the main message, the strong and weak elements, and the plan."""
    if not has_survey(data):
        return Blocks(())
    words, plan = data.words, planned(data)
    named = [words(f"element_{each.element}").lower() for each in plan if each.element]
    last = [Paragraph(words("conclusion_plan", elements=listing(data, named)))] if named else []
    return Blocks(
        (
            Heading(words("chapter_conclusion"), form="chapter"),
            *(Paragraph(sentence) for sentence in message(data, movements(data))),
            *strengths(data),
            *last,
        )
    )
