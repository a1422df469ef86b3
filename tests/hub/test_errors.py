"""No secret gets into what is said, and what passes is told from what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wortlaut.export.hub.errors import cleaned, told
from wortlaut.export.hub.patience import TRIES, Patience
from wortlaut.schema.errors import UsageError

pytest.importorskip("datasets")


@given(st.from_regex(r"hf_[A-Za-z0-9]{20,40}", fullmatch=True), st.text(max_size=40), st.text(max_size=40))
def test_no_token_is_said(token: str, before: str, after: str) -> None:
    assert token not in cleaned(f"{before} {token} {after}")
    assert token not in cleaned(f"GET https://user:{token}@hub/x?token={token} {after}")
    assert token not in str(told(ValueError(f"{before} Bearer {token}"), "hf:lab/press"))


def test_a_token_of_another_form_is_known_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "not-of-the-usual-form-77")
    assert cleaned("refused: not-of-the-usual-form-77") == "refused: ***"


def test_a_line_stays_one_line() -> None:
    assert cleaned("a\n\nb\r\n  c") == "a b c"
    assert len(cleaned("x" * 5000)) < 400


def test_what_does_not_pass_is_not_tried_again() -> None:
    tries = []

    def act() -> None:
        tries.append(1)
        raise ValueError("Invalid metadata in README.md.\n- no license")

    with pytest.raises(UsageError, match=r"hf:lab/press: Invalid metadata in README.md. - no license"):
        Patience("hf:lab/press", lambda _: None).run(act)
    assert len(tries) == 1


def test_tries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    paused: list[float] = []
    said: list[str] = []
    monkeypatch.setattr("wortlaut.export.hub.patience.time.sleep", paused.append)

    def act() -> None:
        raise httpx.ReadTimeout("nothing came")

    with pytest.raises(UsageError, match="the connection to the Hub broke"):
        Patience("hf:lab/press", said.append).run(act)
    assert paused == [0.5, 1, 2, 4, 8]
    assert len(said) == TRIES - 1


def test_a_full_disk_is_not_the_hubs_fault() -> None:
    def act() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        Patience("hf:lab/press", lambda _: None).run(act)
