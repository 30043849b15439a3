"""Faults whose own text is English, in both languages and with the way out, for operators.

Responsible for the words alone; repeats nothing of a file or of an answer that the fault did not.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tongxing.gateway.policy.policy_refusal import MENDINGS, PolicyRefused
from tongxing.gateway.storage import StorageFault
from tongxing.gateway.storage.audit import AuditDamaged, Damage
from tongxing.keys.root_keys import InvalidRootKeys
from tongxing.keys.trust_refusal import RootKeysRefused, TrustListRefused, TrustRefusal

TRUST_WORDS: Mapping[TrustRefusal, str] = MappingProxyType(
    {
        TrustRefusal.TOO_LARGE: "文件过大，请向联盟索取正确的信任列表",
        TrustRefusal.MALFORMED: "格式有误，请重新取得信任列表",
        TrustRefusal.BAD_SIGNATURE: "签名有误，请重新取得信任列表，并核对根公钥",
        TrustRefusal.SHORT_OF_SIGNATURES: "签名不足，请等足够的根密钥持有人签名",
        TrustRefusal.UNREADABLE_KEY: "其中有不能识别的公钥，请升级程序或请联盟更正",
        TrustRefusal.KEY_OF_TWO_ISSUERS: "同一公钥列在两个机构名下，请联盟更正",
        TrustRefusal.ISSUER_TWICE: "同一机构列了两次，请联盟更正",
        TrustRefusal.AMBIGUOUS_CODE_PREFIX: "两个机构的码前缀相混，请联盟更正",
        TrustRefusal.HUB_AS_ISSUER: "把平台列为发码机构，请联盟更正",
        TrustRefusal.NOT_YET_VALID: "尚未生效，请核对本机时钟，或等到生效时间",
        TrustRefusal.EXPIRED: "已过有效期，请向根密钥持有人索取新的信任列表",
        TrustRefusal.ROLLBACK: "版本比现行的旧，请改用最新的信任列表",
        TrustRefusal.NOTHING_NEW: "与现行的相同，无需更换",
        TrustRefusal.NONE_HELD: "还没有信任列表，请先安装一份",
        TrustRefusal.EARLIER_ROOTS: "只有已更换的旧根密钥签名，请用现行的根密钥签名",
        TrustRefusal.NOT_THE_NEXT: "版本必须恰好加一，请补齐中间的版本",
        TrustRefusal.ANOTHER_CHAIN: "与已采用的根公钥不相接，请核对来源",
        TrustRefusal.KEY_ID_REUSED: "新公钥用了旧公钥的编号，请换一个编号",
        TrustRefusal.UNUSABLE_ROOTS: "门限不能达到，或同一公钥列了两次，请更正",
    }
)

TOLD = (AuditDamaged, InvalidRootKeys, PolicyRefused, StorageFault, TrustListRefused)
"""Errors whose text was written for operators and repeats nothing of a file or an answer."""


def told_words(error: Exception) -> str | None:
    """``fault_words`` if ``error`` is one of ``TOLD``."""
    return fault_words(error) if isinstance(error, TOLD) else None


def fault_words(error: Exception) -> str:
    """What ``error``, one of ``TOLD``, says: in Chinese with what to do, then in its own words."""
    return f"{_zh(error)} {error}"


def _zh(error: Exception) -> str:
    if isinstance(error, TrustListRefused):
        what = "根公钥" if isinstance(error, RootKeysRefused) else "信任列表"
        return f"{what}被拒绝：{TRUST_WORDS[error.code]}"
    if isinstance(error, PolicyRefused):
        mending = MENDINGS[error.code]
        return f"政策文件被拒绝：{mending.wrong.zh}；{mending.mend.zh}"
    if isinstance(error, AuditDamaged) and error.damage is Damage.TRUNCATED:
        return (
            "数据库缺少本机已签署的记录：请接回保有这些记录的主库，或从备份恢复 "
            "it lacks entries that this machine has signed: connect the primary that has them, "
            "or restore it;"
        )
    if isinstance(error, AuditDamaged):
        return "审计日志有损坏：请保留原文件，运行 tongxing audit verify 查看，并从备份恢复"
    if isinstance(error, InvalidRootKeys):
        return "根公钥文件有误：请安装联盟发给的文件"
    return "数据库有问题：请核对磁盘空间、权限和是否有其他程序占用，再照下面的说明处理"
