"""Publishes small simulated cities as an office does, for whoever attacks what is published."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from render.corrections import changed

from asn_research.clean import clean_folder
from asn_research.clean.store import MEMORY
from asn_research.render.batch import render_batch
from asn_research.render.inputs import _SHARED, prepare_inputs
from asn_research.render.jobs import plan_jobs
from asn_research.simulate import simulate_city


@dataclass(frozen=True)
class SmallCity:
    """A city's folder: its raw files, processed data and reports."""

    folder: Path
    name: str = "processed"

    @property
    def processed(self):
        return self.folder / self.name

    @property
    def raw(self):
        return self.folder / "raw"

    def publish(self, *periods, reports="reports", languages=("id",), **asked):
        """Publish reports of some periods, and return their folder."""
        inputs = prepare_inputs(self.processed)
        jobs = [
            job for period in periods for language in languages
            for job in plan_jobs(inputs, period=period, language=language, **asked)
        ]  # fmt: skip
        done = render_batch(inputs, jobs, self.folder / reports)
        assert all(result.is_published for result in done), [
            result for result in done if not result.is_published
        ]
        return self.folder / reports

    def again(self, name):
        """Return the city with its processed data copied under another name, and nothing kept that is made of a release."""
        other = SmallCity(self.folder, name)
        shutil.copytree(self.processed, other.processed)
        shutil.rmtree(other.processed / MEMORY / _SHARED, ignore_errors=True)
        return other

    def with_other(self, name, table, change):
        """Return the city with a table's last period changed, in processed data of another name."""
        other = self.again(name)
        changed(other.processed, table, change)
        return other


def simulated(folder, *, employees, quarters, seed):
    """Simulate a city and clean it."""
    city = SmallCity(folder)
    simulate_city(city.raw, seed=seed, employees=employees, quarters=quarters)
    clean_folder(city.raw, city.processed)
    return city
