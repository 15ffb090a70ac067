"""`python -m asn_research` is `asn-research`."""

from asn_research.cli import main

if __name__ == "__main__":
    main()
