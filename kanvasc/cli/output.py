"""The output folder: what is ours in it, what was changed by hand, and how it is renewed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from kanvasc.records import dataclass
from kanvasc.version import VERSION

if TYPE_CHECKING:
    from kanvasc.emit import Files

MANIFEST = "manifest.json"


class OutputProblem(Exception):
    """The folder cannot be written as it is; the text says why and what to do."""


@dataclass
class Output:
    """An output folder and the files that it should hold."""

    folder: Path
    files: Files
    program: str
    _forgiving: bool = False

    @cached_property
    def manifest(self) -> bytes:
        """Which files are ours, with digests: what tells our own text from a hand's."""
        content = {
            "schema": 1,
            "compiler": VERSION,
            "program": self.program,
            "files": {path: digest(text) for path, text in sorted(self.files.items())},
        }
        return (json.dumps(content, indent=2) + "\n").encode()

    def stale(self) -> list[str]:
        """Paths whose content on disk is not what it should be, old ones of ours included.

        Raises OutputProblem when there is a file in place of the folder.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputProblem(f"{self.folder} is a file, not a folder")
        wanted = {**self.files, MANIFEST: self.manifest}
        differing = [path for path, text in wanted.items() if self._on_disk(path) != text]
        left = [path for path in self._ours() if path not in wanted]
        return sorted((*differing, *(path for path in left if self._on_disk(path) is not None)))

    def write(self, *, force: bool) -> tuple[int, int]:
        """Writes what changed and deletes what is no longer ours: counts of both.

        Raises OutputProblem before anything is written when a file was changed by hand.
        """
        self._forgiving = force
        stale = self.stale()
        if not force:
            self._refuse_changed(stale)
        wanted = {**self.files, MANIFEST: self.manifest}
        # The manifest comes last: a build that was interrupted can be repeated.
        for path in sorted(stale, key=lambda path: path == MANIFEST):
            try:
                if path in wanted:
                    _replace(self.folder / path, wanted[path])
                else:
                    self._delete(path)
            except OSError as fault:
                raise OutputProblem(
                    f"cannot write {self.folder / path}: {fault.strerror}"
                ) from None
        written = [path for path in stale if path in wanted]
        return len(written), len(stale) - len(written)

    def _ours(self) -> dict[str, str]:
        """Path → digest, as the last build left them; none when there was no build."""
        content = self._on_disk(MANIFEST)
        if content is None:
            return {}
        try:
            listed: Any = json.loads(content)["files"]
            pairs = [(str(path), str(sha)) for path, sha in listed.items()]
        except (ValueError, KeyError, TypeError, AttributeError):
            if self._forgiving:
                return {}
            raise OutputProblem(
                f"{self.folder / MANIFEST} is damaged; build with --force, which leaves old files "
                "behind, or remove the folder"
            ) from None
        return {path: sha for path, sha in pairs if self._inside(path)}

    def _inside(self, path: str) -> bool:
        """Whether a path of the manifest stays in the folder, links followed."""
        parts = PurePosixPath(path).parts
        if not parts or PurePosixPath(path).is_absolute() or ".." in parts or "\0" in path:
            return False
        return (self.folder / path).parent.resolve().is_relative_to(self.folder.resolve())

    def _refuse_changed(self, stale: list[str]) -> None:
        ours = self._ours()
        changed = []
        for path in stale:
            content = self._on_disk(path)
            if path != MANIFEST and content is not None and ours.get(path) != digest(content):
                changed.append(path)
        if changed:
            listed = ", ".join(str(self.folder / path) for path in changed[:3])
            more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
            raise OutputProblem(
                f"{listed}{more} would be overwritten and did not come from the last build; "
                "move your changes into the program, or build with --force"
            )

    def _on_disk(self, path: str) -> bytes | None:
        try:
            return (self.folder / path).read_bytes()
        except OSError:
            return None

    def _delete(self, path: str) -> None:
        (self.folder / path).unlink(missing_ok=True)
        # A folder that still holds somebody's files stays.
        with contextlib.suppress(OSError):
            (self.folder / path).parent.rmdir()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Atomic: a reader sees the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
