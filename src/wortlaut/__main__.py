"""Run the command line as ``python -m wortlaut``."""

from wortlaut.cli.main import main

if __name__ == "__main__":
    main()
