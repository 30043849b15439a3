"""The doctor says which library computes SM2, and warns of one whose time tells of the key."""

import pytest

from tongxing.gateway.operation.check_libraries import examine_sm2
from tongxing.keys.sm2 import library_name

WARNED = "CVE-2025-9231"


@pytest.mark.parametrize(
    ("library", "machine", "is_warned"),
    [
        pytest.param("tongsuopy 1.0.1", "x86_64", False, id="the pinned library"),
        pytest.param("tongsuopy 1.0.1", "aarch64", False, id="the pinned library on ARM"),
        pytest.param("OpenSSL 3.0.19 27 Jan 2026", "aarch64", False, id="3.0 on ARM"),
        pytest.param("OpenSSL 3.1.8 11 Feb 2025", "aarch64", False, id="3.1 on ARM"),
        pytest.param("OpenSSL 3.2.0 23 Nov 2023", "aarch64", True, id="3.2 on ARM"),
        pytest.param("OpenSSL 3.5.4 30 Sep 2025", "arm64", True, id="3.5 on ARM"),
        pytest.param("OpenSSL 4.0.0 1 Apr 2026", "aarch64", True, id="4.0 on ARM"),
        pytest.param("OpenSSL 3.10.0 1 Apr 2028", "aarch64", True, id="3.10 on ARM"),
        pytest.param("OpenSSL 3.5.4 30 Sep 2025", "x86_64", False, id="3.5 on x86-64"),
    ],
)
def test_it_names_the_library(library: str, machine: str, *, is_warned: bool) -> None:
    diagnosis = examine_sm2(library, machine)
    assert diagnosis.is_well
    assert library in diagnosis.about
    assert (WARNED in diagnosis.about) is is_warned


def test_what_is_used_here_has_a_name() -> None:
    assert library_name().startswith(("tongsuopy ", "OpenSSL 3."))
