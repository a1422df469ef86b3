"""wortlaut: German press articles in, checked annotation through Label Studio, Hugging Face datasets out."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("wortlaut")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
