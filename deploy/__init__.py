"""What puts the hub into service: container, compose, Kubernetes, systemd, and a release."""
