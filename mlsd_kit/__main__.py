"""`python -m mlsd_kit` is the command ``mlsd``."""

from mlsd_kit.cli import main

main()
