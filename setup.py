"""Installs each folder of the repository under one name: ``gateway`` as ``tongxing.gateway``.

Installed as ``schema`` or ``keys`` they would overwrite other packages
(docs/decisions/0007-one-name-in-site-packages.md).
"""

from setuptools import find_packages, setup

FOLDERS = ("gateway", "adapters", "schema", "keys", "sandbox", "conformance")

setup(
    packages=[
        f"tongxing.{package}"
        for folder in FOLDERS
        for package in (folder, *(f"{folder}.{inner}" for inner in find_packages(folder)))
    ],
    package_dir={f"tongxing.{folder}": folder for folder in FOLDERS},
)
