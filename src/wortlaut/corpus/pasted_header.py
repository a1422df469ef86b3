"""The header of a pasted page: section, kicker and headline, among all that stands above the running text.

Two cases: a page pasted from its article on, where the order of a few lines tells what they are, and a whole site's
page, where menus and teasers stand above the article and the words of the text tell which line is its headline.
"""

from __future__ import annotations

import re

from wortlaut.corpus.furniture import section_of
from wortlaut.corpus.pasted_lines import OPEN_END, Line, word_count
from wortlaut.corpus.pasted_page import Page
from wortlaut.corpus.seams import Vocabulary, seams, split_at
from wortlaut.corpus.sentences import ends_with, holds_two_sentences

__all__ = ["find_header"]

_LONGEST_KICKER = 90
_LONGEST_HEADLINE = 160
# With so many lines above the text the page is a site's whole page.
_WHOLE_PAGE = 5
# How far above the text its headline is looked for, and how far apart paragraphs of one text may stand, in lines.
_REACH = 40
_APART = 12
_FULL_STOP = ".…"
_CONTENT_WORD = re.compile(r"[^\W\d_]{4,}")
_BESIDE_HEADLINE = frozenset({"audio_player", "byline", "caption", "credit", "dateline", "image_file", "reading_time"})


def find_header(page: Page) -> None:
    """Find section, kicker and headline, and mark what stands above them as ``page_head`` (running text excepted).

    A line that a seam parts is kicker and headline; else two lines are, where the first is short and the shorter;
    one line is the headline.
    """
    text = _main_text(page)
    first = _end_of_header(page)
    above = [number for number in page.unmarked() if number < text]
    if len(above) >= _WHOLE_PAGE and text < len(page.lines):
        _header_of_whole_page(page, above, text)
        return
    numbers = [number for number in page.unmarked() if number < first]
    if len(numbers) > _REACH:
        return
    for number in list(numbers):
        if (len(numbers) > 1 or first < len(page.lines)) and _mark_section(page, number):
            numbers.remove(number)
    if not numbers or (len(numbers) == 1 and first == len(page.lines) and sum(1 for _ in page.unmarked()) == 1):
        return
    vocabulary = Vocabulary.of(line.view for number, line in enumerate(page.lines) if number not in numbers)
    for position, number in enumerate(numbers):
        if _part_glued(page, number, vocabulary):
            _mark_head(page, numbers[:position])
            return
    if len(numbers) > 1 and _is_kicker(page.lines[numbers[0]], page.lines[numbers[1]]):
        page.kicker, page.headline = _whole(page, numbers[0]), _whole(page, numbers[1])
    else:
        page.headline = _whole(page, numbers[0])


def _header_of_whole_page(page: Page, above: list[int], text: int) -> None:
    """Take the line whose words the text uses most, near the text and near date, byline or picture."""
    body = (line.view for line, prose in zip(page.lines[text:], page.prose[text:], strict=True) if prose)
    vocabulary = Vocabulary.of(body)
    scored = [(_headline_score(page, number, text, vocabulary), number) for number in above if number >= text - _REACH]
    score, number = max(scored, default=(0, -1))
    if score < 2:
        return
    before = [other for other in above if other < number]
    if not _part_glued(page, number, vocabulary):
        page.headline = _whole(page, number)
        kicker = before and before[-1] == number - 1 and _is_kicker(page.lines[number - 1], page.lines[number])
        if kicker and not _mark_section(page, number - 1):
            page.kicker = _whole(page, before.pop())
    for other in reversed(before):
        if page.section or not _mark_section(page, other):
            _mark_head(page, [other])


def _headline_score(page: Page, number: int, text: int, vocabulary: Vocabulary) -> float:
    view = page.lines[number].view
    words = _CONTENT_WORD.findall(view)
    if not words or len(view) > _LONGEST_HEADLINE or ends_with(view, _FULL_STOP) or word_count(view) < 2:
        return 0
    known = sum(vocabulary.knows(word) for word in words)
    beside = any(kind in _BESIDE_HEADLINE for kind in page.kinds[number + 1 : number + 4])
    near = max(0.0, 1 - (text - number) / _REACH)
    # The same words stand in teasers of related articles; those stand farther off, and have no date below.
    return min(known, 6) + 2 * known / len(words) + 2 * beside + 2 * near + (word_count(view) >= 4)


def _main_text(page: Page) -> int:
    """Give the number of the first line of the longest stretch of running text; the number of lines without any."""
    best, first, size, last = (0, len(page.lines)), -1, 0, -1
    for number in page.unmarked():
        if not page.prose[number]:
            continue
        if first < 0 or number - last > _APART:
            first, size = number, 0
        size, last = size + len(page.lines[number].view), number
        if size > best[0]:
            best = (size, first)
    return best[1]


def _end_of_header(page: Page) -> int:
    """Give the number of the first line that cannot be a headline: a sentence, two sentences, a long line.

    In a text of short lines that is the first one with a full stop.
    """
    full_stop = len(page.lines)
    for number in page.unmarked():
        view = page.lines[number].view
        if not page.prose[number]:
            if full_stop == len(page.lines) and ends_with(view, _FULL_STOP):
                full_stop = number
            continue
        # A headline may be long, and may ask or call; it seldom ends with a full stop.
        if ends_with(view, _FULL_STOP) or len(view) >= _LONGEST_HEADLINE:
            return number
        if holds_two_sentences(view) and word_count(view) > 16:
            return number
    return full_stop


def _mark_section(page: Page, number: int) -> bool:
    section = section_of(page.lines[number].view)
    if not section:
        return False
    page.mark(number, "section")
    page.section = page.section or section
    return True


def _mark_head(page: Page, numbers: list[int]) -> None:
    for number in numbers:
        if not page.prose[number]:
            page.mark(number, "page_head")


def _whole(page: Page, number: int) -> tuple[int, int, int]:
    return number, 0, len(page.lines[number].text)


def _is_kicker(line: Line, following: Line) -> bool:
    short = word_count(line.view) <= 6 and len(line.view) <= _LONGEST_KICKER
    return short and len(line.view) < len(following.view) and not ends_with(line.view.rstrip(":"), OPEN_END)


def _part_glued(page: Page, number: int, vocabulary: Vocabulary) -> bool:
    """Part a line into kicker and headline at its surest seam, if it has one."""
    text = page.lines[number].text
    found = [
        seam for seam in seams(text, vocabulary) if seam.at <= _LONGEST_KICKER and word_count(text[seam.at :]) >= 2
    ]
    if not found:
        return False
    best = max(found, key=lambda seam: (seam.score, -seam.at))
    parts = split_at(text, [best])
    if len(parts) != 2:
        return False
    page.kicker, page.headline = (number, *parts[0]), (number, *parts[1])
    return True
