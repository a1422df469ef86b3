"""Write the two lists of annotation/gazetteer that come from other packages, or check that they are fresh.

    uv run --with babel==2.18.0 --with faker==40.54.0 python scripts/gazetteer_lists.py [--check]

countries.txt: German names of territories from the Unicode CLDR as Babel ships it. first_names.txt: the first
names of Faker's providers for the languages whose names are frequent in German news. Neither package is needed
to use wortlaut. The other lists are written by hand.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "annotation" / "gazetteer"
LOCALES = ["de_DE", "de_AT", "de_CH", "en_GB", "en_US", "fr_FR", "it_IT", "es_ES", "nl_NL", "pl_PL"]
# Territories whose names are no names in running German text, or mean something else there.
NO_COUNTRY = {"Jersey", "Bonaire"}


def main() -> int:
    """Write or check the lists; give the exit code."""
    parser = argparse.ArgumentParser(description="Write the gazetteer lists that come from other packages.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a list is stale")
    check = parser.parse_args().check
    stale = 0
    for name, text in (("countries.txt", countries()), ("first_names.txt", first_names())):
        path = FOLDER / name
        if check:
            stale += not path.is_file() or path.read_text(encoding="utf-8") != text
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"{stale} list(s) stale: run scripts/gazetteer_lists.py\n")
    return 1 if stale else 0


def countries() -> str:
    """Give the file of countries: CLDR's two-letter territories in German."""
    import babel

    names = {
        re.sub(r"-?Sonderverwaltungsregion|-?S\.A\.R\.", "", str(name)).strip()
        for code, name in babel.Locale("de").territories.items()
        if re.fullmatch(r"[A-Z]{2}", code) and code not in {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AQ"}
    }
    names = {name.partition(" (")[0].replace("Vereinigte ", "Vereinigte~ ") for name in names} - NO_COUNTRY
    head = [
        "# Countries and territories in German.",
        f"# Source: Unicode CLDR, read with Babel {babel.__version__} by scripts/gazetteer_lists.py.",
        "# Licence: Unicode License v3 (https://www.unicode.org/license.txt), Copyright (c) Unicode, Inc.",
    ]
    return "\n".join([*head, *sorted(names)]) + "\n"


def first_names() -> str:
    """Give the file of first names: Faker's, without those that are common words of German."""
    import faker

    names: set[str] = set()
    for locale in LOCALES:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for field in ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary"):
            names |= set(getattr(provider, field, ()))
    excluded = set((FOLDER / "no_first_names.txt").read_text(encoding="utf-8").splitlines())
    good = {name for name in names if re.fullmatch(r"[^\W\d_]{2,}(?:-[^\W\d_]{2,})?", name) and name[0].isupper()}
    head = [
        "# First names, as evidence that the capitalised word after one is a surname.",
        f"# Source: Faker {faker.VERSION}, read by scripts/gazetteer_lists.py: " + " ".join(LOCALES),
        "# Licence: MIT, Copyright (c) 2012 Daniele Faraglia and contributors.",
    ]
    return "\n".join([*head, *sorted(good - excluded)]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
