"""The HTML report in a real browser: its own policy lets its style through and nothing else."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

import pytest

from tests.reporters.example import example, why

BROWSER = os.environ.get("OIDC_ENFORCER_BROWSER", "")

pytestmark = pytest.mark.skipif(not BROWSER, reason="no browser; `make e2e` installs one")


def browse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A browser with a profile of its own, and what the console says on standard error."""
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    profile = (f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", "--v=0")
    return subprocess.run(
        [BROWSER, *options, *profile, *arguments],
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The example's page as a file."""
    from oidc_enforcer.reporters.html import render

    path = tmp_path / "report.html"
    path.write_text("".join(render(example(), why=why)), "utf-8")
    return path


def pixels(picture: Path) -> tuple[int, int]:
    """Width and height out of a PNG's header."""
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_painted_in_light_and_in_dark(tmp_path: Path, page: Path, scheme: str) -> None:
    picture = tmp_path / f"{scheme}.png"
    chosen = f"--blink-settings=preferredColorScheme={1 if scheme == 'light' else 0}"
    done = browse(
        tmp_path, chosen, "--window-size=900,1800", f"--screenshot={picture}", page.as_uri()
    )
    assert "Content Security Policy" not in done.stderr
    assert pixels(picture) == (900, 1800)
    assert picture.stat().st_size > 50_000, "an unstyled or empty page is smaller"


def test_the_page_prints(tmp_path: Path, page: Path) -> None:
    paper = tmp_path / "report.pdf"
    browse(tmp_path, f"--print-to-pdf={paper}", page.as_uri())
    assert paper.read_bytes().startswith(b"%PDF-")


def test_a_page_whose_style_was_changed_is_refused_by_its_own_policy(
    tmp_path: Path, page: Path
) -> None:
    page.write_text(page.read_text("utf-8").replace("--ink: #1b1f24", "--ink: #000000"), "utf-8")
    done = browse(tmp_path, f"--screenshot={tmp_path / 'x.png'}", page.as_uri())
    assert "Content Security Policy" in done.stderr
