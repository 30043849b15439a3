"""Why a dialect from outside, a plugin or a signed file of tables, is not taken, in both languages.

Responsible for one stable code for each reason, with what is wrong and what to do. Refuses to
repeat what a file or a plugin says beyond ``why``, which is for its author.
"""

from collections.abc import Mapping
from enum import StrEnum, unique
from types import MappingProxyType
from typing import NamedTuple

from tongxing.schema import Text


@unique
class DialectFault(StrEnum):
    """Stable names for logs, ``doctor`` and the pages."""

    NAME_TAKEN = "NAME_TAKEN"
    IMPORT_FAILED = "IMPORT_FAILED"
    NOT_A_PLUGIN = "NOT_A_PLUGIN"
    TOO_LARGE = "TOO_LARGE"
    NOT_TOML = "NOT_TOML"
    SHAPE = "SHAPE"
    OPEN_TABLE = "OPEN_TABLE"
    AMBIGUOUS_WORD = "AMBIGUOUS_WORD"
    VECTORS_FAIL = "VECTORS_FAIL"
    CONTRACT_BROKEN = "CONTRACT_BROKEN"
    TOO_SLOW = "TOO_SLOW"
    ENDED = "ENDED"
    NOT_SIGNED = "NOT_SIGNED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    VERSION_DOES_NOT_RISE = "VERSION_DOES_NOT_RISE"
    WITHDRAWN = "WITHDRAWN"


OF_CHECKS: Mapping[str, DialectFault] = MappingProxyType(
    {
        "interface": DialectFault.NOT_A_PLUGIN,
        "tables": DialectFault.OPEN_TABLE,
        "vectors": DialectFault.VECTORS_FAIL,
        "words": DialectFault.VECTORS_FAIL,
    }
)
"""By the check of ``contract`` that fails; of every other check it is CONTRACT_BROKEN."""


class DialectMending(NamedTuple):
    wrong: Text
    mend: Text


class DialectRefused(ValueError):
    """``name`` is the dialect's, or that of the file if it does not say."""

    def __init__(self, name: str, fault: DialectFault, why: str = "") -> None:
        super().__init__(f"{name}: {fault.value} {why}".strip())
        self.name = name
        self.fault = fault
        self.why = why


def _row(wrong_zh: str, wrong_en: str, mend_zh: str, mend_en: str) -> DialectMending:
    return DialectMending(Text(zh=wrong_zh, en=wrong_en), Text(zh=mend_zh, en=mend_en))


_OF_THE_AUTHOR = (
    "请作者改正后升级该扩展包",
    "have its author mend it, and install the new version",
)
_OF_THE_FILE = (
    "改正该文件，请协调人员重新签名",
    "mend the file, and have the coordinators sign it",
)

DIALECT_MENDINGS: Mapping[DialectFault, DialectMending] = MappingProxyType(
    {
        DialectFault.NAME_TAKEN: _row(
            "名称已被占用",
            "its name is taken",
            "换一个名称，或卸载另一个",
            "choose another name, or uninstall the other one",
        ),
        DialectFault.IMPORT_FAILED: _row(
            "扩展包无法载入", "the plugin cannot be imported", *_OF_THE_AUTHOR
        ),
        DialectFault.NOT_A_PLUGIN: _row(
            "不是本平台接口版本的扩展包",
            "it is no plugin for the interface of this hub",
            *_OF_THE_AUTHOR,
        ),
        DialectFault.TOO_LARGE: _row("文件过大", "the file is too large", *_OF_THE_FILE),
        DialectFault.NOT_TOML: _row("文件不是 TOML", "the file is not TOML", *_OF_THE_FILE),
        DialectFault.SHAPE: _row(
            "键或值不合规定", "a key or a value is not as it has to be", *_OF_THE_FILE
        ),
        DialectFault.OPEN_TABLE: _row(
            "词表不封闭：有的词没有含义，或有的颜色没有词",
            "its table is open: a word without a meaning, or a color without a word",
            "补齐词表",
            "complete the table",
        ),
        DialectFault.AMBIGUOUS_WORD: _row(
            "两个几乎一样的词含义不同",
            "two words that look alike mean different things",
            "向该系统核实，按两个系统接入",
            "ask the system's people; treat it as two systems",
        ),
        DialectFault.VECTORS_FAIL: _row(
            "自带的用例没有通过", "its own vectors fail", "改正词表或用例", "mend the table or them"
        ),
        DialectFault.CONTRACT_BROKEN: _row(
            "不符合方言的共同约定", "it does not keep what every dialect promises", *_OF_THE_AUTHOR
        ),
        DialectFault.TOO_SLOW: _row("试运行超时", "its trial took too long", *_OF_THE_AUTHOR),
        DialectFault.ENDED: _row("试运行中途退出", "it ended its own trial", *_OF_THE_AUTHOR),
        DialectFault.NOT_SIGNED: _row(
            "签名人数不足",
            "not enough people have signed it",
            "请至少两位协调人员用 tongxing policy sign 签名，并配置 policy_keys",
            "have two coordinators sign it (tongxing policy sign), and set policy_keys",
        ),
        DialectFault.BAD_SIGNATURE: _row(
            "签名与文件不符", "a signature is not over this file", *_OF_THE_FILE
        ),
        DialectFault.VERSION_DOES_NOT_RISE: _row(
            "版本不高于已采用的版本",
            "its version is not higher than the one that was taken",
            "放回最新的文件，或提高版本号",
            "put the latest file back, or raise the version",
        ),
        DialectFault.WITHDRAWN: _row(
            "已采用的文件不见了", "the file that was taken is gone", "放回该文件", "put it back"
        ),
    }
)
