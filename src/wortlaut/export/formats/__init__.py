"""A release in the formats of other tools; docs/formats.md says what each can hold."""

from __future__ import annotations

from wortlaut.export.formats.base import Format
from wortlaut.export.formats.brat import Brat
from wortlaut.export.formats.conll import Conll
from wortlaut.export.formats.gliner import Gliner
from wortlaut.export.formats.gliner2 import Gliner2
from wortlaut.export.formats.jsonl import Jsonl
from wortlaut.export.formats.spacy_docbin import SpacyDocBin
from wortlaut.export.formats.xmi import Xmi

__all__ = ["FORMATS"]

# Name -> what writes it. Libraries are imported when a writer begins.
FORMATS: dict[str, type[Format]] = {one.name: one for one in (Conll, SpacyDocBin, Gliner, Gliner2, Brat, Xmi, Jsonl)}
