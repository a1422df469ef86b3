"""The parts of a pasted page below its header: tags, subheadings, lead, what stands below the end, signs."""

from __future__ import annotations

import re

from wortlaut.corpus.agencies import opening_signs, parse_signs
from wortlaut.corpus.canonical import canonical_text
from wortlaut.corpus.draft import FurnitureDraft, Piece
from wortlaut.corpus.furniture import is_tags_heading, tags_of
from wortlaut.corpus.pasted_lines import OPEN_END, Line, word_count
from wortlaut.corpus.pasted_page import Page
from wortlaut.corpus.seams import Seam, Vocabulary, seams, split_at
from wortlaut.corpus.sentences import ends_with
from wortlaut.schema.article import SectionKind

__all__ = ["cut_signs", "find_foot", "find_tags", "find_text_kinds"]

_LONGEST_TAG = 60
_END_MARKS = frozenset({"copyright", "feedback", "nav", "newsletter", "share", "source_line", "tags_line", "teaser"})
_TICKER = re.compile(r"\+\+\+.{1,160}")
_BULLET = re.compile(r"[-–—•*·▪►→]\s")
_SIGN_AT_END = re.compile(r"(?<=[.!?…“”\"«»])\s*(?P<sign>[(\[](?P<signs>[^()\[\]\n]{2,40})[)\]]\.?)$")


def find_tags(page: Page) -> None:
    """Find the tags below the text: named as tags, glued to one line, or a list of short lines."""
    last = page.last_prose()
    vocabulary = Vocabulary.of(
        line.view for number, line in enumerate(page.lines) if page.kinds[number] is None and number <= last
    )
    for number in page.body():
        view = page.lines[number].view
        listed = tags_of(view) if number > last else ()
        glued = _glued_tags(view, vocabulary) if number > last >= 0 and not listed else ()
        if listed or glued:
            page.mark(number, "tags_line")
            page.tags += listed or glued
    _list_of_tags(page, last, vocabulary)


def find_foot(page: Page) -> None:
    """Mark short lines below the text and below a mark of its end: the links and lists that close a site's page."""
    last = page.last_prose()
    ends = [number for number, kind in enumerate(page.kinds) if kind in _END_MARKS and number > last >= 0]
    for number in page.body():
        if ends and number > ends[0]:
            page.mark(number, "page_foot")


def find_text_kinds(page: Page) -> tuple[Piece, ...]:
    """Say of each line that is still text what it is: kicker, headline, lead, subheading or paragraph."""
    pieces: list[Piece] = []
    head = page.headline[0] if page.headline else -1
    if page.kicker:
        pieces.append(_part(page.lines[page.kicker[0]], "kicker", *page.kicker[1:]))
    if page.headline:
        pieces.append(_part(page.lines[page.headline[0]], "headline", *page.headline[1:]))
    numbers = page.body()
    prose = [number for number in numbers if page.prose[number]]
    lead = _lead(page, numbers, prose) if page.headline else -1
    for place, number in enumerate(numbers):
        line = page.lines[number]
        following = numbers[place + 1] if place + 1 < len(numbers) else -1
        kind: SectionKind = "paragraph"
        if number == lead:
            kind = "lead"
        elif (number > head if page.headline else place > 0) and _is_subheading(page, number, following):
            kind = "subheading"
        pieces.append(_part(line, kind, 0, len(line.text)))
    return tuple(pieces)


