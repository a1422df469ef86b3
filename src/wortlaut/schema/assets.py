"""Where the project's own assets stand: in the wheel under ``wortlaut/_assets``, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path

from wortlaut.schema.errors import UsageError

__all__ = ["assets"]

_PACKAGE = Path(__file__).resolve().parents[1]


def assets(*parts: str) -> Path:
    """Give the path of an asset, such as ``assets("schema", "scheme.toml")``.

    Raises UsageError when it is in neither place: the installation is broken.
    """
    for top in (_PACKAGE / "_assets", _PACKAGE.parents[1]):
        path = top.joinpath(*parts)
        if (top / "schema" / "scheme.toml").is_file() and path.exists():
            return path
    raise UsageError(
        f"the asset {'/'.join(parts)} is missing from this installation",
        hint="Install wortlaut again: pip install --force-reinstall wortlaut",
    )
