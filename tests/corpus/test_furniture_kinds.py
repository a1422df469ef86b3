"""The vocabulary of furniture kinds: complete, explained, and shown in the docs as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from wortlaut.corpus.furniture import furniture_kind
from wortlaut.corpus.html import read_html
from wortlaut.corpus.pasted import read_pasted
from wortlaut.schema.article import FURNITURE_KINDS, Furniture, FurnitureKind

DOCS = Path(__file__).parents[2] / "docs" / "ingest.md"
FIRST = "Der Rat von Lindenau hat am Montag nach langer Debatte beschlossen, den alten Hafen auszubauen."
SECOND = "Die Arbeiten sollen im Herbst beginnen und nach den Plänen der Stadt zwei volle Jahre dauern."


def test_every_kind_has_its_meaning_and_its_row_in_the_docs() -> None:
    assert set(FURNITURE_KINDS) == set(get_args(FurnitureKind))
    part = DOCS.read_text(encoding="utf-8").split("## Furniture", 1)[1].split("\n## ", 1)[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", part, re.MULTILINE)) == dict(FURNITURE_KINDS)


def test_a_kind_that_is_not_in_the_vocabulary_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="Invalid enum value 'player'"):
        msgspec.json.decode(b'{"kind": "player", "text": "00:00 / 02:17"}', type=Furniture)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("00:00 / 02:17", "audio_player"),
        ("03:45 min", "audio_player"),
        ("Anzeige", "advert"),
        ("Lesezeit: 3 Minuten", "reading_time"),
        ("Empfohlener redaktioneller Inhalt", "consent"),
        ("Ich bin damit einverstanden, dass mir externe Inhalte angezeigt werden.", "consent"),
        ("Fehler melden", "feedback"),
        ("Quelle: bote.example, gut/dpa", "source_line"),
        ("(dpa/fre)", "source_line"),
        ("22.01.2026, 15:52 Uhr", "dateline"),
        ("Lesen Sie auch: Was der Hafen kostet", "teaser"),
    ],
)
def test_both_readers_give_a_line_the_same_kind(line: str, kind: str) -> None:
    pasted = read_pasted(f"Rat berät Hafen\n\n{FIRST}\n\n{SECOND}\n\n{line}\n", name="a.txt")
    page = read_html(f"<h1>Rat berät Hafen</h1><article><p>{FIRST}</p><p>{line}</p><p>{SECOND}</p></article>", name="a")
    assert [item.kind for item in pasted.furniture] == [kind]
    assert [item.kind for item in page.furniture] == [kind]


@pytest.mark.parametrize(
    "line",
    [
        "Unter Verwendung von Material der Polizei rekonstruierten sie den Ablauf.",
        "Agenturen melden, dass der Rat heute tagt.",
        "Quellen im Umfeld des Rates bestätigten den Bericht über den Hafen am Abend.",
    ],
)
def test_a_sentence_that_begins_like_a_source_line_is_text(line: str) -> None:
    pasted = read_pasted(f"Rat berät Hafen\n\n{FIRST}\n\n{line}\n\n{SECOND}\n", name="a.txt")
    page = read_html(f"<h1>Rat berät Hafen</h1><article><p>{FIRST}</p><p>{line}</p><p>{SECOND}</p></article>", name="a")
    assert line in [piece.text for piece in pasted.pieces]
    assert line in [piece.text for piece in page.pieces]


@pytest.mark.parametrize(
    "line", ["Fehler gefunden im Haushalt der Stadt", "Externe Inhalte im Museum", "Feedback der Bürger"]
)
def test_a_subheading_that_begins_like_a_button_is_text(line: str) -> None:
    assert furniture_kind(line) is None
