"""``tongxing trust root key|init``: each person's root key, and the file of all public halves."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.ceremony.concerns import root_concerns
from tongxing.gateway.ceremony.drafts import DraftUnusable, roots_of
from tongxing.gateway.cli.failing import USAGE, CommandFailed
from tongxing.gateway.cli.root_signers import KEY_HELP, root_signer, try_signing
from tongxing.gateway.cli.root_view import key_lines, show_concerns
from tongxing.gateway.cli.terminal import read_keys
from tongxing.gateway.operation.files import PUBLIC_FILE, write_new
from tongxing.keys.root_keys import encode_root_keys
from tongxing.keys.signing import Es256Signer
from tongxing.keys.suites import is_key_id


class _OneWay(CommandFailed):
    exit_code = USAGE


def key(
    public: Annotated[
        Path,
        typer.Argument(metavar="PUBLIC", help="公钥文件，交给各人 The public half, to hand out"),
    ],
    make: Annotated[
        Path | None,
        typer.Option(
            "--make",
            metavar="PEM",
            show_default=False,
            help="在此新建私钥 Make a private key there (mode 0600)",
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", show_default=False, help=KEY_HELP)
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="ID",
            show_default=False,
            help="密钥编号，默认为指纹 Its id among the root keys; else its thumbprint",
        ),
    ] = None,
) -> None:
    """Neither file is ever overwritten."""
    if (make is None) is (key is None):
        raise _OneWay("请在 --make 与 --key 中择一 give either --make or --key")
    if name is not None and not is_key_id(name):
        raise _OneWay("编号为1至64个字母、数字和-_.: an id is 1 to 64 letters, digits and -_.:")
    if make is not None:
        _refuse_present(public)
        _write_new(make, Es256Signer.generate().to_pem())
    with root_signer(str(make) if key is None else key) as signer:
        try_signing(signer)
        public_key = signer.public_key
    jwk = {"kid": name or public_key.thumbprint(), **public_key.to_jwk()}
    _write_new(public, json.dumps(jwk, indent=2).encode("ascii") + b"\n", PUBLIC_FILE)
    typer.echo(
        f"✔ {jwk['kid']} {public_key.suite}\n"
        "  指纹，请当面或经电话核对 thumbprint, to be compared in person or over the telephone:\n"
        f"  {public_key.thumbprint()}"
    )


def init(
    keys: Annotated[list[Path], typer.Argument(metavar="PUBLIC", help="各人的公钥 Public halves")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="根公钥文件 The file to make")
    ] = Path("root-keys.json"),
    threshold: Annotated[
        int, typer.Option("--threshold", min=1, help="须签名的人数 How many of them must sign")
    ] = 2,
) -> None:
    """The first root keys. Hubs get the file by hand: trust begins there."""
    found = [each for file in keys for each in read_keys(file)]
    try:
        roots = roots_of(threshold, found)
    except DraftUnusable as refused:
        raise CommandFailed(f"根公钥有误 the root keys are wrong: {refused}") from None
    show_concerns(root_concerns(None, roots))
    _write_new(out, encode_root_keys(roots) + b"\n", PUBLIC_FILE)
    typer.echo(f"✔ {out}：{len(found)}人中的{threshold}人 {threshold} of {len(found)}")
    for line in key_lines(roots):
        typer.echo(line)


def _write_new(file: Path, content: bytes, mode: int = 0o600) -> None:
    try:
        write_new(file, content, mode)
    except FileExistsError:
        _refuse_present(file)
        raise


def _refuse_present(file: Path) -> None:
    if file.exists():
        raise CommandFailed(
            f"{file} 已存在，不会被覆盖，请换一个文件名 exists, and nothing is overwritten: take "
            "another name"
        )