def cut_signs(page: Page, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Read agencies and editors from the opening of the text, and take the sign off its end.

    ``Berlin (dpa) -`` stays in the text, for the place belongs to it; ``(dpa/fre)`` after the last sentence goes.
    """
    body = [number for number, piece in enumerate(pieces) if piece.kind in ("lead", "paragraph")]
    for number in body[:2]:
        signs = opening_signs(canonical_text(pieces[number].text[:160]))
        page.agencies[:0] = signs.agencies
        page.editors[:0] = signs.editors
    if not body:
        return pieces
    last = pieces[body[-1]]
    match = _SIGN_AT_END.search(last.text)
    if not match or match.start("sign") == 0 or last.raw_start is None:
        return pieces
    signs = parse_signs(match["signs"])
    lone = len(signs.editors) == 1 and re.fullmatch(r"[a-zäöü]{2,4}", match["signs"])
    if signs.other or not (signs.agencies or lone):
        return pieces
    page.agencies += signs.agencies
    page.editors += signs.editors
    place = last.raw_start + match.start("sign")
    page.extra.append(FurnitureDraft(kind="agency_sign", text=match["sign"], raw_start=place))
    shorter = _stripped(last.text[: match.start("sign")])
    kept = Piece(kind=last.kind, text=shorter, raw_start=last.raw_start, unwrap=last.unwrap)
    return (*pieces[: body[-1]], kept, *pieces[body[-1] + 1 :])


def _glued_tags(view: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    found: tuple[Seam, ...] = seams(view, vocabulary)
    tags = tuple(view[start:end] for start, end in split_at(view, found))
    if len(tags) < 2 or ends_with(view, OPEN_END):
        return ()
    fits = all(len(tag) <= _LONGEST_TAG and word_count(tag) <= 6 for tag in tags)
    return tags if fits and (len(tags) > 2 or found[0].score > 1) else ()


def _list_of_tags(page: Page, last: int, vocabulary: Vocabulary) -> None:
    """Lines under ``Themen``, or two and more short lines below the source line whose words the text knows."""
    closing = [number for number, kind in enumerate(page.kinds) if kind == "source_line" and number > last >= 0]
    numbers = [number for number in page.body() if number > last >= 0]
    heading = next((number for number in numbers if is_tags_heading(page.lines[number].view)), None)
    if heading is not None:
        page.mark(heading, "tags_heading")
        numbers = [number for number in numbers if number > heading]
    elif closing:
        numbers = [number for number in numbers if number > closing[0]]
    else:
        return
    short = [number for number in numbers if _is_tag(page.lines[number].view)]
    known = [number for number in short if _mostly_known(page.lines[number].view, vocabulary)]
    if short and (heading is not None or (short == numbers and 2 * len(known) > len(short))):
        for number in short:
            page.mark(number, "tags_line")
            page.tags.append(page.lines[number].view.strip(" #"))


def _is_tag(view: str) -> bool:
    return len(view) <= _LONGEST_TAG and word_count(view) <= 5 and not ends_with(view, OPEN_END)


def _mostly_known(view: str, vocabulary: Vocabulary) -> bool:
    words = re.findall(r"[^\W\d_]{3,}", view)
    return bool(words) and 2 * sum(vocabulary.knows(word) for word in words) >= len(words)


def _lead(page: Page, numbers: list[int], prose: list[int]) -> int:
    """Give the first running text under the headline if more text follows; without running text, the first line."""
    head = page.headline[0] if page.headline else -1
    below = [number for number in prose if number > head] or [number for number in numbers if number > head]
    more = [number for number in numbers if below and number > below[0]]
    return below[0] if below and more else -1


def _is_subheading(page: Page, number: int, following: int) -> bool:
    """Say whether a line is short, without a closing mark and above running text, or a ticker's headline."""
    line = page.lines[number]
    if _TICKER.fullmatch(line.view):
        return True
    if following < 0 or not page.prose[following] or page.prose[number]:
        return False
    if len(line.view) > 90 or word_count(line.view) > 14 or _BULLET.match(line.view):
        return False
    return not ends_with(line.view, OPEN_END)


def _part(line: Line, kind: SectionKind, start: int, end: int) -> Piece:
    return Piece(kind=kind, text=line.text[start:end], raw_start=line.start + start, unwrap=line.wrapped)


def _stripped(text: str) -> str:
    """Cut blanks and invisible characters off the end."""
    end = len(text)
    while end and not canonical_text(text[end - 1]).strip():
        end -= 1
    return text[:end]
