"""The public files of a backup, put where the settings name them and nothing lies yet.

Responsible for never replacing one: a trust list that is there may be the newer one, and the hub
takes no older one than it has seen (docs/invariants.md §11).
"""

from collections.abc import Iterator
from pathlib import Path

from tongxing.gateway.operation import backup_form as form
from tongxing.gateway.operation.backup_form import Backup
from tongxing.gateway.operation.files import replace
from tongxing.gateway.operation.root_files import chain_files, root_file
from tongxing.gateway.settings import Settings


def put_public(backup: Backup, settings: Settings) -> Iterator[Path]:
    """Yields those that stay because they are there and differ. Raises OSError."""
    for name, target in _targets(backup, settings):
        content = (backup.directory / name).read_bytes()
        if not target.exists():
            replace(target, content)
        elif target.read_bytes() != content:
            yield target


def _targets(backup: Backup, settings: Settings) -> Iterator[tuple[str, Path]]:
    single = {
        form.TRUST_LIST: settings.trust.list,
        form.POLICY_KEYS: settings.policy_keys,
    }
    for number, _ in chain_files(backup.directory / form.ROOT_KEYS):
        name = str(root_file(Path(form.ROOT_KEYS), number))
        single[name] = root_file(settings.trust.root_keys, number)
    folders = {
        form.POLICIES: settings.policies,
        form.DIALECTS: settings.dialects,
        form.DOCUMENTS: settings.documents,
    }
    absent = {name: folder for name, folder in folders.items() if folder and not folder.is_dir()}
    for name in backup.statement.files:
        folder, _, rest = name.partition("/")
        if target := single.get(name):
            yield name, target
        elif rest and folder in absent:
            yield name, absent[folder] / rest
