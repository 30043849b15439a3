"""The wheel holds the whole hub under one name, and leaves other packages' names alone.

Nothing here needs a network: the dependencies are those of this environment. ``keys``, ``gateway``
and ``schema`` are names that others use; a hub that installed them would overwrite theirs.
"""

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT
from tests.packaging.conftest import build
from tongxing.gateway.pages.npm_files import listed

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
DIST_INFO = f"tongxing-{VERSION}.dist-info"


@pytest.fixture(scope="session")
def held(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_it_takes_one_name_in_site_packages(held: set[str]) -> None:
    assert {name.split("/")[0] for name in held} == {"tongxing", DIST_INFO}


def test_it_holds_every_file_of_the_packages_and_no_other(held: set[str]) -> None:
    """A wing without ``__init__`` would be missing, and so would data that is not listed."""
    files = {file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file()}
    ours = {f"tongxing/{file.relative_to(ROOT)}" for file in files if file.suffix != ".pyc"}
    assert {name for name in held if not name.startswith(DIST_INFO)} == ours


def test_it_holds_none_of_the_files_of_graphiql(held: set[str]) -> None:
    """Nobody is to keep up to date what production never serves; the page says so."""
    assert [name for name in held if "graphiql.min" in name or "react" in name] == []
    assert "tongxing/gateway/http/assets/missing.html" in held


@pytest.mark.processes
def test_it_holds_the_code_reader_if_that_is_installed(tmp_path: Path) -> None:
    """By its digest, and with its licence; ``held`` was built where there is none."""
    modules = ROOT / ".build" / "npm" / "node_modules"
    if not (modules / "barcode-detector").is_dir():
        pytest.skip("npm's packages are not installed")
    made = {}
    for name, place in (("whole", modules), ("none", tmp_path)):
        command = [sys.executable, "setup.py", "-q", "build_py", "-d", str(tmp_path / name)]
        environment = {**os.environ, "TONGXING_NODE_MODULES": str(place)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        folder = tmp_path / name / "tongxing" / "gateway" / "pages" / "npm"
        made[name] = sorted(file.name for file in folder.glob("*"))
    assert made["whole"] == sorted(
        each for name in listed() for each in (name, f"{name}.licence.txt")
    )
    assert made["none"] == []


@pytest.mark.parametrize(
    "data",
    [
        "schema/schema.graphql",
        "gateway/policies/*.toml",
        "gateway/documents/*.graphql",
        "gateway/http/assets/*.js",
    ],
)
def test_the_data_that_the_hub_reads_exists(data: str) -> None:
    """So that the comparison above compares something."""
    assert list(ROOT.glob(data))


@dataclass(frozen=True)
class Installation:
    """An environment that knows nothing of this repository."""

    place: Path

    @classmethod
    def of(cls, place: Path, *wheels: Path) -> "Installation":
        venv.create(place, symlinks=True)
        self = cls(place)
        for wheel in wheels:
            self._install(wheel)
        # Only now, so that pip sees no hub but its own. The path alone: the file that makes this
        # repository importable is not run from there.
        (self._packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
        return self

    @property
    def _packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.place)}))

    def _install(self, wheel: Path) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(self.place / "bin" / "python")]
        quiet = ["--quiet", "--disable-pip-version-check", "--no-compile"]
        offline = ["--no-index", "--no-deps"]
        subprocess.run([*pip, "install", *quiet, *offline, str(wheel)], check=True)

    def says(self, program: str, *arguments: str) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        ran = subprocess.run(
            [self.place / "bin" / program, *arguments],
            cwd=self.place,  # beside the repository, its folders would be importable from here
            env={**environment, "PYTHONUTF8": "1"},
            check=False,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def file_of(self, module: str, use: str = "pass") -> Path:
        said = self.says("python", "-c", f"import {module}; {use}; print({module}.__file__)")
        return Path(said.strip()).relative_to(self._packages)


@pytest.fixture(scope="session")
def another_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plays the distribution ``schema``, with a package of that name."""
    source = tmp_path_factory.mktemp("another")
    (source / "pyproject.toml").write_text('[project]\nname = "schema"\nversion = "1"\n', "utf-8")
    (source / "schema").mkdir()
    (source / "schema" / "__init__.py").write_text("class Schema: ...\n", "utf-8")
    return build("wheel", source, tmp_path_factory.mktemp("another_built"))


@pytest.fixture(scope="module", params=["before", "after"])
def installed(
    request: pytest.FixtureRequest,
    wheel: Path,
    another_schema: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Installation:
    """The hub, and a package called ``schema`` that was installed before it or after it."""
    order = [another_schema, wheel] if request.param == "before" else [wheel, another_schema]
    return Installation.of(tmp_path_factory.mktemp("installed") / "venv", *order)


def test_the_other_schema_works(installed: Installation) -> None:
    assert installed.file_of("schema", "schema.Schema()") == Path("schema/__init__.py")


def test_what_runs_is_what_was_installed(installed: Installation) -> None:
    assert installed.file_of("tongxing.gateway") == Path("tongxing/gateway/__init__.py")


one_order_is_enough = pytest.mark.parametrize("installed", ["after"], indirect=True)


@one_order_is_enough
def test_the_command_tells_its_version(installed: Installation) -> None:
    assert VERSION in installed.says("tongxing", "--version")


def test_the_command_prints_the_schema(installed: Installation) -> None:
    published = (ROOT / "schema" / "schema.graphql").read_text("utf-8")
    assert installed.says("tongxing", "sdl") == published


@one_order_is_enough
def test_the_sandbox_adds_its_commands(installed: Installation) -> None:
    told = installed.says("python", "-m", "tongxing.gateway.cli", "--help")
    assert told.startswith("Usage: tongxing")
    assert "\n  demo " in told


@pytest.mark.processes
def test_an_editable_installation_takes_one_name_too() -> None:
    """What ``make`` sets up; ``-I`` leaves out the directory that this was started in."""
    asked = "import tongxing.gateway as hub, importlib.util as u; print(hub.__file__)"
    missing = f"print([n for n in {PACKAGES!r} if u.find_spec(n)])"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", f"{asked}\n{missing}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.splitlines() == [str(ROOT / "gateway" / "__init__.py"), "[]"]
