"""A page over HTTP, against a service that only runs machines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.errors import Refusal
from kanvas_runtime.machine import PageSurface
from kanvas_runtime.pages import install
from starlette.testclient import TestClient

from tests.pages import machines
from tests.pages.fake_host import FakeHost

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def host() -> FakeHost:
    made = FakeHost()
    for machine in (machines.DOUBLE, machines.ECHO, machines.EVERY, machines.EMPTY, machines.ROWS):
        made.page(machine, title=f"<{machine.name}>")
    return made


@pytest.fixture
def client(host: FakeHost) -> TestClient:
    return TestClient(host.app)


def data_of(page: str) -> dict[str, Any]:
    """The data block, read as a browser reads it: up to the first end tag."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script', page, re.S)
    assert found
    return dict(json.loads(found[1]))


def post(client: TestClient, path: str, form: dict[str, str], **headers: str) -> Any:
    return client.post(path, data=form, headers=headers or OWN)


def test_get_never_runs_with_input(client: TestClient, host: FakeHost) -> None:
    page = client.get("/double?n=21")
    assert page.status_code == 200
    assert 'value="21"' in page.text
    assert host.asked == []


def test_a_query_fills_the_form_and_nothing_else(client: TestClient) -> None:
    page = client.get("/every_kind?name=%22%3E%3Cb%3E&password=x&foreign=%3Ci%3E&urgent=false").text
    assert 'value="&#34;&gt;&lt;b&gt;"' in page
    assert "<i>" not in page
    assert 'value="x"' not in page
    assert not re.search(r'name="urgent"[^>]*checked|checked[^>]*name="urgent"', page)


def test_post_runs_and_keeps_the_input(client: TestClient, host: FakeHost) -> None:
    page = post(client, "/double", {"n": "2100"})
    assert page.status_code == 200
    assert ">4,200<" in page.text
    assert 'value="2100"' in page.text
    assert data_of(page.text)["result"] == {"twice": 4200}
    assert host.asked == [{"n": 2100}]


def test_without_script_every_line_of_a_long_table_is_there(client: TestClient) -> None:
    page = post(client, "/rows", {"rows": "250"}).text
    assert page.count("<tr>") == 251
    assert "row 249</span>" in page


def test_an_error_stands_beside_its_field(client: TestClient) -> None:
    page = post(client, "/double", {"n": "many"})
    assert page.status_code == 422
    assert re.search(r'id="error-n"[^>]*>n must be an integer', page.text)
    assert "aria-invalid=true" in page.text
    assert 'value="many"' in page.text


def test_an_error_of_no_field_stands_above_the_form(client: TestClient) -> None:
    page = post(client, "/double", {"n": "1", "m": "2"})
    assert page.status_code == 422
    assert re.search(r'id="notice-text"[^>]*>unknown field', page.text)
    assert "unknown_field · run run-1" in page.text


def test_broken_json_is_refused_by_the_machine_too(client: TestClient, host: FakeHost) -> None:
    page = post(client, "/every_kind", {"name": "Ada", "tone": "warm", "tags": '["a"'})
    assert page.status_code == 400
    assert re.search(r'id="error-tags"[^>]*>Tags is not JSON', page.text)
    assert host.asked == [b'["a"']


def test_a_secret_is_never_sent_back(client: TestClient) -> None:
    page = post(client, "/every_kind", {"name": "x", "tone": "warm", "password": "hush-hush"})
    assert page.status_code == 422
    assert "hush-hush" not in page.text


def test_the_script_gets_json(client: TestClient) -> None:
    good = client.post("/double", json={"n": 4}, headers=OWN)
    assert (good.status_code, good.json()) == (200, {"twice": 8})
    bad = client.post("/double", json={}, headers=OWN)
    assert bad.status_code == 422
    assert bad.json()["error"]["field"] == "n"
    assert bad.json()["error"]["run"] == "run-1"


def test_the_script_asks_what_the_page_is_made_of(client: TestClient, host: FakeHost) -> None:
    state = client.get("/double", headers={"Accept": "application/json"}).json()
    assert state == {"build": data_of(client.get("/double").text)["build"], "simulated": False}
    host.simulated = True
    assert client.get("/double", headers={"Accept": "application/json"}).json()["simulated"] is True


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
    ],
)
def test_only_the_page_itself_may_post(
    client: TestClient, host: FakeHost, headers: dict[str, str], status: int
) -> None:
    reply = client.post("/double", data={"n": "1"}, headers=headers)
    assert reply.status_code == status
    assert bool(host.asked) == (status == 200)


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"n=1", "text/plain", "unsupported_media"),
        (b"n=1", "multipart/form-data; boundary=x", "unsupported_media"),
        (b"n=%FF", "application/x-www-form-urlencoded", "invalid_frame"),
        (b"n=\xff", "application/x-www-form-urlencoded", "invalid_frame"),
        (b"&a=1" * 1001, "application/x-www-form-urlencoded", "invalid_frame"),
        (b"n=" + b"1" * 1024 * 1024, "application/x-www-form-urlencoded", "too_large"),
        (b"{", "application/json", "invalid_json"),
    ],
)
def test_other_bodies_are_refused(client: TestClient, content: bytes, kind: str, code: str) -> None:
    reply = client.post("/double", content=content, headers={**OWN, "Content-Type": kind})
    assert reply.json()["error"]["code"] == code


