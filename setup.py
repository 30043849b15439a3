"""Where the packages lie: ``tongxing.gateway`` is the folder ``gateway`` of this repository.

One name in site-packages: folders called ``schema`` or ``keys`` would overwrite other packages.
"""

from setuptools import find_packages, setup

FOLDERS = ("gateway", "adapters", "schema", "keys", "sandbox")

setup(
    packages=[
        f"tongxing.{package}"
        for folder in FOLDERS
        for package in (folder, *(f"{folder}.{inner}" for inner in find_packages(folder)))
    ],
    package_dir={f"tongxing.{folder}": folder for folder in FOLDERS},
)
