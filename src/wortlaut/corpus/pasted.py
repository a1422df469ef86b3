"""Reader of pasted press pages: what select all, copy and paste of a German news page leaves in a .txt file.

Every rule reads a line by its wording and its place on the page; none knows a publisher's page. What no rule
recognises stays text. What is taken out stands in ``furniture``, the lines that metadata came from too:
each character of the file that is not a blank is in a piece or in furniture.
The kinds of furniture are those of wortlaut.schema.article.FURNITURE_KINDS.
"""

from __future__ import annotations

from wortlaut.corpus.credits import caption_of, credit_of, read_source
from wortlaut.corpus.draft import CaptionDraft, Draft, Piece
from wortlaut.corpus.furniture import furniture_kind, is_comments_heading, is_share_name, is_teaser_heading
from wortlaut.corpus.pasted_header import find_header
from wortlaut.corpus.pasted_lines import Line, read_lines
from wortlaut.corpus.pasted_meta import read_meta
from wortlaut.corpus.pasted_page import Page
from wortlaut.corpus.pasted_parts import cut_signs, find_foot, find_tags, find_text_kinds
from wortlaut.corpus.publishers import copyright_holder, domain_in, known_publisher, publisher_of
from wortlaut.schema.article import FurnitureKind
from wortlaut.schema.errors import InputError

__all__ = ["read_pasted"]

_LONGEST_CAPTION = 300
# Kinds of furniture whose buttons are words that a subheading may be made of.
_WORDS_TOO: frozenset[FurnitureKind | None] = frozenset(
    {"audio_player", "consent", "feedback", "image_control", "nav", "newsletter", "paywall", "share"}
)


def read_pasted(decoded: str, *, name: str, timezone: str = "Europe/Berlin") -> Draft:
    """Read one pasted page.

    ``decoded`` is the whole file, ``name`` its name for messages, ``timezone`` that of its dates. Every piece and
    every item of furniture has ``raw_start``, code points into ``decoded``. A page where every line is recognised
    as furniture is taken as plain text. Raises InputError where the file holds nothing but blanks, UsageError for
    an unknown time zone.
    """
    lines = read_lines(decoded)
    if not lines:
        raise InputError("holds no text", where=name, hint="Paste the page's text into the file and save it as UTF-8")
    page = Page(lines=lines, timezone=timezone)
    _mark_plain(page)
    _mark_comments(page)
    _mark_captions(page)
    _mark_closing(page)
    _mark_share_names(page)
    _mark_teasers(page)
    find_header(page)
    find_tags(page)
    find_foot(page)
    pieces = cut_signs(page, find_text_kinds(page))
    if not pieces:
        return Draft(pieces=tuple(_piece(line) for line in lines))
    published, modified = page.times()
    return Draft(
        pieces=pieces,
        url=page.url,
        publisher=page.publisher,
        published=published,
        modified=modified,
        section=page.section,
        captions=tuple(page.captions),
        byline=tuple(dict.fromkeys(page.byline)),
        editors=tuple(dict.fromkeys(page.editors)),
        agencies=tuple(dict.fromkeys(page.agencies)),
        tags=tuple(dict.fromkeys(page.tags)),
        furniture=tuple(sorted(page.furniture(), key=lambda item: item.raw_start or 0)),
    )


def _piece(line: Line) -> Piece:
    return Piece(kind="paragraph", text=line.text, raw_start=line.start, unwrap=line.wrapped)


def _mark_plain(page: Page) -> None:
    """Mark what a line is by its wording alone: buttons, players, dates, bylines, source lines."""
    for number, line in enumerate(page.lines):
        kind = furniture_kind(line.view)
        if kind:
            page.mark(number, kind)
            if kind == "url" and not page.url and line.view.startswith("http"):
                page.url = line.view
            continue
        meta = read_meta(line.view, page.timezone)
        if meta:
            page.mark(number, meta.kind)
            page.dates.append((number, meta.published, meta.modified))
            page.byline += meta.byline
            page.agencies += meta.agencies
    _free_lone_words(page)


def _free_lone_words(page: Page) -> None:
    """Give a single word inside the text back to it: ``Folgen`` above a paragraph is a subheading, not a button."""
    first, last = page.first_prose(), page.last_prose()
    kinds = list(page.kinds)
    for number in range(first + 1, last):
        lone = kinds[number - 1] is None and kinds[number + 1] is None
        if lone and kinds[number] in _WORDS_TOO and " " not in page.lines[number].view:
            page.kinds[number] = None


