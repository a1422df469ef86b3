"""Fourth stage: quotes put together from fragments, cues, speakers and addressees.

A quote is a chain of spans bound by CONTINUES (from each fragment to the one before it). A speaker, status,
cue or addressee on any fragment belongs to the whole quote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wortlaut.annotation.check.bench import Bench
from wortlaut.annotation.check.spans import IN_ORDER
from wortlaut.schema.document import Attribute, Quote, Relation, Span
from wortlaut.schema.printable import quoted

__all__ = ["check_quotes"]

_NAMED = (None, "in_text")


def check_quotes(bench: Bench) -> tuple[Quote, ...]:
    """Give the quotes of an annotation in the order of the text, and report on what they lack."""
    tables = bench.tables
    roles = tables.roles
    by_role: dict[str, list[Relation]] = {}
    for relation in bench.relations:
        role = roles.get(relation.type)
        if role:
            by_role.setdefault(role, []).append(relation)
    if tables.has_cues:
        _report_idle_cues(bench, by_role.get("cue_of", ()))
    resolved = _resolve(bench, by_role["coref"]) if "coref" in by_role else {}
    labels = tables.quotes
    spans = [span for span in bench.ordered if span.label in labels]
    if not spans:
        _pass_on_statuses(bench, ())
        return ()
    # A scheme of the user's own may let CONTINUES hold between other spans: those are no fragments.
    fragments = {span.id for span in spans}
    continues = [r for r in by_role.get("continues", ()) if r.head in fragments and r.tail in fragments]
    chains = _chains(bench, spans, continues)
    of_fragment = {span.id: chain[0].id for chain in chains for span in chain}
    speakers: dict[str, list[str]] = {}
    addressees: dict[str, list[str]] = {}
    cues: dict[str, list[str]] = {}
    for relation in by_role.get("speaker", ()):
        _gather(speakers, of_fragment, relation.head, relation.tail)
    for relation in by_role.get("addressee", ()):
        _gather(addressees, of_fragment, relation.head, relation.tail)
    for relation in by_role.get("cue_of", ()):
        _gather(cues, of_fragment, relation.tail, relation.head)
    quotes = []
    reported: set[str] = set()
    for chain in chains:
        key = chain[0].id
        named = tuple(speakers.get(key, ()))
        announced = [bench.spans[cue] for cue in cues.get(key, ())]
        if len(announced) > 1:
            announced.sort(key=IN_ORDER)
        quote = Quote(
            id=key,
            type=chain[0].label,
            fragments=chain,
            cues=tuple(announced),
            speakers=named,
            resolved_speakers=tuple([resolved.get(who, who) for who in named]) if resolved else named,
            addressees=tuple(addressees.get(key, ())),
            speaker_status=_status(bench, chain) if bench.statuses else None,
        )
        quotes.append(quote)
        if tables.has_speakers:
            _report_speaker(bench, quote, resolved, reported)
    if bench.statuses:
        _pass_on_statuses(bench, quotes)
    return tuple(quotes)


def _chains(bench: Bench, spans: list[Span], continues: Iterable[Relation]) -> list[tuple[Span, ...]]:
    """Bind fragments into chains, each in the order of the text, in the order of their first fragments."""
    after = _bind(bench, continues)
    if not after:
        return [(span,) for span in spans]
    by_id = {span.id: span for span in spans}
    later = set(after.values())
    chains = []
    for span in spans:
        if span.id in later:
            continue
        chain = [span]
        while chain[-1].id in after:
            chain.append(by_id[after[chain[-1].id]])
        chains.append(tuple(sorted(chain, key=IN_ORDER)))
    return sorted(chains, key=lambda chain: IN_ORDER(chain[0]))


def _bind(bench: Bench, continues: Iterable[Relation]) -> dict[str, str]:
    """Give, for each fragment that has one, the fragment after it; what breaks a chain is reported and taken out."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    broken: set[str] = set()
    for relation in continues:
        later, earlier = bench.spans[relation.head], bench.spans[relation.tail]
        problem = ""
        if later.id in before:
            problem = f"{quoted(later.text)} continues two fragments"
        elif earlier.id in after:
            problem = f"two fragments continue {quoted(earlier.text)}"
        elif _reaches(before, earlier.id, later.id):
            problem = "the fragments run in a circle"
        number = bench.relation_places[relation.id]
        if problem:
            broken.add(relation.id)
            hull = (min(later.start, earlier.start), max(later.end, earlier.end))
            bench.report("WL605", number, problem, span=hull)
            # An entry with two labels may still hold by the other one.
            if not any(
                bench.relation_places[other.id] == number for other in bench.relations if other.id not in broken
            ):
                bench.kept -= 1
                bench.lose_entry()
            continue
        if later.start < earlier.start:
            bench.report(
                "WL608", number, f"{quoted(later.text)} continues {quoted(earlier.text)}, which stands after it"
            )
        before[later.id] = earlier.id
        after[earlier.id] = later.id
    if broken:
        bench.relations = [relation for relation in bench.relations if relation.id not in broken]
    return after


