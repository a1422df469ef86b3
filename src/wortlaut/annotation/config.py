"""The labeling config (XML) of Label Studio, derived from the scheme.

The interface: one row of labels that stays at the top, the text below it, and a right column that stays in view
with what belongs to the selected region, the article's metadata and the legend. Its tags are those of
https://labelstud.io/tags/; the reasons for its shape were measured on a real server (version 1.23.2):

- One ``Labels`` control for entities, quotes and cues: with two, a hotkey on a selected region adds a second
  label to it instead of replacing the first.
- Lines stand far apart, because Label Studio draws the names of relations between them, and the names are smaller
  than its own 12 px: at 2.4 lines and 12 px they hid the feet of the line above. Its style needs ``!important``.
  What remains: an arrow over two lines bears its name in the middle, on the line between, and hides a word there.
- ``granularity="symbol"``: what was dragged is what is marked. ``word`` snaps to whole words, but after a closing
  quotation mark it takes the comma or full stop behind it as well, and nobody can drag ``„Wir bleiben hier“`` out of
  ``„Wir bleiben hier“, sagte`` (measured: 24 of 29 exact drags came out right, with ``symbol`` all). The browser
  itself snaps: a double click marks a word (``Siemens`` in ``Siemens-Sprecher``), held and dragged, several. Slips
  of the hand are seen at once, and the check reports edges inside a word and mends blanks.
- The chosen label is dark on its colour, with a rim: Label Studio writes white, which nobody can read on yellow.
- A relation has one label: with several allowed, the menu stays open over the list until it is clicked away.
- What is asked about a quote stays at the top of the right column, whatever of the legend below is being read.
- Metadata are shown by ``Header``, which shows text as text; HTML in them is never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from wortlaut.schema.errors import SchemeError
from wortlaut.schema.scheme import ChoiceSet, Scheme
from wortlaut.schema.task import LABELS_CONTROL, NOTE_CONTROL, RESERVED_CONTROLS, TEXT_OBJECT

__all__ = ["labeling_config"]

# relations-overlay is Label Studio's drawing of the relations, at z-index 100, outside of every View. It centres the
# name of a relation between wrapped spans on the left edge of the text: hence the padding there and the shift to the
# left. Label Studio takes the text of Style as it is written: "&gt;" stays "&gt;", so no selector here uses ">".
# lsf-modal-ls is its window with the guidelines: it takes the looks of headings, lists and tables away.
_STYLE = """
    .wl-grid { display: grid; grid-template-columns: minmax(0, 1fr) 270px; gap: 16px; }
    .wl-bar { position: sticky; top: 0; z-index: 110; padding: 4px 0; border-bottom: 1px solid #c8ccd4;
      background: var(--color-neutral-background, #fff); }
    .wl-bar .lsf-labels { margin: 0 !important; }
    .wl-bar .lsf-label_selected { background: color-mix(in srgb, var(--color) 55%, #fff) !important;
      outline: 2px solid var(--color); }
    .wl-bar .lsf-label_selected * { color: #000 !important; }
    .wl-text { font-size: 16px; max-width: 92ch; }
    .wl-text [class*=richtext__container] { padding-left: 64px !important; line-height: 1 !important; }
    .wl-text [class*=richtext__line] { line-height: 2.8 !important; }
    .wl-text [class*=richtext__line]:empty { line-height: 0.5 !important; }
    .relations-overlay g g text { font-size: 9px !important; }
    .relations-overlay g g rect { height: 13px; y: -7px; }
    .relations-overlay g g { translate: -20px 0; }
    .wl-side { position: sticky; top: 8px; align-self: start; max-height: calc(100vh - 130px); overflow-y: auto;
      overflow-wrap: anywhere; }
    .wl-side :is(h1, h2, h3, h4, h5, h6) { margin: 3px 0 !important; font-size: 13px !important;
      line-height: 1.35 !important; font-weight: 400 !important; letter-spacing: 0 !important; }
    .wl-side .wl-title :is(h1, h2, h3, h4, h5, h6) { font-weight: 600 !important; }
    .wl-side :is([data-testid=textarea-counts], [data-testid=textarea-instruction]) { display: none; }
    .wl-fact { display: grid; grid-template-columns: 64px minmax(0, 1fr); gap: 6px; }
    .wl-fact :first-child { opacity: 0.65; }
    .wl-fact:has(:last-child:empty) { display: none !important; }
    .wl-region { border-left: 3px solid #4363d8; padding-left: 8px; margin-bottom: 8px; }
    .wl-region.wl-title { position: sticky; top: 0; z-index: 1; background: var(--color-neutral-background, #fff); }
    .lsf-modal-ls__body :is(h1, h2, h3) { margin: 1em 0 0.3em; font-weight: 600; line-height: 1.25; }
    .lsf-modal-ls__body h1 { font-size: 24px; }
    .lsf-modal-ls__body h2 { font-size: 20px; }
    .lsf-modal-ls__body h3 { font-size: 16px; }
    .lsf-modal-ls__body :is(p, ul, ol, table) { margin: 0.4em 0; }
    .lsf-modal-ls__body :is(ul, ol) { padding-left: 1.5em; list-style: disc; }
    .lsf-modal-ls__body ol { list-style: decimal; }
    .lsf-modal-ls__body blockquote { margin: 0.4em 0; padding-left: 1em; border-left: 3px solid #c8ccd4; }
    .lsf-modal-ls__body :is(th, td) { padding: 2px 8px; border: 1px solid #c8ccd4; text-align: left; }
    .lsf-modal-ls__body th:empty { border: none; }
    .lsf-modal-ls__body code { padding: 0 3px; border: 1px solid #c8ccd4; border-radius: 3px; font-size: 90%; }
"""

# What is shown of TaskData beside the text; the headline stands in the text itself.
_FACTS = (
    ("Quelle", "publisher"),
    ("Datum", "published"),
    ("Ressort", "section"),
    ("Autor", "byline"),
    ("Agentur", "agencies"),
    ("Adresse", "url"),
)

# Label Studio replaces $name in every attribute by the task's data; there is no way to write a plain one.
_VARIABLE = re.compile(r"\$(?=[\w\[{.])")


def labeling_config(scheme: Scheme) -> str:
    """Give the labeling config of a scheme as XML, ending in a line feed.

    Raises SchemeError for a name with ``$`` before a letter or digit, which Label Studio would replace, and for a
    choice that bears the name of another control.
    """
    _refuse_names(scheme)
    view = ET.Element("View")
    _add(view, "Style").text = _STYLE + "  "
    grid = _view(view, "wl-grid")
    main = _add(grid, "View")
    _labels(_view(main, "wl-bar"), scheme)
    text_attributes = {"name": TEXT_OBJECT, "value": f"${TEXT_OBJECT}", "granularity": "symbol", "showLabels": "true"}
    _add(_view(main, "wl-text"), "Text", text_attributes)
    side = _view(grid, "wl-side")
    _region_controls(side, scheme)
    _facts(side)
    _document_choices(side, scheme)
    _legend(side, scheme)
    if scheme.relations:
        relations = _add(view, "Relations", {"choice": "single"})
        for relation in scheme.relations:
            # Without a background: it would colour the menu behind dark grey text, and nothing on the arrow.
            _add(relations, "Relation", {"value": relation.name})
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _labels(bar: ET.Element, scheme: Scheme) -> None:
    attributes = {"name": LABELS_CONTROL, "toName": TEXT_OBJECT, "choice": "single", "showInline": "true"}
    labels = _add(bar, "Labels", attributes)
    for label in scheme.labels:
        hint = _plain(_joined(label.title_de, label.definition_de or label.definition))
        attributes = {"value": label.name, "hotkey": label.hotkey, "background": label.color, "hint": hint}
        _add(labels, "Label", attributes)


def _region_controls(side: ET.Element, scheme: Scheme) -> None:
    """Add what is asked about the selected region: its choices, and a note."""
    for choice in scheme.choices:
        if choice.scope == "region":
            box = _view(side, "wl-region wl-title", _visible_when(choice, scheme))
            _add(box, "Header", {"value": _title(choice), "size": "5"})
            _choices(box, choice, per_region=True)
    note = _view(side, "wl-region", {"visibleWhen": "region-selected", "whenTagName": LABELS_CONTROL})
    attributes = {"name": NOTE_CONTROL, "toName": TEXT_OBJECT, "perRegion": "true", "editable": "true", "rows": "2"}
    _add(note, "TextArea", attributes | {"placeholder": "Notiz zur Spanne (speichern: Umschalt+Enter)"})


def _visible_when(choice: ChoiceSet, scheme: Scheme) -> dict[str, str]:
    """Say for which labels a choice is shown. The list is parted by commas: a label that holds one cannot be named."""
    visible = {"visibleWhen": "region-selected", "whenTagName": LABELS_CONTROL}
    names = choice.applies_to
    if names and set(names) != set(scheme.label_by_name) and not any("," in name for name in names):
        visible["whenLabelValue"] = ",".join(names)
    return visible


def _facts(side: ET.Element) -> None:
    for title, key in _FACTS:
        fact = _view(side, "wl-fact")
        _add(fact, "Header", {"value": title, "size": "6"})
        _add(fact, "Header", {"value": f"${key}", "size": "6"})


def _document_choices(side: ET.Element, scheme: Scheme) -> None:
    for choice in scheme.choices:
        if choice.scope == "document":
            box = _view(side, "wl-title")
            _add(box, "Header", {"value": _title(choice), "size": "5"})
            _choices(box, choice, per_region=False)


def _choices(parent: ET.Element, choice: ChoiceSet, *, per_region: bool) -> None:
    """Add a choice. The page shows the German title; the result holds the option's name, which is its alias."""
    attributes = {"name": choice.name, "toName": TEXT_OBJECT, "choice": "multiple" if choice.multiple else "single"}
    if per_region:
        attributes["perRegion"] = "true"
    element = _add(parent, "Choices", attributes)
    for option in choice.options:
        titled = bool(option.title_de)
        value = {"value": _plain(option.title_de) if titled else option.name}
        _add(element, "Choice", value | ({"alias": option.name} if titled else {}) | {"hotkey": option.hotkey})


def _legend(side: ET.Element, scheme: Scheme) -> None:
    panel = _add(_add(side, "Collapse"), "Panel", {"value": "Legende"})
    for label in scheme.labels:
        head = f"[{label.hotkey}] {label.name}" if label.hotkey else label.name
        _legend_line(panel, head, _joined(label.title_de, label.definition_de or label.definition))
    for relation in scheme.relations:
        _legend_line(
            panel, f"→ {relation.name}", _joined(relation.title_de, relation.definition_de or relation.definition)
        )


def _legend_line(panel: ET.Element, head: str, text: str) -> None:
    _add(panel, "Header", {"value": _plain(f"{head} – {text}" if text else head), "size": "6"})


def _joined(title: str, text: str) -> str:
    return ": ".join(filter(None, (title, text)))


def _title(choice: ChoiceSet) -> str:
    return _plain(choice.title_de or choice.name)


def _plain(text: str) -> str:
    """Part ``$`` from what follows, so that Label Studio does not take a shown text for a variable."""
    return _VARIABLE.sub("$ ", text)


def _view(parent: ET.Element, class_name: str, more: dict[str, str] | None = None) -> ET.Element:
    return _add(parent, "View", {"className": class_name} | (more or {}))


def _add(parent: ET.Element, tag: str, attributes: dict[str, str] | None = None) -> ET.Element:
    """Add an element without the attributes that are empty."""
    return ET.SubElement(parent, tag, {name: value for name, value in (attributes or {}).items() if value})


def _refuse_names(scheme: Scheme) -> None:
    """Refuse what a scheme may hold (one drafted from somebody else's export, say) and a config cannot."""
    variables = [name for name in _names(scheme) if _VARIABLE.search(name)]
    if variables:
        raise SchemeError(
            f"the name {variables[0]!r} cannot stand in a labeling config: Label Studio takes $ for a variable",
            where=scheme.name,
            hint="Rename it in the scheme",
        )
    taken = [name for name in scheme.choice_by_name if name in RESERVED_CONTROLS]
    if taken:
        raise SchemeError(
            f"the choice {taken[0]!r} bears the name of another control of the labeling config",
            where=scheme.name,
            hint=f"Rename it; taken are {', '.join(RESERVED_CONTROLS)}",
        )


def _names(scheme: Scheme) -> Iterable[str]:
    yield from scheme.label_by_name
    yield from scheme.relation_by_name
    for choice in scheme.choices:
        yield choice.name
        yield from (option.name for option in choice.options)
