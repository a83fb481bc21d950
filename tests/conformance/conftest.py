"""What the comparisons share."""

import link
import pytest


@pytest.fixture(scope="session")
def peer():
    """A function of peer.py by name: `peer("strings", pairs=...)`."""
    if not link.PYTHON.exists():
        pytest.skip("no environment with transformers 5.2.0: run make conformance")
    with link.connected() as ask:
        yield ask
