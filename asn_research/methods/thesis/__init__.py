"""What Indonesian theses ask for in *Bab IV*, laid out as it is taught, with what is better beside it."""

from asn_research.methods.thesis.assumptions import uji_asumsi_klasik
from asn_research.methods.thesis.chapter import Chapter, bab_iv
from asn_research.methods.thesis.items import (
    deskripsi_variabel,
    karakteristik_responden,
    uji_reliabilitas,
    uji_validitas,
)
from asn_research.methods.thesis.questionnaire import Questionnaire, angket
from asn_research.methods.thesis.taught import Sheet, Taught
from asn_research.methods.thesis.taught_regression import (
    TaughtMediation,
    TaughtRegression,
    regresi_berganda,
    uji_mediasi,
)

__all__ = [
    "Chapter",
    "Questionnaire",
    "Sheet",
    "Taught",
    "TaughtMediation",
    "TaughtRegression",
    "angket",
    "bab_iv",
    "deskripsi_variabel",
    "karakteristik_responden",
    "regresi_berganda",
    "uji_asumsi_klasik",
    "uji_mediasi",
    "uji_reliabilitas",
    "uji_validitas",
]
