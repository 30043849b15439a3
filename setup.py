"""Installs each folder of the repository under one name: ``gateway`` as ``tongxing.gateway``.

Installed as ``schema`` or ``keys`` they would overwrite other packages
(docs/decisions/0007-one-name-in-site-packages.md). The files of npm packages that pages load go
into the wheel if they are where `make` installs them, or where TONGXING_NODE_MODULES says; without
them the pages say what they lack.
"""

import hashlib
import os
import shutil
import tomllib
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

FOLDERS = ("gateway", "adapters", "schema", "keys", "sandbox", "conformance")
HERE = Path(__file__).resolve().parent
NODE_MODULES = Path(
    os.environ.get("TONGXING_NODE_MODULES", HERE / ".build" / "npm" / "node_modules")
)


class WithNpmFiles(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # a checkout reads them where they are
        listed = tomllib.loads((HERE / "gateway/pages/npm_files.toml").read_text(encoding="utf-8"))
        folder = Path(self.build_lib, "tongxing", "gateway", "pages", "npm")
        for name, entry in listed.items():
            source = NODE_MODULES / entry["path"]
            if source.is_file() and _digest(source) == entry["sha256"]:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, folder / name)
                shutil.copyfile(NODE_MODULES / entry["licence"], folder / f"{name}.licence.txt")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


setup(
    cmdclass={"build_py": WithNpmFiles},
    packages=[
        f"tongxing.{package}"
        for folder in FOLDERS
        for package in (folder, *(f"{folder}.{inner}" for inner in find_packages(folder)))
    ],
    package_dir={f"tongxing.{folder}": folder for folder in FOLDERS},
)
