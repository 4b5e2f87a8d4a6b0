"""What does `python -m cls_analysis` run? The command line, where `cls-analysis` is not on the path."""

from cls_analysis.cli import main

if __name__ == "__main__":
    main()
