"""What a pre-annotator is, and the record that it hands over.

A pre-annotator may come with wortlaut or from another package, which names it under the entry point group
``wortlaut.preannotators``. Nothing it says is believed: ``preflight`` looks at every task before it is written.
Offsets are code points into ``Article.text``, half open.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from wortlaut.schema.article import Article
from wortlaut.schema.document import Attribute, Relation, Span
from wortlaut.schema.scheme import Scheme

__all__ = ["PreAnnotation", "PreAnnotator", "model_version"]


class PreAnnotation(msgspec.Struct, frozen=True, kw_only=True):
    """What a pre-annotator found in one article.

    ``spans`` are entities, mentions, cues and fragments of quotes alike, each under an id of its own that the
    relations (head, tail) and attributes (``span_id``) name. ``attributes`` are choices on a span.
    """

    spans: tuple[Span, ...] = ()
    relations: tuple[Relation, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@runtime_checkable
class PreAnnotator(Protocol):
    """Finds spans and relations in an article.

    ``name`` and ``version`` together name the prediction in Label Studio; the same name, version, article and
    scheme must give the same prediction.
    """

    @property
    def name(self) -> str:
        """A short name, such as ``press-de-rules``."""

    @property
    def version(self) -> str:
        """Changes whenever the predictions may."""

    def annotate(self, article: Article, scheme: Scheme) -> PreAnnotation:
        """Find what the scheme has labels for; a label that the scheme lacks is left out."""


def model_version(annotator: PreAnnotator) -> str:
    """Give the name of a pre-annotator's predictions in Label Studio, such as ``press-de-rules/1``."""
    return f"{annotator.name}/{annotator.version}"
