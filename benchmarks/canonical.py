"""Measure the canonical form wl-1 with its map beside the plain means without one, on the same texts in one run.

Run: python benchmarks/canonical.py [--json] [--chars N]

Both sides bring a text into wl-1. "plain" is unicodedata.normalize and a chain of regular expressions, as one writes it
who needs no way back to the raw file; "wl-1" is canonicalize, which gives the map too. The texts are the sample corpus,
repeated to N code points, cut into articles of some 2,500, and made worse in one way each. Seconds are the best of five
rounds, the sides in turn. The plain side keeps no joiner between two pictographs, so emoji that need one are left out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from wortlaut.corpus.canonical import canonicalize
from wortlaut.corpus.store import latest_articles

__all__ = ["main", "plain", "texts_of"]

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = 2_500
ROUNDS = 5
BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
REMOVED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
SURROGATES = re.compile("[\ud800-\udfff]")


def plain(raw: str) -> str:
    """Bring a text into wl-1 without a map (joiners in emoji apart)."""
    text = BREAKS.sub("\n", raw).replace("\u2029", "\n\n")
    text = SURROGATES.sub("\ufffd", REMOVED.sub("", SPACES.sub(" ", text)))
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"(?<! ) +\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).lstrip("\n").rstrip(" \n")


def texts_of(chars: int) -> dict[str, list[str]]:
    """Give the texts, by what was done to them."""
    sample = "\n\n".join(article.text for article in latest_articles(ROOT / "corpus" / "articles.jsonl"))
    sample = sample.replace("\u200d", "")
    whole = (sample * (chars // len(sample) + 1))[:chars]
    clean = [plain(whole[start : start + ARTICLE]) for start in range(0, chars, ARTICLE)]
    ways: dict[str, Callable[[str], str]] = {
        "clean": lambda text: text,
        "no-break spaces": lambda text: re.sub(r"(\d) ", "\\1\u00a0", text),
        "CR LF": lambda text: text.replace("\n", "\r\n"),
        "soft hyphens": lambda text: text.replace("ung", "u\u00adng"),
        "trailing blanks": lambda text: text.replace("\n", "  \n"),
        "decomposed": lambda text: unicodedata.normalize("NFD", text),
    }
    return {name: [way(text) for text in clean] for name, way in ways.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="the figures as JSON on stdout")
    parser.add_argument("--chars", type=int, default=2_000_000, help="code points of each kind of text")
    options = parser.parse_args(arguments)
    rows = []
    for name, texts in texts_of(options.chars).items():
        wrong = sum(canonicalize(text).text != plain(text) for text in texts)
        if wrong:
            print(f"{name}: the sides differ in {wrong} of {len(texts)} texts", file=sys.stderr)
            return 1
        size = sum(map(len, texts)) / 1e6
        ours, theirs = _best(texts)
        rows.append({"text": name, "plain": size / theirs, "wl-1": size / ours, "ratio": theirs / ours})
    if options.json:
        print(json.dumps(rows, indent=1))
        return 0
    print(f"{'text':<16} {'plain, no map':>14} {'wl-1, with map':>15}  million code points a second; ratio")
    for row in rows:
        print(f"{row['text']:<16} {row['plain']:>14.1f} {row['wl-1']:>15.1f}  {row['ratio']:.2f}")
    return 0


def _best(texts: list[str]) -> tuple[float, float]:
    """Give the seconds of both sides, ours first."""
    ours = theirs = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for text in texts:
            canonicalize(text)
        middle = time.perf_counter()
        for text in texts:
            plain(text)
        ours, theirs = min(ours, middle - start), min(theirs, time.perf_counter() - middle)
    return ours, theirs


if __name__ == "__main__":
    sys.exit(main())