def test_the_guard_comes_first(client: TestClient, host: FakeHost) -> None:
    host.closed = True
    assert client.get("/double").status_code == 401
    assert post(client, "/double", {"n": "1"}).status_code == 401
    assert host.asked == []


def test_pages_are_guarded_by_headers(client: TestClient) -> None:
    headers = client.get("/double").headers
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    # With no-referrer a browser sends the form with `Origin: null`.
    assert headers["referrer-policy"] == "same-origin"


def test_assets_are_kept_for_good_under_their_digest(client: TestClient) -> None:
    page = client.get("/double").text
    for url in re.findall(r'(?:href|src)="(/_kanvas/static/[^"]+)"', page):
        asset = client.get(url)
        assert asset.status_code == 200
        assert "immutable" in asset.headers["cache-control"]
        name = url.rpartition("/")[2]
        assert client.get(f"/_kanvas/static/0000/{name}").status_code == 404
        assert client.get(url.replace(name, "secret.txt")).status_code == 404


def test_a_title_is_text(client: TestClient) -> None:
    assert '<h1 dir="auto">&lt;double&gt;</h1>' in client.get("/double").text


@pytest.mark.parametrize(
    "text", ["</script><b>", "<!--<script>", "{{7191*7193}}", "{% raw %}", "&amp;"]
)
def test_hostile_texts_stay_text(client: TestClient, text: str) -> None:
    page = post(client, "/echo", {"text": text}).text
    assert data_of(page)["result"]["text"] == text
    assert "<b>" not in page
    assert "51724863" not in page
    assert page.count("<script") == 2


def test_a_machine_without_input_runs_once_for_all_viewers() -> None:
    host = FakeHost()
    host.page(machines.REPORT)
    with TestClient(host.app) as client:
        first, second = client.get("/report").text, client.get("/report").text
    assert host.asked == [{}]
    assert data_of(first)["result"] == data_of(second)["result"]
    assert "<form" not in first


def test_a_machine_with_effects_runs_by_hand_only() -> None:
    host = FakeHost()
    host.page(machines.CALL, by_hand=True)
    with TestClient(host.app) as client:
        before = client.get("/call").text
        assert host.asked == []
        assert "No result yet" in before
        assert "effects outside" in before
        form = {"Content-Type": "application/x-www-form-urlencoded"}  # an empty one has no body
        assert client.post("/call", headers=form).status_code == 403
        shown = post(client, "/call", {}, **OWN, **form).text
        assert host.asked == [{}]
        after = client.get("/call").text
    assert host.asked == [{}]
    assert data_of(after)["result"] == data_of(shown)["result"] != {}
    assert data_of(after)["by_hand"] is True


def test_only_elements_with_the_nonce_bring_code(client: TestClient) -> None:
    one, two = client.get("/double"), client.get("/double")
    nonces = [re.findall(r'nonce="([^"]+)"', page.text) for page in (one, two)]
    assert len(set(nonces[0])) == 1
    assert nonces[0] != nonces[1]
    policy = one.headers["content-security-policy"]
    assert f"script-src 'nonce-{nonces[0][0]}';" in policy
    assert f"style-src 'nonce-{nonces[0][0]}';" in policy
    assert len(re.findall(r"<(?:link|script)[^>]*nonce=", one.text)) == 3


def test_a_secret_result_is_neither_shown_nor_in_the_data() -> None:
    host = FakeHost()
    host.page(machines.REPORT)
    with TestClient(host.app) as client:
        page = client.get("/report").text
    assert "hush-hush" not in page
    assert "Hidden" in page


def test_a_machine_that_says_nothing_has_an_empty_state(client: TestClient) -> None:
    assert "Nothing to report" in client.get("/system_dashboard").text


def test_the_ribbon_tells_simulated_answers(client: TestClient, host: FakeHost) -> None:
    assert re.search(r'id="ribbon"[^>]* hidden', client.get("/double").text)
    host.simulated = True
    assert not re.search(r'id="ribbon"[^>]* hidden', client.get("/double").text)


@pytest.mark.parametrize("present", ["static", "templates"])
def test_a_missing_folder_says_what_to_do(tmp_path: Path, present: str) -> None:
    (tmp_path / present).symlink_to(FakeHost.directory / present)
    host = FakeHost(directory=tmp_path)
    with pytest.raises(FileNotFoundError, match="build the program again"):
        install(host, machines.DOUBLE, PageSurface(path="/double", title="T"))


def test_a_first_result_that_takes_long_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanvas_runtime.pages.newest.PATIENCE", 0.01)
    host = FakeHost(delay=60)
    host.page(machines.REPORT)
    with TestClient(host.app) as client:
        first, second = client.get("/report").text, client.get("/report").text
    assert "Working on the first result" in first
    assert 'http-equiv="refresh"' in second
    assert host.asked == [{}]


def test_a_failed_run_is_told_and_is_the_status() -> None:
    host = FakeHost(refusal=Refusal("provider_error", "the provider is away", step="latest"))
    host.page(machines.REPORT)
    with TestClient(host.app) as client:
        page = client.get("/report")
    assert page.status_code == 502
    assert re.search(r'id="notice-text"[^>]*>the provider is away', page.text)
    assert "No result" in page.text