def _mark_comments(page: Page) -> None:
    """Mark what readers wrote: all below a heading of comments that stands below the article's source line.

    Only where less running text stands there than above: the same words are a button on top of many pages.
    """
    prose = [number for number in page.unmarked() if page.prose[number]]
    closing = [number for number in page.unmarked() if page.lines[number].gap and read_source(page.lines[number].view)]
    headings = (
        number
        for number, line in enumerate(page.lines)
        if closing and number > closing[0] and is_comments_heading(line.view)
    )
    for heading in headings:
        above = sum(len(page.lines[number].view) for number in prose if number < closing[0])
        below = sum(len(page.lines[number].view) for number in prose if number > heading)
        between = any(closing[0] < number < heading for number in prose)
        if not between and above > below:
            for number in range(heading, len(page.lines)):
                page.mark(number, "comments")
            return


def _mark_captions(page: Page) -> None:
    """Mark captions and their credits, on one line or on two."""
    for number in page.unmarked():
        line = page.lines[number]
        both = caption_of(line.view)
        if both:
            page.mark(number, "caption")
            page.captions.append(CaptionDraft(text=both[0], credit=both[1]))
            continue
        credit = credit_of(line.view)
        if credit is None or not _may_be_credit(page, number):
            continue
        page.mark(number, "credit")
        above = number - 1
        if _is_caption_above(page, above, number):
            page.mark(above, "caption")
            page.captions.append(CaptionDraft(text=page.lines[above].view, credit=credit))


def _may_be_credit(page: Page, number: int) -> bool:
    """Say no to a source or copyright line below the last paragraph: it speaks of the article, not of a picture."""
    view = page.lines[number].view
    if not view.startswith(("©", "Quelle")) and not read_source(view):
        return True
    return number < page.last_prose() and not (view.startswith("Quelle") and _names_a_paper(view))


def _names_a_paper(view: str) -> bool:
    return bool(domain_in(view))


def _is_caption_above(page: Page, above: int, credit: int) -> bool:
    if above < 0 or page.kinds[above] is not None or page.lines[credit].gap:
        return False
    if len(page.lines[above].view) > _LONGEST_CAPTION:
        return False
    by_picture = above > 0 and page.kinds[above - 1] in ("image_file", "image_control")
    # Where empty lines part the paragraphs, two lines that stand together belong together.
    return by_picture or (page.has_gaps and page.lines[above].gap and above > 0)


def _mark_closing(page: Page) -> None:
    """Read the lines that say who wrote the text: source lines, copyright lines, the paper's name on top."""
    last = page.last_prose()
    for number in page.unmarked():
        view = page.lines[number].view
        source = read_source(view)
        if source and (number > last or not view.startswith("Quelle") or _names_a_paper(view)):
            page.mark(number, "source_line")
            page.agencies += source.signs.agencies
            page.editors += source.signs.editors
            page.publisher = page.publisher or publisher_of(source.signs.other)
            page.day = page.day or source.day
            continue
        holder = copyright_holder(view)
        if holder is not None and number > last and len(view) <= 160:
            page.mark(number, "copyright")
            page.publisher = page.publisher or domain_in(holder) or holder
    first = page.first_prose()
    for number in page.unmarked():
        if number > first:
            break
        view = page.lines[number].view
        if known_publisher(view) or (page.publisher and view.casefold() == page.publisher.casefold()):
            page.mark(number, "masthead")
            page.publisher = page.publisher or known_publisher(view)
    if not page.publisher and page.url:
        page.publisher = domain_in(page.url.split("//", 1)[-1].split("/", 1)[0])


def _mark_share_names(page: Page) -> None:
    """Mark names of networks where another button stands beside them; alone, ``Facebook`` may be a subheading."""
    for number in page.unmarked():
        view = page.lines[number].view
        if not is_share_name(view):
            continue
        beside = [other for other in (number - 1, number + 1) if 0 <= other < len(page.lines)]
        buttons = any(page.kinds[other] in ("share", "feedback", "dateline", "reading_time") for other in beside)
        if len(view.split()) > 1 or buttons or any(is_share_name(page.lines[other].view) for other in beside):
            page.mark(number, "share")


def _mark_teasers(page: Page) -> None:
    """Mark headings of lists of other articles and what stands under them, as far as it is not running text."""
    for number in page.unmarked():
        line = page.lines[number]
        if page.kinds[number] is not None or not is_teaser_heading(line.view):
            continue
        page.mark(number, "teaser")
        limit = _end_of_teasers(page, number + 1)
        for below in range(number + 1, limit):
            if page.kinds[below] is None and not page.prose[below]:
                page.mark(below, "teaser")


def _end_of_teasers(page: Page, start: int) -> int:
    """Below the last paragraph every line to the end; above it the block under the heading."""
    if start > page.last_prose():
        return len(page.lines)
    if not page.has_gaps:
        return start + 1
    end = start
    while end < len(page.lines) and not page.prose[end] and (end == start or not page.lines[end].gap):
        end += 1
    return end
