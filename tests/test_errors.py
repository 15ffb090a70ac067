"""Whoever calls the command from a script can tell the kinds of trouble apart."""

from asn_research.errors import AsnError


def kinds(error=AsnError):
    return [error, *(kind for child in error.__subclasses__() for kind in kinds(child))]


def test_each_kind_of_error_has_an_exit_code_of_its_own():
    # A narrower error, as UnknownTableError is of RawDataError, is of its parent's kind to a script.
    broad = [AsnError, *AsnError.__subclasses__()]
    assert all("exit_code" in vars(kind) for kind in broad)
    codes = [kind.exit_code for kind in kinds() if "exit_code" in vars(kind)]
    assert len(codes) == len(set(codes)) > 10
    assert all(0 < code < 64 for code in codes)
