"""Start the command line `asn-research` with `python -m asn_research`."""

from asn_research import interrupts


def main() -> None:
    """Run the command line. Ctrl-C can stop it from its first import on."""
    interrupts.prepare()
    from asn_research.cli import main as run  # noqa: PLC0415 (Ctrl-C must be handled before this import)

    run()


if __name__ == "__main__":
    main()