def _reaches(before: Mapping[str, str], start: str, goal: str) -> bool:
    while start != goal:
        if start not in before:
            return False
        start = before[start]
    return True


def _gather(found: dict[str, list[str]], of_fragment: Mapping[str, str], fragment: str, other: str) -> None:
    """Note what a relation ties to the quote of a fragment, each once."""
    quote = of_fragment.get(fragment)
    if quote is not None:
        held = found.setdefault(quote, [])
        if other not in held:
            held.append(other)


def _resolve(bench: Bench, corefs: Iterable[Relation]) -> dict[str, str]:
    """Follow COREF from each mention to the entity at its end; a second, different target is reported."""
    target: dict[str, str] = {}
    for relation in corefs:
        if target.setdefault(relation.head, relation.tail) != relation.tail:
            first, second = bench.spans[target[relation.head]], bench.spans[relation.tail]
            if first.text != second.text:
                message = f"{quoted(bench.spans[relation.head].text)} refers to {first.text!r} and to {second.text!r}"
                bench.report("WL510", bench.relation_places[relation.id], message)
    resolved = {}
    for start in target:
        end, steps = start, 0
        while end in target and steps <= len(target):
            end, steps = target[end], steps + 1
        # Mentions that refer to one another in a circle stand for nothing.
        if end not in target:
            resolved[start] = end
    return resolved


def _status(bench: Bench, chain: tuple[Span, ...]) -> str | None:
    said = [bench.statuses[span.id] for span in chain if span.id in bench.statuses]
    if len(set(said)) > 1:
        message = f"the fragments say {', '.join(dict.fromkeys(said))}"
        bench.report("WL606", bench.places[chain[0].id], message, span=(chain[0].start, chain[-1].end))
    return said[0] if said else None


def _pass_on_statuses(bench: Bench, quotes: Iterable[Quote]) -> None:
    """Make an attribute of each status that no quote bears: on what is no quote, or of a fragment that lost."""
    name = bench.tables.status_choice
    borne = {span.id: quote.speaker_status for quote in quotes for span in quote.fragments}
    for span_id, status in bench.statuses.items():
        if borne.get(span_id) != status and not any(
            (attribute.name, attribute.span_id) == (name, span_id) and status in attribute.values
            for attribute in bench.attributes
        ):
            bench.attributes.append(Attribute(name=name, values=(status,), span_id=span_id))


def _report_speaker(bench: Bench, quote: Quote, resolved: Mapping[str, str], reported: set[str]) -> None:
    if quote.speakers and quote.speaker_status in _NAMED:
        _report_unresolved(bench, quote, resolved, reported)
        return
    number = bench.places[quote.id]
    hull = (quote.fragments[0].start, quote.fragments[0].end)
    surface = quoted(quote.fragments[0].text)
    if not quote.speakers:
        if quote.speaker_status is None:
            bench.report("WL601", number, f"{quote.type} {surface} has no speaker and no status", span=hull)
        elif quote.speaker_status == "in_text":
            bench.report("WL602", number, f"{quote.type} {surface} says in_text, without SPEAKER", span=hull)
        return
    named = bench.spans[quote.speakers[0]].text
    message = f"{quote.type} {surface} says {quote.speaker_status}, and SPEAKER names {named!r}"
    bench.report("WL603", number, message, span=hull)
    _report_unresolved(bench, quote, resolved, reported)


def _report_unresolved(bench: Bench, quote: Quote, resolved: Mapping[str, str], reported: set[str]) -> None:
    """Report mentions that speak and stand for no entity, each once, however many quotes it speaks."""
    for key in quote.speakers:
        span = bench.spans[key]
        entity = bench.spans[resolved.get(key, key)]
        if bench.tables.kinds[entity.label] == "mention" and key not in reported:
            reported.add(key)
            bench.report(
                "WL607",
                bench.places[key],
                f"{span.text!r} speaks, and COREF says not who it is",
                span=(span.start, span.end),
            )


def _report_idle_cues(bench: Bench, cue_of: Iterable[Relation]) -> None:
    used = {relation.head for relation in cue_of}
    labels = bench.tables.cues
    for span in bench.ordered:
        if span.label in labels and span.id not in used:
            message = f"the {span.label} {span.text!r} announces no quote"
            bench.report("WL604", bench.places[span.id], message, span=(span.start, span.end))
