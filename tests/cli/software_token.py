"""A PKCS#11 token in software (SoftHSM), with a key on P-256 and one on Ed25519."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/pkcs11/libsofthsm2.so"),
    Path("/opt/homebrew/lib/softhsm/libsofthsm2.so"),
)
TOOLS = ("softhsm2-util", "pkcs11-tool")
PIN = "648219"
KEYS = {"root": ("EC:prime256v1", "01"), "edwards": ("EC:edwards25519", "02")}

needs_token = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)) and "CI" not in os.environ,
    reason="needs softhsm2-util and pkcs11-tool: apt-get install softhsm2 opensc",
)


def token_settings(directory: Path) -> dict[str, str]:
    """Where tokens keep their keys."""
    tokens, settings = directory / "tokens", directory / "softhsm2.conf"
    tokens.mkdir()
    settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
    return {"SOFTHSM2_CONF": str(settings)}


@dataclass(frozen=True)
class Token:
    module: Path
    pin_file: Path
    environment: dict[str, str]

    def uri(self, query: str = "", **path: str) -> str:
        named = ";".join(f"{name}={value}" for name, value in ({"token": "dave"} | path).items())
        return f"pkcs11:{named}?module-path={self.module}{query}"

    @property
    def with_pin(self) -> str:
        return f"&pin-source=file:{self.pin_file}"


def make_token(directory: Path) -> Token:
    environment = token_settings(directory)
    pin_file = directory / "pin"
    pin_file.write_text(PIN + "\n")
    (module,) = [each for each in MODULES if each.exists()][:1]
    token = Token(module, pin_file, environment)
    init = "--init-token --free --label dave --so-pin 81726354 --pin"
    _run(token, "softhsm2-util", *init.split(), PIN)
    for label, (kind, key_id) in KEYS.items():
        make = f"--module {module} --token-label dave --login --pin env:PIN --keypairgen"
        named = f"--key-type {kind} --label {label} --id {key_id}"
        _run(token, "pkcs11-tool", *make.split(), *named.split())
    return token


def _run(token: Token, *command: str) -> None:
    environment = {**os.environ, **token.environment, "PIN": PIN}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
