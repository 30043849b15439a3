"""``python -m tongxing.gateway.cli`` is the command ``tongxing`` where no script is installed."""

from tongxing.gateway.cli.main import main

if __name__ == "__main__":
    main()
