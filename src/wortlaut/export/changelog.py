"""CHANGELOG.md of a release: what came with each version, from the comparison of each with the one before.

It names documents, labels and counts, never a word of a text: it stands in releases whose texts may not leave.
"""

from __future__ import annotations

from pathlib import Path

from wortlaut.export.diff.lines import summary_lines
from wortlaut.export.diff.records import Summary
from wortlaut.export.markdown import counted, plain

__all__ = ["CHANGELOG", "changelog", "entries_of"]

CHANGELOG = "CHANGELOG.md"
_FIRST = "First version."
_NAMED = 20  # documents that are named


def changelog(*, name: str, version: str, released: str, summary: Summary | None, documents: int, older: str) -> str:
    """Give the whole text.

    ``summary`` compares with the version before, None for a first one; ``older`` are the entries of that version's
    changelog. ``documents`` is how many the version holds.
    """
    lines = [f"## {version} ({released})", ""]
    if summary is None:
        lines += [f"- {_FIRST} {counted(documents, 'document')}."]
    else:
        since = summary.before.version
        why = f"{(summary.step or '').upper()} since {since}: {'; '.join(summary.reasons)}."
        lines += [plain(why) if summary.step else f"The data are those of {since}.", ""]
        lines += [f"- {plain(line)}" for line in summary_lines(summary)]
        lines += _named("came", summary.came, summary.documents["came"])
        lines += _named("left", summary.left, summary.documents["left"])
    return f"# Changelog of {plain(name)}\n\n" + "\n".join(lines) + "\n" + (f"\n{older}" if older else "")


def entries_of(folder: Path) -> str:
    """Give the entries of the changelog in a release's folder, without its title; nothing where there is none."""
    path = folder / CHANGELOG
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    start = text.find("\n## ")
    return text[start + 1 :] if start >= 0 else ""


def _named(did: str, ids: list[str], total: int) -> list[str]:
    if not ids:
        return []
    shown = ", ".join(plain(one) for one in ids[:_NAMED])
    return [f"- {did}: {shown}{f' and {total - _NAMED:,} more' if total > _NAMED else ''}"]
