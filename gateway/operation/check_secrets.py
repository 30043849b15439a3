"""``tongxing doctor``: the secrets that only the hub may read."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tongxing.gateway.operation.credentials import bearer_credential, metrics_credential
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.hub_key_files import later_files
from tongxing.gateway.settings import Settings
from tongxing.keys.filter_key import FilterKey
from tongxing.keys.holder import HolderKey
from tongxing.keys.signing import Es256Signer, HubSigner, Sm2Signer

_OTHERS = 0o077

Reader = Callable[[bytes], object]
"""Takes a file's content. Raises ValueError, whose text repeats nothing of it, if it is wrong."""


def examine_secrets(settings: Settings) -> Iterator[Diagnosis]:
    for file, read in _secrets(settings):
        yield examine_secret(file, read)


def _secrets(settings: Settings) -> Iterator[tuple[Path, Reader]]:
    keys = settings.keys
    yield from ((file, HubSigner.from_pem) for file in _key_files(keys.hub))
    yield from ((file, Sm2Signer.from_pem) for file in _key_files(keys.sm2))
    yield keys.holder, HolderKey
    for issuer in settings.issuers:
        if issuer.credential is not None:
            yield issuer.credential, bearer_credential
        if issuer.filter_key is not None:
            yield issuer.filter_key, FilterKey
    yield from ((hub.key, Es256Signer.from_pem) for hub in settings.hubs)
    if settings.sign_in is not None:
        yield settings.sign_in.client_secret, bearer_credential
    if settings.metrics_credential is not None:
        yield settings.metrics_credential, metrics_credential


def _key_files(named: Path) -> Sequence[Path]:
    """The named one may be gone once a later key has taken its place."""
    later = later_files(named)
    return later if later and not named.exists() else [named, *later]


def examine_secret(file: Path, read: Reader) -> Diagnosis:
    about = str(file)
    try:
        content = file.read_bytes()
        mode = file.stat().st_mode
    except FileNotFoundError:
        return Diagnosis(
            about,
            "不存在 is missing",
            "放到该处，或改正配置中的路径 put it there, or correct the path in the settings",
        )
    except OSError as error:
        return Diagnosis(
            about,
            f"无法读取 cannot be read ({error.strerror})",
            f"改为本账户所有并收紧权限 chown it, chmod 600 {file}",
        )
    if mode & _OTHERS:
        return Diagnosis(
            about, "其他账户可以读取 is open to other accounts", f"收紧权限 chmod 600 {file}"
        )
    try:
        read(content)
    except ValueError as error:
        return Diagnosis(
            about, f"内容不对 {error}", "换成正确的文件 replace it with the right file"
        )
    return Diagnosis(about)


def own_credential(settings: Settings) -> str | None:
    """For the figures. None as well if it cannot be read, which ``examine_secrets`` says."""
    if settings.metrics_credential is None:
        return None
    try:
        return metrics_credential(settings.metrics_credential.read_bytes())
    except (OSError, ValueError):
        return None
