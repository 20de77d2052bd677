"""Keys at rest: what is kept of them, which are found, what their names and scopes may be."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.auth.keys import FILE, KeyProblem, Keys


def test_a_key_is_found_and_its_secret_is_not_kept(tmp_path: Path) -> None:
    text = Keys(tmp_path).new("alice", ("machines:run",))
    prefix, id_, secret = text.split("_", 2)
    assert (prefix, len(id_), len(secret)) == ("kv", 12, 43)
    kept = (tmp_path / FILE).read_text()
    assert secret not in kept
    assert id_ in kept
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    found = Keys(tmp_path).find(text)
    assert found is not None
    principal = found.principal
    assert (principal.name, principal.scopes) == ("alice", {"machines:run"})


def test_two_keys_of_one_name_have_salts_of_their_own(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.new("alice")
    keys.new("alice")
    one, two = keys.all
    assert one.salt != two.salt
    with pytest.raises(KeyProblem, match=f"{one.id}, {two.id}"):
        keys.revoke("alice")
    assert keys.revoke(one.id).id == one.id
    assert keys.revoke("alice").id == two.id


@given(st.text())
def test_what_is_no_key_is_not_found(text: str) -> None:
    keys = Keys(Path("/nowhere"))
    assert keys.find(text) is None


def test_a_key_with_another_secret_or_another_id_is_not_found(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    one, two = keys.new("a"), keys.new("b")
    swapped = one[:16] + two[16:]
    assert swapped not in (one, two)
    assert keys.find(swapped) is None
    assert keys.find(one + "A") is None
    assert keys.find(one[:-1]) is None
    assert keys.find(f" {one}") is None


def test_keys_end_when_they_expire_and_when_they_are_revoked(tmp_path: Path) -> None:
    now = 1000.0
    keys = Keys(tmp_path, lambda: now)
    text = keys.new("alice", expires=1010)
    other = keys.new("bob")
    assert keys.find(text) is not None
    now = 1010.0
    assert keys.find(text) is None
    assert keys.live(keys.all[0].id) is None
    keys.revoke("bob")
    assert keys.find(other) is None
    assert [key.state(now) for key in Keys(tmp_path).all] == ["expired", "revoked"]
    with pytest.raises(KeyProblem, match="no key bob"):
        keys.revoke("bob")


@pytest.mark.parametrize("name", ["", " a", "a b", "-a", "a/b", "ä", "a" * 65, "oauth:x", "system"])
def test_names_that_no_key_has(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyProblem):
        Keys(tmp_path).new(name)


@pytest.mark.parametrize("scope", ["", "a b", ":", "a:", "ä"])
def test_scopes_that_there_are_not(tmp_path: Path, scope: str) -> None:
    with pytest.raises(KeyProblem):
        Keys(tmp_path).new("alice", (scope,))


def test_a_file_that_is_no_list_of_keys_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"keys": [{"id": 5}]}')
    with pytest.raises(KeyProblem, match=r"keys\.json"):
        Keys(tmp_path)


def test_sessions_that_ended_are_remembered_as_long_as_they_would_have_lasted(
    tmp_path: Path,
) -> None:
    now = 0.0
    keys = Keys(tmp_path, lambda: now)
    keys.sign_out("a", 10)
    assert Keys(tmp_path).is_signed_out("a")
    now = 11.0
    keys.sign_out("b", 20)
    assert not keys.is_signed_out("a")
    assert keys.is_signed_out("b")
