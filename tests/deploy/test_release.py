"""A release is made by one command, of what agrees with itself, and is the same when made again."""

import hashlib
import json
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.deploy.conftest import committed, git, release
from tests.packaging.newest import pinned
from tests.packaging.test_wheel import VERSION

pytestmark = pytest.mark.processes


def _one(released: Path, pattern: str) -> Path:
    (file,) = released.glob(pattern)
    return file


def test_all_that_is_handed_out_is_there(released: Path) -> None:
    kinds = {file.name.replace(VERSION, "V") for file in released.iterdir()}
    assert {re.sub(r"linux-\w+", "linux", kind) for kind in kinds} == {
        "SHA256SUMS",
        "tongxing-V-container-linux.tar",
        "tongxing-V-py3-none-any.whl",
        "tongxing-V-requirements.txt",
        "tongxing-V-third-party-licences.txt",
        "tongxing-V.cdx.json",
        "tongxing-V.tar.gz",
    }


def test_the_context_holds_all_that_the_containerfile_takes(released: Path) -> None:
    with tarfile.open(_one(released, "*-container-*.tar")) as files:
        entries = {Path(*Path(each.name).parts[1:]): each for each in files.getmembers()}
    wheels = {path.name for path in entries if path.parts[0] == "wheels"}
    assert {str(path) for path in entries if path.parts[0] != "wheels"} == {
        "Containerfile",
        "healthcheck.py",
        "own_secrets.py",
        "requirements.txt",
        "small_root.py",
    }
    assert _one(released, "*.whl").name in wheels
    assert len(wheels) > 50
    assert {(each.uid, each.gid, each.uname) for each in entries.values()} == {(0, 0, "")}
    assert len({each.mtime for each in entries.values()}) == 1


def test_every_file_has_its_sum(released: Path) -> None:
    lines = (released / "SHA256SUMS").read_text("utf-8").splitlines()
    told = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {file for file in released.iterdir() if file.name != "SHA256SUMS"}
    assert told == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_the_lock_holds_the_hub_itself_and_no_address(released: Path) -> None:
    lock = _one(released, "*-requirements.txt").read_text("utf-8")
    wheel = hashlib.sha256(_one(released, "*.whl").read_bytes()).hexdigest()
    assert lock.endswith(f"tongxing=={VERSION} \\\n    --hash=sha256:{wheel}\n")
    assert "://" not in lock
    assert "--index" not in lock
    assert "--find-links" not in lock


def test_the_bill_names_every_part_in_its_pinned_version(released: Path) -> None:
    bill = json.loads(_one(released, "*.cdx.json").read_text("utf-8"))
    parts = {
        re.sub(r"[-_.]+", "-", part["name"]).lower(): part["version"] for part in bill["components"]
    }
    assert bill["metadata"]["component"]["version"] == VERSION
    assert len(parts) > 40
    assert parts.items() <= dict(pinned()).items()


def test_the_bill_says_nothing_of_when_and_where(released: Path) -> None:
    text = _one(released, "*.cdx.json").read_text("utf-8")
    bill = json.loads(text)
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
    assert str(ROOT) not in text
    assert "/tmp" not in text  # noqa: S108 - where it was made


def test_the_licences_of_others_are_there_with_their_texts(released: Path) -> None:
    """Two are under the LGPL, whose texts must go with what is handed on."""
    text = _one(released, "*-licences.txt").read_text("utf-8")
    lesser = re.findall(r"^(\S+) \S+: .*(?:LGPL|Lesser)", text, re.MULTILINE)
    assert lesser == ["psycopg", "psycopg-binary", "python-stdnum"]
    assert text.count("GNU LESSER GENERAL PUBLIC LICENSE") >= len(lesser)
    assert "(the package brings no text)" not in text


def test_the_wheel_is_of_no_processor(released: Path) -> None:
    with zipfile.ZipFile(_one(released, "*.whl")) as wheel:
        assert [name for name in wheel.namelist() if name.endswith((".so", ".pyd"))] == []
        assert "Root-Is-Purelib: true" in wheel.read(f"tongxing-{VERSION}.dist-info/WHEEL").decode(
            "ascii"
        )


def _refused(repository: Path, *arguments: str) -> str:
    ran = release(repository, repository.parent / "made", *arguments)
    assert ran.returncode == 1, ran.stdout
    assert not (repository.parent / "made").exists()
    return ran.stderr


def test_what_does_not_agree_is_no_release(tmp_path: Path) -> None:
    repository = committed(tmp_path / "repository")
    changes = repository / "CHANGELOG.md"
    text = changes.read_text("utf-8")
    assert "the first heading must be" in _refused(repository)

    def commit_changelog(heading: str) -> None:
        changes.write_text(re.sub(r"^## .+$", f"## {heading}", text, count=1, flags=re.MULTILINE))
        git(repository, "commit", "--quiet", "--all", "--message", "a heading")

    commit_changelog("9.9.9 — 2026-12-01")
    assert f"CHANGELOG.md says 9.9.9, pyproject.toml {VERSION}" in _refused(repository)
    commit_changelog(f"{VERSION} — 2026-12-01")
    git(repository, "tag", f"v{VERSION}")
    assert f"the tag v{VERSION} exists" in _refused(repository)
    changes.write_text(text + "more")
    assert "commit these first" in _refused(repository, "--rehearse")
    assert "CHANGELOG.md" in _refused(repository)
