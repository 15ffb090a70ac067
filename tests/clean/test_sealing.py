"""What is sealed opens with its own key and name alone, and tells nothing without them."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean.privacy.identity import Pseudonyms
from asn_research.clean.privacy.sealing import Sealer

SEALER = Sealer.of(Pseudonyms(b"a key for tests only"))


@given(st.binary(max_size=300), st.text(max_size=20))
def test_what_is_sealed_opens_again(content, name):
    assert SEALER.unseal(SEALER.seal(content, name), name) == content


@given(st.binary(min_size=1, max_size=100), st.data())
def test_no_changed_bit_passes(content, data):
    sealed = bytearray(SEALER.seal(content, "a"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert SEALER.unseal(bytes(sealed), "a") is None


@pytest.mark.parametrize("cut", [0, 1, 31, 32, 40])
def test_what_was_cut_off_does_not_open(cut):
    assert SEALER.unseal(SEALER.seal(b"0" * 100, "a")[:cut], "a") is None


def test_another_name_or_key_opens_nothing():
    sealed = SEALER.seal(b"Wulanti Gumelarsa", "ab")
    assert SEALER.unseal(sealed, "b") is None
    assert Sealer.of(Pseudonyms(b"another key for tests")).unseal(sealed, "ab") is None
    # Nor can a part of the content be taken for a part of the name.
    assert SEALER.seal(b"bc", "a")[:32] != SEALER.seal(b"c", "ab")[:32]


def test_nothing_of_the_content_shows_and_no_stream_is_used_twice():
    one, other = SEALER.seal(b"\0" * 4096, "a"), SEALER.seal(b"\0" * 4095 + b"\1", "a")
    assert len(set(one[32:])) > 200
    # Contents that differ in one bit differ everywhere.
    alike = sum(a == b for a, b in zip(one, other, strict=True))
    assert alike < 60
    assert one == SEALER.seal(b"\0" * 4096, "a")


def test_it_is_made_of_the_two_keyed_functions_that_it_names():
    """The same bytes, made by hand with a stream of whole numbers."""
    content, name = b"isi", "berkas"
    tag = hmac.new(SEALER.tag_key, (6).to_bytes(8, "big") + b"berkas" + content, hashlib.sha256).digest()
    stream = hashlib.shake_256(SEALER.stream_key + tag).digest(3)
    assert SEALER.seal(content, name) == tag + bytes(a ^ b for a, b in zip(content, stream, strict=True))
