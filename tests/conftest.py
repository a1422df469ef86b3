"""What every test shares: where the development data stands, and a Hypothesis profile that CI can afford."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("WORTLAUT_DATA", ROOT.parent / "shared" / "data")).resolve()

# A shell starts what runs in its background deaf to Ctrl-C, and that is inherited: the programs that tests interrupt
# would never notice.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "fast", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("WORTLAUT_HYPOTHESIS", "fast"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """The development data (real pages and exports); the test is skipped where it is missing."""
    if not DATA.is_dir():
        pytest.skip(f"the development data is not at {DATA}; set WORTLAUT_DATA to where it is")
    return DATA
