"""Whether the values of ``wortlaut.toml`` can be used: checked when it is read, not at the step that needs one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from wortlaut.schema.address import address_trouble

if TYPE_CHECKING:
    from wortlaut.schema.project import Settings

__all__ = ["is_dataset_name", "is_license", "problems", "unknown_keys"]

# What the Hub allows in the name of a repository; it also makes a folder's name on every system
# (https://huggingface.co/docs/huggingface_hub/package_reference/utilities#huggingface_hub.utils.validate_repo_id).
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
# https://www.crossref.org/blog/dois-and-matching-regular-expressions/
_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]+")
# Names of licenses that the Hub knows and SPDX does not (https://huggingface.co/docs/hub/repositories-licenses).
_HUB_ONLY = frozenset({"odbl", "odc-by", "pddl", "other", "unknown"})


def is_dataset_name(name: str) -> bool:
    """Say whether a dataset may be called so.

    >>> is_dataset_name("lindenau-2026"), is_dataset_name("Presse Süd"), is_dataset_name("../x")
    (True, False, False)
    """
    return bool(_NAME.fullmatch(name))


def unknown_keys(table: Mapping[str, Any], kind: type[msgspec.Struct], section: str = "") -> Iterator[str]:
    """Give a sentence for each key of a TOML table, and of the tables in it, that is no setting."""
    from wortlaut.schema.rules import did_you_mean

    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in table.items():
        where = f" in [{section}]" if section else ""
        inner = fields.get(key)
        if inner is None:
            yield f"there is no setting {key!r}{where}.{did_you_mean(key, fields)}"
        elif isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield from unknown_keys(value, inner, f"{section}.{key}" if section else key)


def problems(settings: Settings) -> Iterator[str]:
    """Give a sentence for each setting that cannot be used."""
    if not is_dataset_name(settings.name):
        yield f"name = {settings.name!r} cannot be a dataset's: it takes letters a-z, digits, '.', '_' and '-'"
    if not _is_timezone(settings.timezone):
        yield f"timezone = {settings.timezone!r}: there is no such time zone. Take a name such as Europe/Berlin"
    for key in ("license", "annotation_license"):
        license_id = getattr(settings, key)
        if license_id and not is_license(license_id):
            yield (
                f"{key} = {license_id!r} is no SPDX id. Take one of https://spdx.org/licenses such as CC-BY-4.0, "
                "or LicenseRef-NAME for a license that is not there"
            )
    if settings.tasks.batch_size < 1:
        yield f"[tasks] batch_size = {settings.tasks.batch_size}: a batch has at least 1 task"
    yield from _studio_problems(settings)
    yield from _release_problems(settings)
    for key in ("select", "ignore"):
        for prefix in getattr(settings.check, key):
            yield from _code_problem(key, prefix)


def _studio_problems(settings: Settings) -> Iterator[str]:
    studio = settings.studio
    trouble = address_trouble(studio.url) if studio.url else ""
    if trouble:
        yield f"[studio] url = {trouble}"
    for key in ("port", "backend_port"):
        if not 1 <= getattr(studio, key) <= 65535:
            yield f"[studio] {key} = {getattr(studio, key)}: a port is a number from 1 to 65535"
    if studio.maximum_annotations < 1:
        yield f"[studio] maximum_annotations = {studio.maximum_annotations}: an article needs at least 1 annotator"


def _release_problems(settings: Settings) -> Iterator[str]:
    release, splits = settings.release, settings.release.splits
    if release.doi and not _DOI.fullmatch(release.doi):
        yield f"[release] doi = {release.doi!r} is no DOI: write it as 10.5281/zenodo.1234567"
    if release.homepage and not release.homepage.startswith(("https://", "http://")):
        yield f"[release] homepage = {release.homepage!r} is no web address: it begins with https://"
    if release.surface < 0:
        yield f"[release] surface = {release.surface}: a length is at least 0"
    fractions = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    for name, fraction in fractions.items():
        if not 0 <= fraction <= 1:
            yield f"[release.splits] {name} = {fraction}: a fraction is from 0 to 1"
    if abs(sum(fractions.values()) - 1) > 1e-6:
        yield f"[release.splits] train, validation and test add up to {sum(fractions.values()):g}, not to 1"
    for name in ("validation_from", "test_from"):
        day = getattr(splits, name)
        if day and not _is_day(day):
            yield f"[release.splits] {name} = {day!r} is no day: write it as 2026-03-01"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _code_problem(key: str, prefix: str) -> Iterator[str]:
    from wortlaut.schema.rules import RULES, did_you_mean

    for part in prefix.split(","):
        wanted = part.strip().upper()
        if not wanted or not any(code.startswith(wanted) for code in RULES):
            yield f"[check] {key}: no code of a finding starts with {part!r}.{did_you_mean(wanted, RULES)}"


def _is_timezone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def is_license(text: str) -> bool:
    """Say whether a text is an SPDX expression, or a license's name that the Hub alone knows.

    >>> is_license("CC-BY-4.0"), is_license("LicenseRef-Haus"), is_license("frei")
    (True, True, False)
    """
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if text.lower() in _HUB_ONLY:
        return True
    try:
        canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return False
    return True
