"""``tongxing doctor``: policies that load, and issuers for what they need."""

from collections.abc import Iterator
from datetime import datetime

from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.fault_words import fault_words
from tongxing.gateway.policy.in_force import NoPolicyInForce, Policies
from tongxing.gateway.policy.policy_refusal import PolicyRefused
from tongxing.gateway.policy.published import published_policies
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.settings import Settings
from tongxing.keys.root_keys import InvalidRootKeys, parse_root_keys
from tongxing.schema import name_and_code, place_name


def examine_policies(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    about = f"互认政策 policies {settings.policies}"
    try:
        policy = policies_of(settings).in_force(settings.hub.region, at)
    except OSError as error:
        why = f"{error.filename} 无法读取 cannot be read ({error.strerror})"
        yield Diagnosis(about, why, "改正配置 correct `policies` or `policy_keys`")
    except InvalidRootKeys as error:
        yield Diagnosis(
            about,
            f"policy_keys：公钥文件有误 policy_keys: {error}",
            "改正 `policy_keys` 所指的文件 correct the file that `policy_keys` names",
        )
    except PolicyRefused as error:
        yield Diagnosis(
            about,
            fault_words(error),
            "改正该文件，有一份有误则全部不用 correct the file; no policy is used while one is "
            "wrong",
        )
    except NoPolicyInForce as error:
        yield Diagnosis(
            about,
            f"{place_name(error.region).zh}没有现行的互认政策 {error}",
            "为该地区、该日补一份政策 add a policy for this region and day",
        )
    else:
        yield Diagnosis(about)
        yield _mandatory(policy, settings)


def policies_of(settings: Settings) -> Policies:
    keys = settings.policy_keys
    signers = None if keys is None else parse_root_keys(keys.read_bytes())
    return published_policies(settings.policies, signers)


def _mandatory(policy: Policy, settings: Settings) -> Diagnosis:
    """Without a mandatory issuer no traveler would ever be admitted, and no answer would look
    wrong."""
    about = (
        f"互认政策 policy · {name_and_code(policy.version.region)} · "
        f"第{policy.version.version}版 version {policy.version.version}"
    )
    missing = set(policy.issuers.mandatory) - {issuer.id for issuer in settings.issuers}
    if not missing:
        return Diagnosis(about)
    names = ", ".join(sorted(missing))
    return Diagnosis(
        about,
        f"必查机构 {names} 不在配置中 needs {names}, not in the settings",
        "在配置中加上 add the issuer",
    )
