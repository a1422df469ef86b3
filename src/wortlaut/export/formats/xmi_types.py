"""The UIMA type system that export writes: three types of DKPro Core, and layers of our own."""

from __future__ import annotations

from typing import Any

__all__ = ["ENTITY", "OWN", "SENTENCE", "TOKEN", "type_system"]

_DKPRO = "de.tudarmstadt.ukp.dkpro.core.api"
SENTENCE = f"{_DKPRO}.segmentation.type.Sentence"
TOKEN = f"{_DKPRO}.segmentation.type.Token"
ENTITY = f"{_DKPRO}.ner.type.NamedEntity"
# INCEpTION gives the layers that a project makes this prefix; a slot's type is named after its layer and feature.
OWN = {
    "mention": "webanno.custom.Mention",
    "cue": "webanno.custom.Cue",
    "quote": "webanno.custom.Quote",
    "fragment": "webanno.custom.QuoteFragment",
    "slot": "webanno.custom.QuotePartsLink",
    "relation": "webanno.custom.Relation",
    "attribute": "webanno.custom.Attribute",
    "article": "webanno.custom.Article",
}
_STRING, _STRINGS, _ANY = "uima.cas.String", "uima.cas.StringArray", "uima.tcas.Annotation"


def type_system() -> Any:
    """Make the type system. Raises ImportError where cassis is not installed."""
    from cassis import TypeSystem  # type: ignore[import-untyped]  # ships no types

    types = TypeSystem()

    def create(type_name: str, parent: str, description: str, /, **features: str) -> Any:
        made = types.create_type(type_name, parent, description)
        for feature, kind in features.items():
            types.create_feature(made, feature, kind)
        return made

    create(SENTENCE, _ANY, "A sentence.", id=_STRING)
    create(TOKEN, _ANY, "A token of spaCy's German tokenizer.", id=_STRING)
    create(ENTITY, _ANY, "An entity.", value=_STRING, identifier=_STRING, origin=_STRING)
    create(OWN["mention"], _ANY, "A mention: stands for an entity.", value=_STRING, origin=_STRING)
    create(OWN["cue"], _ANY, "The words that announce a quote.", value=_STRING, origin=_STRING)
    create(OWN["fragment"], _ANY, "A later fragment of a quote.", value=_STRING, origin=_STRING)
    create(OWN["slot"], "uima.cas.TOP", "What a quote names.", role=_STRING, target=_ANY)
    quote = create(
        OWN["quote"], _ANY, "A quote, at its first fragment.", value=_STRING, origin=_STRING, speakerStatus=_STRING
    )
    types.create_feature(quote, "parts", "uima.cas.FSArray", elementType=OWN["slot"])
    create(
        OWN["relation"], _ANY, "Governor is the head, Dependent the tail.",
        value=_STRING, Governor=_ANY, Dependent=_ANY,
    )  # fmt: skip
    create(OWN["attribute"], "uima.cas.AnnotationBase", "A choice or note.", name=_STRING, values=_STRINGS, target=_ANY)
    create(
        OWN["article"], "uima.cas.AnnotationBase", "The article.",
        docId=_STRING, split=_STRING, url=_STRING, publisher=_STRING, published=_STRING, section=_STRING,
        headline=_STRING, rights=_STRING, language=_STRING, agencies=_STRINGS, byline=_STRINGS, tags=_STRINGS,
    )  # fmt: skip
    return types
