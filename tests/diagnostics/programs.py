"""Wrong programs of the corpus, and what the compiler says to any program."""

from __future__ import annotations

from pathlib import Path

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.diagnostics.run import ERRORS, Run
from kanvasc.link import Disk, Sources
from kanvasc.pipeline import Compilation
from kanvasc.source import Source

TESTS = Path(__file__).parents[1]
CORPUS = TESTS / "corpus" / "wrong"
WRONG = sorted(CORPUS.glob("*.kanvas"))
FOLDERS = sorted(path for path in CORPUS.iterdir() if path.is_dir())
"""Programs of several files; the first is `app.kanvas`."""
GOLDEN = TESTS / "golden" / "messages"


class Inside:
    """Reads the files of a folder by paths that do not say where it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disk = Disk()

    def read(self, path: str) -> str:
        return self._disk.read(str(self._folder / path))

    def key(self, path: str) -> str:
        return self._disk.key(str(self._folder / path))

    def names(self, folder: str) -> list[str]:
        return self._disk.names(str(self._folder / folder))


def compiled(path: Path) -> Compilation:
    """A program of the corpus."""
    if path.is_dir():
        source = Source("app.kanvas", (path / "app.kanvas").read_text(encoding="utf-8"))
        return Compilation(source, Sources(Inside(path)))
    return Compilation(Source(path.name, path.read_text(encoding="utf-8")))


def all_findings(path: Path) -> tuple[Diagnostic, ...]:
    """All findings of all files of a program of the corpus."""
    return tuple(one for _, found in compiled(path).findings for one in found)


def findings(text: str, path: str = "app.kanvas") -> tuple[Diagnostic, ...]:
    """All findings of a program."""
    return Compilation(Source(path, text)).diagnostics


def codes(text: str) -> list[str]:
    return [found.code for found in findings(text)]


def of(path: Path) -> Source:
    return Source(path.name, path.read_text(encoding="utf-8"))


def checked(*sources: Source, fatal: frozenset[Severity] = ERRORS) -> Run:
    """What `check` finds in programs that lie in the folder `/work` and below."""
    found = tuple((source, Compilation(source).diagnostics) for source in sources)
    return Run(found, Path("/work"), fatal)
