"""``tongxing client enroll``: a code with which one device of a gate becomes a client system.

The code is printed once and kept nowhere: only its digest is in the database.
"""

import asyncio
import io
import secrets
from typing import Annotated

import segno
import typer

from tongxing.gateway.cli.client_listing import ClientIdArgument, told
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    existing_database,
    local_actor,
    local_request_id,
)
from tongxing.gateway.cli.terminal import RegionOption, now
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.clients import Enrollment, InvalidClient
from tongxing.gateway.storage.clients.enrollment_code import new_code, shown
from tongxing.gateway.storage.clients.registration import check_named
from tongxing.schema import Purpose
from tongxing.schema.traveler import CHECKPOINT_MAX_CHARACTERS


def enroll(
    client_id: ClientIdArgument,
    *,
    region: RegionOption,
    place: Annotated[
        str, typer.Option(metavar="TEXT", help="查验点名称 The checkpoint, as issuers are told")
    ],
    purpose: Annotated[
        Purpose,
        typer.Option(metavar="PURPOSE", help=f"用途 One of {', '.join(Purpose.__members__)}"),
    ] = Purpose.TRANSPORT,
    department: Annotated[
        str, typer.Option(metavar="TEXT", help="查验部门，默认同名称 Who runs it; else the place")
    ] = "",
    phone: Annotated[
        str, typer.Option(metavar="TEXT", help="值班电话 The telephone of the post, not a person's")
    ] = "12345",
    settings: SettingsOption = None,
) -> None:
    """The device opens /gate and takes the code, by camera or typed. It is good once, for 15
    minutes; another one for the same client takes its place."""
    enrollment = Enrollment(
        client_id=client_id,
        region=region,
        purpose=purpose.name,
        place=place,
        department=department or place,
        phone=phone,
    )
    _check(enrollment)
    code = new_code(secrets.choice)
    good_until = asyncio.run(_open(existing_database(settings), enrollment, code))
    typer.echo(f"✔ {client_id} · {place}")
    typer.echo(f"启用码 code: {shown(code)}")
    typer.echo(f"有效期至 good until {good_until}，只能用一次 and once only")
    typer.echo(_picture(code), nl=False)
    typer.echo(
        "在设备上打开 /gate，扫描或输入启用码 Open /gate on the device; scan or type the code"
    )


def _check(enrollment: Enrollment) -> None:
    for text in (enrollment.place, enrollment.department, enrollment.phone):
        if len(text) > CHECKPOINT_MAX_CHARACTERS:
            raise CommandFailed(
                f"名称、部门和电话至多{CHECKPOINT_MAX_CHARACTERS}个字符，请缩短 place, department "
                f"and phone have {CHECKPOINT_MAX_CHARACTERS} characters at most"
            )
    try:
        check_named(enrollment.client_id, enrollment.place)
    except InvalidClient as refused:
        raise CommandFailed(
            f"启用被拒绝，请改正该项 the enrollment is refused: {refused}"
        ) from None


async def _open(database: LocalDatabase, enrollment: Enrollment, code: str) -> str:
    async with opened(database.place, database.signer) as state:
        good_until = await state.enrollments.open(
            enrollment, code, at=now(), actor=local_actor(), request_id=local_request_id()
        )
    if good_until is None:
        raise CommandFailed(
            f"{enrollment.client_id} 曾经登记过，编号不重复使用，请换一个 was registered before; "
            "an id is never used twice"
        )
    return told(good_until)


def _picture(code: str) -> str:
    drawn = io.StringIO()
    segno.make(code, micro=False).terminal(drawn, compact=True)
    return drawn.getvalue()
