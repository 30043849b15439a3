"""``python -m tongxing.gateway.cli`` runs ``tongxing`` if no script is installed."""

from tongxing.gateway.cli.main import main

if __name__ == "__main__":
    main()
