"""wortlaut: German press articles in, checked annotation through Label Studio, Hugging Face datasets out."""

__version__ = "0.1.0"  # the one place; the package's metadata is read from here

__all__ = ["__version__"]
