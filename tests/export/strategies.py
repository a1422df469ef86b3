"""Hypothesis strategies: corpora of checked articles with nested and crossing spans, emoji, and quotes in fragments."""

from __future__ import annotations

from hypothesis import strategies as st

from wortlaut.schema.article import text_sha256
from wortlaut.schema.checked import ArticleMeta, CheckedTask
from wortlaut.schema.document import Attribute, Document, Quote, Relation, Span

__all__ = ["corpora", "layers", "spans", "texts", "words"]

# Line ends of every sort, a zero-width joiner, a combining accent, and what XML cannot hold.
texts = st.text(st.sampled_from("Abz äß.,„“🙂\u200d\u0301\n\t\u2028\x0b "), min_size=1, max_size=30).filter(str.strip)
origins = st.sampled_from(["manual", "prediction", "prediction-changed"])
words = st.text(st.sampled_from("ab🙂ü|<"), max_size=4)


@st.composite
def spans(draw: st.DrawFn, text: str, labels: list[str], mark: str, most: int) -> tuple[Span, ...]:
    bounds = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda pair: pair[0] != pair[1])
    found = draw(st.lists(st.tuples(bounds, st.sampled_from(labels)), max_size=most))
    made = [
        Span(
            id=f"{mark}{n}",
            label=label,
            start=min(pair),
            end=max(pair),
            text=text[min(pair) : max(pair)],
            origin=draw(origins),
        )
        for n, (pair, label) in enumerate(found)
    ]
    return tuple(sorted(made, key=lambda span: (span.start, span.end, span.id)))


@st.composite
def layers(draw: st.DrawFn, article_id: str, text: str, who: str) -> Document:
    mentions = draw(spans(text, ["PER", "ORG", "ROLE", "MENTION"], f"m{who}", 8))
    cues = draw(spans(text, ["CUE"], "c", 3))
    quotes = []
    ids = [span.id for span in mentions]
    some = st.lists(st.sampled_from(ids), max_size=2).map(tuple) if ids else st.just(())
    for number in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["DIRECT", "REPORTED"]))
        parts = draw(spans(text, [kind], f"q{number}-", 3).filter(bool))
        speakers = draw(some)
        quotes.append(
            Quote(
                id=parts[0].id,
                type=kind,
                fragments=parts,
                cues=cues[: draw(st.integers(0, 2))],
                speakers=speakers,
                resolved_speakers=tuple(reversed(speakers)),
                addressees=draw(some),
                speaker_status=draw(st.sampled_from([None, "unknown", "in_text"])),
            )
        )
    quotes.sort(key=lambda quote: (quote.fragments[0].start, quote.fragments[-1].end, quote.id))
    ends = [span.id for span in (*mentions, *cues, *(f for quote in quotes for f in quote.fragments))]
    types = st.sampled_from(["MEETS", "MEMBER_OF", "SPEAKER", "CUE_OF", "COREF", "CONTINUES"])
    pairs = st.tuples(types, st.sampled_from(ends), st.sampled_from(ends))
    relations = draw(st.lists(pairs, max_size=5)) if ends else []
    noted = st.tuples(words, st.lists(words, max_size=2), st.sampled_from([None, *ends]))
    return Document(
        article_id=article_id,
        text_sha256=text_sha256(text),
        layer="annotator",
        annotator=who,
        mentions=mentions,
        cues=cues,
        quotes=tuple(quotes),
        relations=tuple(
            Relation(id=f"r{n}", type=kind, head=head, tail=tail) for n, (kind, head, tail) in enumerate(relations)
        ),
        attributes=tuple(
            Attribute(name=name, values=tuple(values), span_id=span)
            for name, values, span in draw(st.lists(noted, max_size=3))
        ),
    )


@st.composite
def corpora(draw: st.DrawFn) -> list[CheckedTask]:
    tasks = []
    for number in range(draw(st.integers(1, 5))):
        text, article_id = draw(texts), f"art-{number}"
        people = draw(st.lists(st.sampled_from(["ann", "bo", "cy"]), min_size=1, max_size=3, unique=True))
        documents = tuple(draw(layers(article_id, text, who)) for who in people)
        meta = ArticleMeta(headline=draw(st.none() | words), tags=tuple(draw(st.lists(words, max_size=2))))
        digest = text_sha256(text)
        tasks.append(
            CheckedTask(
                index=number,
                task_id=str(number),
                article_id=article_id,
                text=text,
                text_sha256=digest,
                meta=meta,
                documents=documents,
            )
        )
    return tasks
