"""``tongxing doctor``: does the server answer in which workers keep statements together."""

import asyncio
from collections.abc import Iterator

from tongxing.gateway.cache_place import CachePlace
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.settings import Settings
from tongxing.gateway.sharing.redis_line import RedisFailed, RedisFault, RedisLine

PATIENCE_SECONDS = 3.0

TRIAL = "return {redis.call('SET', KEYS[1], '', 'PX', 1000), redis.call('PUBLISH', ARGV[1], '')}"
"""What the hub needs: scripts, writing, and telling others."""

_FAULTS = {
    RedisFault.TIMED_OUT: (
        "没有及时应答 does not answer in time",
        "确认服务在运行且未过载 see that it runs and has time",
    ),
    RedisFault.UNREACHABLE: (
        "无法连接 cannot be reached",
        "启动服务，或改正 start it, or correct cache.place",
    ),
    RedisFault.REFUSED: (
        "拒绝了所需的操作 refuses what the hub asks",
        "检查口令、权限、内存及是否副本 look at its password, rights and memory; is it a replica?",
    ),
    RedisFault.UNREADABLE: (
        "应答的不是 Redis what answers is no Redis server",
        "改正地址 correct cache.place",
    ),
}


def examine_cache(settings: Settings) -> Iterator[Diagnosis]:
    place = settings.cache.place
    if place is None:
        return
    fault = asyncio.run(_fault(place))
    yield Diagnosis(f"cache {place}", *(() if fault is None else _FAULTS[fault]))


async def _fault(place: CachePlace) -> RedisFault | None:
    line = RedisLine(place, PATIENCE_SECONDS, lambda _: None)
    try:
        await line.connect()
        await line.call("EVAL", TRIAL, 1, "tongxing:doctor", "tongxing:doctor")
    except RedisFailed as failed:
        return failed.fault
    finally:
        await line.close()
    return None
