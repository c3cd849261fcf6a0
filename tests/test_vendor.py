"""What others wrote lies in static/vendor exactly as VENDOR.toml records it, and works there without a build."""

import base64
import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

VENDOR = Path(__file__).parent.parent / "static" / "vendor"
PACKAGES: dict[str, dict[str, Any]] = tomllib.loads((VENDOR / "VENDOR.toml").read_text("utf-8"))["package"]


def hashed(content: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


@pytest.mark.parametrize("name", PACKAGES)
def test_vendored_files_are_those_recorded(name: str) -> None:
    package = PACKAGES[name]
    folder = VENDOR / package["folder"]
    found = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    assert {path: hashed(file.read_bytes()) for path, file in found.items()} == package["files"]


def test_hash_of_a_changed_file_is_another() -> None:
    content = (VENDOR / "lit-html" / "lit-html.js").read_bytes()
    assert hashed(content + b" ") != PACKAGES["lit-html"]["files"]["lit-html.js"]


def test_vendor_folder_holds_nothing_unrecorded() -> None:
    assert {entry.name for entry in VENDOR.iterdir()} == {
        "VENDOR.toml",
        *(package["folder"] for package in PACKAGES.values()),
    }


@pytest.mark.parametrize("name", PACKAGES)
def test_vendored_package_states_its_licence(name: str) -> None:
    package = PACKAGES[name]
    text = (VENDOR / package["folder"] / "LICENSE").read_text("utf-8")
    sign = {
        "BSD-3-Clause": "Redistribution and use in source and binary forms",
        "MIT": "Permission is hereby granted, free of charge",
        "OFL-1.1": "SIL OPEN FONT LICENSE",
        "Apache-2.0": "Licensed under the Apache License, Version 2.0",
    }
    assert sign[package["licence"]].lower() in text.lower()


def test_vendored_scripts_import_only_each_other_and_name_no_maps() -> None:
    scripts = sorted(path for path in VENDOR.rglob("*js") if path.is_file())
    assert scripts
    imported = 0
    for script in scripts:
        text = script.read_text("utf-8")
        assert "sourceMappingURL" not in text
        for path in re.findall(r"""(?:from|import)\s*["']([\w@:./-]+)["']""", text):
            assert (script.parent / path).resolve() in scripts
            imported += 1
    assert imported


def test_lit_html_makes_the_one_trusted_types_policy_of_the_csp() -> None:
    texts = [script.read_text("utf-8") for script in sorted(VENDOR.rglob("*js")) if script.is_file()]
    assert [name for text in texts for name in re.findall(r'createPolicy\("([^"]+)"', text)] == ["lit-html"]
