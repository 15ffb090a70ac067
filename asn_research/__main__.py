"""`python -m asn_research` is `asn-research`."""

from asn_research import interrupts


def main() -> None:
    """Run the command line, so that Ctrl-C ends it from its first import on."""
    interrupts.prepare()
    from asn_research.cli import main as run  # noqa: PLC0415 (after Ctrl-C is seen to)

    run()


if __name__ == "__main__":
    main()
