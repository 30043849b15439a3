"""``tongxing doctor``: dialects that other distributions bring, or that are declared in files."""

import asyncio
from collections.abc import Iterator

from tongxing.adapters.declared_dialect import DeclaredDialect
from tongxing.adapters.dialect_refusal import DIALECT_MENDINGS, DialectRefused
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.plugin_entries import installed, shadowed
from tongxing.gateway.operation.declared_dialects import dialect_files, read_signed
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.plugin_trials import try_plugin
from tongxing.gateway.settings import Settings
from tongxing.keys.root_keys import InvalidRootKeys, parse_root_keys


def examine_dialects(settings: Settings) -> Iterator[Diagnosis]:
    """Each plugin that an issuer speaks is tried, as at the start of a hub; one whose name the hub
    itself has is refused."""
    names = dict.fromkeys(issuer.dialect for issuer in settings.issuers)
    others = [name for name in names if name not in DIALECTS]
    yield from (_plugin(name) for name in [*shadowed(), *others] if installed(name))
    if settings.dialects is not None:
        yield from _declared(settings, {name for name in others if not installed(name)})


def _plugin(name: str) -> Diagnosis:
    about = f"方言扩展包 dialect plugin {name}"
    try:
        asyncio.run(try_plugin(name))
    except DialectRefused as refused:
        return refused_diagnosis(about, refused)
    return Diagnosis(about)


def _declared(settings: Settings, wanted: set[str]) -> Iterator[Diagnosis]:
    about = f"方言词表 declared dialects {settings.dialects}"
    keys, found = settings.policy_keys, dict[str, DeclaredDialect]()
    try:
        signers = None if keys is None else parse_root_keys(keys.read_bytes())
        files = [] if settings.dialects is None else dialect_files(settings.dialects)
    except (OSError, InvalidRootKeys) as error:
        wrong = f"无法读取 cannot be read ({type(error).__name__})"
        yield Diagnosis(about, wrong, "改正配置 correct `dialects` or `policy_keys`")
        return
    for file in files:
        try:
            read = read_signed(file, signers)
        except DialectRefused as refused:
            yield refused_diagnosis(f"方言词表 declared dialect {file.name}", refused)
        else:
            found[read.name] = read
            yield Diagnosis(f"方言词表 declared dialect {file.name} · {read.name} · {read.version}")
    for name in sorted(wanted - found.keys()):
        wrong = f"目录中没有可用的 {name} no file here is the dialect {name}"
        yield Diagnosis(about, wrong, "放入签过名的文件 put its signed file here")


def refused_diagnosis(about: str, refused: DialectRefused) -> Diagnosis:
    """Its issuer is not asked; the others are."""
    mending = DIALECT_MENDINGS[refused.fault]
    wrong = f"{mending.wrong.zh} {mending.wrong.en} ({refused.fault} {refused.why})"
    return Diagnosis(about, wrong, f"{mending.mend.zh} {mending.mend.en}")
