"""A client system's credentials as they lie in a file.

``key`` is the file of the private key, relative to the credentials; it never goes anywhere.
"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec import Struct

from gateway.cli.failure import CommandFailed
from keys.signing import Es256Signer, InvalidPrivateKey

_OPTION = typer.Option(
    "--credentials",
    metavar="FILE",
    show_default=False,
    help="凭据文件 The client system's credentials file; it names the hub",
)
CredentialsOption = Annotated[Path, _OPTION]
OptionalCredentialsOption = Annotated[Path | None, _OPTION]


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``hub`` is its address, ``audience`` its id, to which assertions are made out."""

    hub: str
    audience: str
    client_id: str
    key: str


def read_credentials(file: Path) -> tuple[Credentials, Es256Signer]:
    """The credentials and the key that they name. Raises CommandFailed."""
    try:
        credentials = msgspec.json.decode(file.read_bytes(), type=Credentials)
        return credentials, Es256Signer.from_pem((file.parent / credentials.key).read_bytes())
    except OSError as error:
        raise CommandFailed(f"{error.filename} cannot be read ({error.strerror})") from None
    except msgspec.MsgspecError as error:
        raise CommandFailed(f"{file} is not a credentials file: {error}") from None
    except InvalidPrivateKey as error:
        raise CommandFailed(f"{file.parent / credentials.key}: {error}") from None
