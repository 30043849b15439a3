"""What people at a gate read for each fault of a pass or of the list that should say its color.

The names are those of ``keys/pass_refusal.py``, which knows no texts. A gate shows them offline;
a hub that checks a pass online gives those of passes (``refusal_texts``).
"""

from collections.abc import Mapping
from types import MappingProxyType

from tongxing.schema.values import Text

PASS_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "PASS_MALFORMED": Text(
            zh="这不是通行凭证：请重新扫码，或按证件查询",
            en="this is no pass: scan it again, or ask by document",
        ),
        "PASS_OF_ANOTHER_HUB": Text(
            zh="这是其他平台签发的凭证，本处不能查验：请按证件查询",
            en="another hub issued this pass, and it cannot be checked here: ask by document",
        ),
        "PASS_KEY_UNKNOWN": Text(
            zh="凭证的签发密钥不明，不能采信：请更新平台公钥后重试，或按证件查询",
            en="the key of this pass is not known, so it does not count: read the hub's keys anew "
            "and try again, or ask by document",
        ),
        "PASS_KEY_REVOKED": Text(
            zh="凭证的签发密钥已吊销，凭证不再有效：请重新申领，或按证件查询",
            en="the key of this pass was revoked, so the pass does not count any more: get a new "
            "one, or ask by document",
        ),
        "PASS_ALTERED": Text(
            zh="凭证内容被改动，未通过验签，不予采信：请核验身份证件并按证件查询",
            en="this pass was altered and does not count: check the ID document and ask by "
            "document",
        ),
        "PASS_EXPIRED": Text(
            zh="凭证已到期，截图同样无效：请重新申领，或按证件查询",
            en="this pass has ended, and so has every screenshot of it: get a new one, or ask by "
            "document",
        ),
        "LIST_MISSING": Text(
            zh="本设备没有该凭证的状态名录：请联网获取后重试，或按证件查询",
            en="this device has no status list for this pass: connect and fetch it, or ask by "
            "document",
        ),
        "LIST_NOT_COVERING": Text(
            zh="凭证签发晚于本设备的状态名录，尚未涵盖：请联网更新后重试，或按证件查询",
            en="this pass is younger than the status list of this device, which does not cover it: "
            "connect and update, or ask by document",
        ),
        "LIST_TOO_OLD": Text(
            zh="本设备的状态名录已过旧，不能显示绿色：请联网更新后重试，或按证件查询",
            en="the status list of this device is too old to show a green: connect and update, or "
            "ask by document",
        ),
        "LIST_MALFORMED": Text(
            zh="收到的状态名录格式不符，未采用：请稍后重新获取，仍不行请报告管理员",
            en="what was fetched is no status list and was not taken: fetch it again later, and "
            "tell the operators if it stays so",
        ),
        "LIST_OF_ANOTHER_HUB": Text(
            zh="收到的状态名录属于其他平台，未采用：请核对平台地址",
            en="the status list is another hub's and was not taken: check the hub's address",
        ),
        "LIST_KEY_UNKNOWN": Text(
            zh="状态名录的签发密钥不明，未采用：请更新平台公钥后重试",
            en="the key of the status list is not known, and the list was not taken: read the "
            "hub's keys anew and try again",
        ),
        "LIST_KEY_REVOKED": Text(
            zh="状态名录的签发密钥已吊销，未采用：请报告管理员",
            en="the key of the status list was revoked, and the list was not taken: tell the "
            "operators",
        ),
        "LIST_ALTERED": Text(
            zh="状态名录被改动，未通过验签，未采用：请报告管理员",
            en="the status list was altered and was not taken: tell the operators",
        ),
        "LIST_ANOTHER": Text(
            zh="收到的不是所要的状态名录，未采用：请重新获取",
            en="this is another status list than was asked for and was not taken: fetch it again",
        ),
        "LIST_ROLLED_BACK": Text(
            zh="收到的状态名录比本设备已有的更旧，未采用：请重新获取，仍不行请报告管理员",
            en="the status list is older than the one this device has and was not taken: fetch it "
            "again, and tell the operators if it stays so",
        ),
        "LIST_FORKED": Text(
            zh="收到的状态名录与本设备已有的互相矛盾，未采用：请立即报告管理员",
            en="the status list contradicts the one this device has and was not taken: tell the "
            "operators at once",
        ),
        "LIST_GAP": Text(
            zh="状态名录缺少中间的变更，未采用：请获取完整名录",
            en="changes of the status list are missing in between, and these were not taken: "
            "fetch the whole list",
        ),
        "KEYS_TOO_OLD": Text(
            zh="本设备已超过24小时未更新平台公钥，不能显示绿色：请联网更新，或按证件查询",
            en="this device has not read the hub's keys for 24 hours and can show no green: "
            "connect and update, or ask by document",
        ),
        "CLOCK_BEHIND": Text(
            zh="本设备的时钟慢了，不能显示绿色：请校准时钟后重试",
            en="the clock of this device is behind, so it can show no green: set it right and try "
            "again",
        ),
        "CLOCK_AHEAD": Text(
            zh="本设备的时钟快了，或收到的是旧名录：请校准时钟后重新获取",
            en="the clock of this device is ahead, or an old list was handed out: set the clock "
            "right and fetch the list again",
        ),
    }
)
