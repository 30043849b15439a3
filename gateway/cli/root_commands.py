"""``tongxing trust root``: the ceremony, from a person's key to a list that hubs believe."""

import typer

from tongxing.gateway.cli.root_drafting import diff, propose, show
from tongxing.gateway.cli.root_keys_commands import init, key
from tongxing.gateway.cli.root_publish import publish
from tongxing.gateway.cli.root_signing import sign, verify


def root_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="制作或登记一把根密钥 Make a root key, or name one on a token")(key)
    commands.command(help="汇集第一版根公钥 Gather the first root keys")(init)
    commands.command(help="由草稿制作提案 Make a proposal out of a draft")(propose)
    commands.command(help="显示提案改变什么 What a proposal changes")(diff)
    commands.command(help="签名 Sign a proposal with one root key")(sign)
    commands.command(help="核对谁已签、谁未签 Who has signed, and who is missing")(verify)
    commands.command(help="显示文件内容 What a proposal, a list or root keys say")(show)
    commands.command(help="公布签毕的文件 Put a finished list, or root keys, into force")(publish)
    return commands
