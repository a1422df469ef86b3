"""Every rule of the registry: what each stable code means, how bad it is, and what to do next.

The codes are listed for people in docs/rules.md, which is generated from here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from wortlaut.schema.findings import Finding, Level, Rule

__all__ = ["RULES", "did_you_mean", "finding"]

_ALL = (
    Rule(
        code="WL101",
        level="error",
        title="empty file",
        text="The file holds nothing but white space.",
        hint="Export from Label Studio again.",
        refuses=True,
    ),
    Rule(
        code="WL102",
        level="error",
        title="not JSON",
        text="The file is not JSON; the message names the byte and the line.",
        hint="Open the file at that place, or export it again.",
        refuses=True,
    ),
    Rule(
        code="WL103",
        level="error",
        title="ends too early",
        text="The file stops in the middle: a download or a copy was cut off.",
        hint="Export or copy it again.",
        refuses=True,
    ),
    Rule(
        code="WL104",
        level="error",
        title="not UTF-8",
        text="JSON is written in UTF-8; this file is in another encoding.",
        hint="Convert it with iconv, or export it again.",
        refuses=True,
    ),
    Rule(
        code="WL105",
        level="error",
        title="binary file",
        text="The file is of another kind: an archive, a picture, a document.",
        hint="Give the JSON that Label Studio exported.",
        refuses=True,
    ),
    Rule(
        code="WL106",
        level="error",
        title="JSON_MIN",
        text=(
            "Label Studio's JSON_MIN has lost the relations, the ids of the regions, skipped annotations and, "
            "where the data has a field id, that one too. What is gone cannot be brought back."
        ),
        hint="In Label Studio: Export, then JSON.",
        refuses=True,
    ),
    Rule(
        code="WL107",
        level="error",
        title="CSV or TSV",
        text="Label Studio's tables have lost the relations and the ids of the regions.",
        hint="In Label Studio: Export, then JSON.",
        refuses=True,
    ),
    Rule(
        code="WL108",
        level="error",
        title="doccano",
        text="The file is in doccano's JSON Lines form.",
        hint=(
            "Import it into a Label Studio project and export JSON, or convert it; wortlaut reads Label Studio's JSON."
        ),
        refuses=True,
    ),
    Rule(
        code="WL109",
        level="error",
        title="HyperText",
        text=(
            "The regions carry XPaths and offsets into rendered HTML, which do not index data.text: about a third"
            " of them would be wrong."
        ),
        hint="Annotate the plain text with a Text tag (wortlaut config), not HyperText.",
        refuses=True,
    ),
    Rule(
        code="WL110",
        level="error",
        title="no text regions",
        text="The regions lie on pictures, audio or video: there is no text to index.",
        hint="wortlaut checks annotation of text; give the export of a text project.",
        refuses=True,
    ),
    Rule(
        code="WL111",
        level="error",
        title="another format",
        text="The file is in another format of annotation or markup.",
        hint="In Label Studio: Export, then JSON.",
        refuses=True,
    ),
    Rule(
        code="WL112",
        level="error",
        title="nested too deeply",
        text="A value is nested deeper than any task is.",
        hint="Open the file at that place.",
        refuses=True,
    ),
    Rule(
        code="WL113",
        level="error",
        title="element too large",
        text="One element of the file is larger than any task can be.",
        hint="Open the file at that place.",
        refuses=True,
    ),
    Rule(
        code="WL114",
        level="warning",
        title="no tasks",
        text="The file is JSON, and holds no task.",
        hint="Check the filters of the export, and that the project has annotations.",
    ),
    Rule(
        code="WL115",
        level="info",
        title="pre-1.0 format",
        text="The task has completions, as Label Studio wrote before version 1.0. They are read as annotations.",
        hint="Nothing to do.",
    ),
    Rule(
        code="WL116",
        level="info",
        title="wrapper",
        text=(
            "The file wraps one project for each annotator, or several exports. Their tasks are read one after "
            "the other."
        ),
        hint="Nothing to do.",
    ),
    Rule(
        code="WL117",
        level="warning",
        title="empty project in a wrapper",
        text="A project inside a wrapper holds no annotated task.",
        hint="Check that its annotator has submitted, and export again.",
    ),
    Rule(
        code="WL118",
        level="error",
        title="duplicate key",
        text=(
            "An object bears one key twice. JSON readers keep the last value and lose the others; wortlaut leaves"
            " out the task. Every key is looked at in the tasks that begin in the first 8 MB of a file, and in tasks"
            " with anything else to mend; beyond, only start and result."
        ),
        hint="Find out which program wrote the file, and mend it there.",
    ),
    Rule(
        code="WL119",
        level="error",
        title="NaN or Infinity",
        text="JSON has no NaN and no Infinity.",
        hint="The program that wrote it must write null or a number.",
        refuses=True,
    ),
    Rule(
        code="WL120",
        level="error",
        title="other JSON",
        text="The file is JSON of some other kind: no tasks with annotations are in it.",
        hint="Give the JSON that Label Studio exported.",
        refuses=True,
    ),
    Rule(
        code="WL201",
        level="error",
        title="does not fit the schema",
        text="A value does not fit schema/export.schema.json.",
        hint="Look at the place; the schema says what Label Studio writes there.",
    ),
    Rule(
        code="WL202",
        level="error",
        title="not a task",
        text="An element of the file is no task: it is no object, or has no data.",
        hint="Remove it, or export again.",
    ),
    Rule(
        code="WL203",
        level="error",
        title="malformed annotation",
        text="An annotation cannot be read: it is no object, or its result no list.",
        hint="Look at the place; export again.",
    ),
    Rule(
        code="WL204",
        level="warning",
        title="unknown type of region",
        text="A region is of a type that wortlaut does not read. It is left out.",
        hint="Nothing to do if you do not need it.",
    ),
    Rule(
        code="WL205",
        level="error",
        title="region without id",
        text="A span has no id, so that no relation or choice can name it.",
        hint="Export again; a program in between has dropped it.",
    ),
    Rule(
        code="WL206",
        level="error",
        title="region id used twice",
        text="Two spans of one annotation share an id. Label Studio's page shows one of them.",
        hint="Delete one of the two in Label Studio, or give it an id of its own.",
    ),
    Rule(
        code="WL207",
        level="error",
        title="half a surrogate pair",
        text="A string holds half of a UTF-16 surrogate pair, which is no character. It is read as U+FFFD.",
        hint="The program that wrote it cut a string in the middle of an emoji: mend it there.",
    ),
    Rule(
        code="WL301",
        level="error",
        title="offsets do not fit the text",
        text="A span is empty, reversed, negative or ends beyond the text. It is left out.",
        hint="Draw the span again in Label Studio.",
    ),
    Rule(
        code="WL302",
        level="error",
        title="offset is not an integer",
        text=(
            "An offset is a string, a number with a fraction, or missing. It is left out, unless it is a whole "
            "number written otherwise and the text proves it."
        ),
        hint="Mend the program that wrote it.",
    ),
    Rule(
        code="WL303",
        level="warning",
        title="offsets in UTF-16",
        text=(
            "The offsets count UTF-16 code units, as JavaScript and old versions of Label Studio do; the surfaces"
            " prove it. They are read as code points."
        ),
        hint="wortlaut check --fix writes them in code points.",
        fixable=True,
    ),
    Rule(
        code="WL304",
        level="warning",
        title="surface written otherwise",
        text=(
            "value.text differs from the text at the offsets in white space only, or by a character at an edge. "
            "The offsets are trusted."
        ),
        hint="wortlaut check --fix writes the surface from the offsets.",
        fixable=True,
    ),
    Rule(
        code="WL305",
        level="error",
        title="surface contradicts the offsets",
        text=(
            "value.text is not the text at the offsets, neither in code points nor in UTF-16. Nobody can tell "
            "which is right: the span is left out."
        ),
        hint="Open the task in Label Studio and draw the span again; was the text changed after annotation?",
    ),
    Rule(
        code="WL306",
        level="warning",
        title="white space at the edges",
        text="A span starts or ends with white space. It is read without.",
        hint="wortlaut check --fix trims it.",
        fixable=True,
    ),
    Rule(
        code="WL307",
        level="warning",
        title="edge inside a word",
        text="A span starts or ends in the middle of a word.",
        hint="Draw it to the edge of the word, unless the guidelines want parts of words.",
    ),
    Rule(
        code="WL308",
        level="warning",
        title="exact duplicate",
        text="The same label stands on the same span twice. One is kept, and what points at the other points at it.",
        hint="wortlaut check --fix removes the second.",
        fixable=True,
    ),
    Rule(
        code="WL309",
        level="info",
        title="crossing spans",
        text="Two entity spans overlap and neither holds the other.",
        hint="Check whether one of the two is too long.",
    ),
    Rule(
        code="WL310",
        level="info",
        title="no surface",
        text="A span has no value.text to hold its offsets against. The offsets are trusted.",
        hint="wortlaut check --fix writes the surface.",
        fixable=True,
    ),
    Rule(
        code="WL401",
        level="error",
        title="unknown label",
        text="A span bears a label that the scheme does not have. It is left out.",
        hint=(
            "Rename it in Label Studio, add it to schema/scheme.toml, or give the export's own scheme: wortlaut "
            "schema --from-config EXPORT, then --scheme FILE."
        ),
    ),
    Rule(
        code="WL402",
        level="error",
        title="span without a label",
        text="A span has no label. It is left out.",
        hint="Give it a label in Label Studio, or delete it.",
    ),
    Rule(
        code="WL403",
        level="warning",
        title="two labels on one span",
        text="One stretch of text bears two different labels. Both are kept.",
        hint="Decide for one, unless the guidelines want both.",
    ),
    Rule(
        code="WL404",
        level="error",
        title="unknown choice",
        text="A choice, or an option of it, is not in the scheme. It is left out.",
        hint="Add it to schema/scheme.toml, or correct it in Label Studio.",
    ),
    Rule(
        code="WL405",
        level="warning",
        title="choice on the wrong label",
        text=(
            "A choice stands on a span whose label does not have that choice: it was relabelled after the choice "
            "was made. The choice is left out."
        ),
        hint="Nothing to do, or set the label back in Label Studio.",
    ),
    Rule(
        code="WL406",
        level="error",
        title="choice on no region",
        text=(
            "A choice or note names a region that is not there, or stands on none and is not one that the scheme asks"
            " of the whole document. It is left out."
        ),
        hint="Nothing to do, or annotate it again.",
    ),
    Rule(
        code="WL407",
        level="info",
        title="name of an older scheme",
        text=(
            "A label, relation, choice or option has the name that an older version of the scheme gave it. It is read"
            " under the name that the scheme's migrations give. Told once for each name in an annotation, with how"
            " often."
        ),
        hint="Nothing to do; wortlaut check --fix writes the new name.",
        fixable=True,
    ),
    Rule(
        code="WL408",
        level="info",
        title="old name, told by the time alone",
        text=(
            "A name of an older version of the scheme is read under its new name, as WL407 says, and this new name had"
            " another meaning in the older version: two labels changed places, or a relation was turned round under its"
            " own name. Only the time of the annotation tells the meanings apart, so --fix leaves the name as it is."
        ),
        hint="Nothing to do, if before is the moment when the annotators got the new scheme.",
    ),
    Rule(
        code="WL409",
        level="error",
        title="old name without a clear successor",
        text=(
            "The label was split, and the scheme does not say which of the new labels a span of this surface bears;"
            " or a relation bears two labels of which one was turned round. The region is left out."
        ),
        hint=(
            "Let the annotator decide in Label Studio, or add the surface to the split, or otherwise, in"
            " schema/scheme.toml."
        ),
    ),
    Rule(
        code="WL501",
        level="error",
        title="relation to nowhere",
        text="An end of a relation is a region that is not there, or was left out. The relation is left out.",
        hint="Draw it again in Label Studio.",
    ),
    Rule(
        code="WL502",
        level="warning",
        title="relation without a label, inferred",
        text="A relation has no label, and its ends allow just one. It is read so.",
        hint="wortlaut check --fix writes the label.",
        fixable=True,
    ),
    Rule(
        code="WL503",
        level="error",
        title="relation without a label",
        text="A relation has no label, and its ends allow none or several. It is left out.",
        hint="Choose a label in Label Studio: select the relation, then the label.",
    ),
    Rule(
        code="WL504",
        level="error",
        title="unknown relation label",
        text="A relation bears a label that the scheme does not have. It is left out.",
        hint="Rename it, or add it to schema/scheme.toml.",
    ),
    Rule(
        code="WL505",
        level="error",
        title="signature broken",
        text="A relation does not go from such a label to such a label. It is left out.",
        hint="Draw it again, the other way round or between other spans.",
    ),
    Rule(
        code="WL506",
        level="warning",
        title="two directions",
        text=(
            "A relation of a directed type points both ways. It is read from its start to its end, or the one way"
            " that its signature allows."
        ),
        hint="Set one direction in Label Studio (the arrow icon cycles).",
    ),
    Rule(
        code="WL507",
        level="warning",
        title="duplicate relation",
        text="The same relation stands twice. One is kept.",
        hint="wortlaut check --fix removes the second.",
        fixable=True,
    ),
    Rule(
        code="WL508",
        level="error",
        title="relation to itself",
        text="Both ends of a relation are the same span. It is left out.",
        hint="Delete it in Label Studio.",
    ),
    Rule(
        code="WL509",
        level="warning",
        title="relation with two labels",
        text="A relation bears several labels. It is read as one relation for each.",
        hint="Keep one label, unless the guidelines want both.",
    ),
    Rule(
        code="WL510",
        level="warning",
        title="mention refers to two entities",
        text="A mention has COREF relations to different entities. All are kept; the first resolves it.",
        hint="Keep the right one in Label Studio.",
    ),
    Rule(
        code="WL601",
        level="warning",
        title="quote without speaker",
        text="A quote has neither a SPEAKER relation nor a speaker status.",
        hint="Draw SPEAKER, or choose a speaker status.",
    ),
    Rule(
        code="WL602",
        level="warning",
        title="speaker said to be in the text",
        text="The speaker status is in_text, and no SPEAKER relation starts at the quote.",
        hint="Draw SPEAKER, or choose another status.",
    ),
    Rule(
        code="WL603",
        level="warning",
        title="status contradicts the speaker",
        text="The speaker status says that the speaker is not in the text, and a SPEAKER relation names one.",
        hint="Correct the status or delete the relation.",
    ),
    Rule(
        code="WL604",
        level="warning",
        title="cue without quote",
        text="A CUE has no CUE_OF relation to a quote.",
        hint="Draw CUE_OF, or delete the cue.",
    ),
    Rule(
        code="WL605",
        level="error",
        title="fragments do not form a chain",
        text="CONTINUES relations branch, meet or run in a circle. Those that break the chain are left out.",
        hint="Draw CONTINUES from each fragment to the one before it.",
    ),
    Rule(
        code="WL606",
        level="warning",
        title="fragments disagree",
        text="Fragments of one quote bear different speaker statuses. The first one counts.",
        hint="Choose one status.",
    ),
    Rule(
        code="WL607",
        level="info",
        title="speaker is not resolved",
        text="The speaker is a mention (er, die Ministerin) without COREF to an entity.",
        hint="Draw COREF, unless the text does not say who it is.",
    ),
    Rule(
        code="WL608",
        level="warning",
        title="fragment continues a later one",
        text="CONTINUES goes from a fragment to one that stands after it in the text.",
        hint="Draw it from the later fragment to the earlier.",
    ),
    Rule(
        code="WL701",
        level="info",
        title="cancelled annotation",
        text="An annotator skipped the task. What the annotation holds is left out.",
        hint="Nothing to do.",
    ),
    Rule(
        code="WL702",
        level="warning",
        title="draft never submitted",
        text="A draft holds regions that were never submitted. They are left out.",
        hint="Ask the annotator to submit it.",
    ),
    Rule(
        code="WL703",
        level="info",
        title="empty annotation",
        text="An annotation was submitted without any region. It counts as a document with nothing in it.",
        hint="Check that it is meant so.",
    ),
    Rule(
        code="WL704",
        level="warning",
        title="two annotations by one annotator",
        text="One annotator has submitted one task more than once. The newest counts, the others are left out.",
        hint="Delete the wrong one in Label Studio.",
    ),
    Rule(
        code="WL705",
        level="warning",
        title="no annotator known",
        text="An annotation does not say who made it.",
        hint="Export from Label Studio itself: it always says so.",
    ),
    Rule(
        code="WL706",
        level="info",
        title="task without annotation",
        text="Nobody has annotated the task.",
        hint="Nothing to do.",
    ),
    Rule(
        code="WL707",
        level="info",
        title="copied annotation",
        text=(
            "Two annotators' annotations share ids of regions drawn by hand: one was copied from the other, so "
            "their agreement says nothing."
        ),
        hint="Leave one of the two out of the agreement.",
    ),
    Rule(
        code="WL708",
        level="warning",
        title="article annotated in two tasks",
        text="Two tasks hold the same article. Over one text, the newest layer of each annotator counts.",
        hint="Import each article once (wortlaut tasks writes each once).",
    ),
    Rule(
        code="WL709",
        level="info",
        title="several gold layers",
        text="An article has several annotations marked as ground truth. The newest counts, the others are left out.",
        hint="Keep one.",
    ),
    Rule(
        code="WL801",
        level="error",
        title="text changed",
        text="data.text is not the text that data.text_sha256 was taken of: offsets may have moved.",
        hint="Import the task again with wortlaut tasks, or restore the text.",
    ),
    Rule(
        code="WL802",
        level="warning",
        title="unknown article",
        text="The corpus does not have this article.",
        hint="Ingest it, or name the right corpus with --articles.",
    ),
    Rule(
        code="WL803",
        level="warning",
        title="article revised",
        text="The corpus holds a newer revision of the article than the one that was annotated.",
        hint="Annotate the new revision, or keep to the old one knowingly.",
    ),
    Rule(
        code="WL804",
        level="info",
        title="no usable article_id",
        text="data has no article_id, or one with blanks or control characters; the hash of its text stands in for it.",
        hint="Make tasks with wortlaut tasks.",
    ),
    Rule(
        code="WL805",
        level="error",
        title="no text",
        text="data has no text that the regions could index. The regions are left out.",
        hint="Say which field holds it: --text-key KEY.",
    ),
    Rule(
        code="WL807",
        level="error",
        title="article annotated over two texts",
        text=(
            "Two tasks bear the same article_id over different texts. The text that the corpus holds counts, else "
            "the one that was annotated last; the other tasks are left out."
        ),
        hint="Export the tasks of one revision only, or give the revisions article_ids of their own.",
    ),
    Rule(
        code="WL806",
        level="info",
        title="text is not canonical",
        text="data.text is not in the canonical form wl-1 (CR LF, soft hyphens, unusual spaces). It is taken as it is.",
        hint="Make tasks with wortlaut tasks.",
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _ALL})
"""Every rule under its code."""

_LEVEL: dict[str, Level] = {rule.code: rule.level for rule in _ALL}


def finding(
    code: str, place: str, message: str, *, task_id: str = "", excerpt: str = "", hint: str = "", regions: int = 0
) -> Finding:
    """Make a finding with the level of its rule. Raises KeyError for a code that is not registered."""
    return Finding(
        code=code,
        level=_LEVEL[code],
        place=place,
        message=message,
        task_id=task_id,
        excerpt=excerpt,
        hint=hint,
        regions=regions,
    )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Give `` Did you mean 'PER'?`` where a known name is close, else nothing."""
    names = list(known)
    folded = {candidate.casefold(): candidate for candidate in names}
    if name.casefold() in folded:
        return f" Did you mean {folded[name.casefold()]!r}?"
    close = difflib.get_close_matches(name, names, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
