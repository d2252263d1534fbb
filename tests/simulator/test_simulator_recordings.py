# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The recordings behind the links."""

import time

import pytest

from simulator.recordings import AUDIO, FRAME_BYTES, audio
from simulator.records import CLIPS, Recording, clip_for, parse_record_id, record_id


@pytest.fixture
def link(simulator, receiver):
    """The path of a recording of 45 seconds."""
    simulator.finish(simulator.place("answered", speed=0, talk_seconds=45))
    url = receiver.bodies[-1]["call_record_file_info"]["file_link"]
    assert url.startswith(simulator.server.url + "/system/media/talk/")
    return url.removeprefix(simulator.server.url)


def test_whole_file(simulator, link):
    response = simulator.ask("GET", link)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "audio/mpeg"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert int(response.headers["Content-Length"]) == len(response.content) == 45 * 3000
    assert response.content[:2] == b"\xff\xf3"


def test_ranges(simulator, link):
    whole = simulator.ask("GET", link).content
    part = simulator.ask("GET", link, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == whole[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    tail = simulator.ask("GET", link, headers={"Range": "bytes=-50"})
    assert tail.status_code == 206 and tail.content == whole[-50:]
    assert (
        simulator.ask(
            "GET", link, headers={"Range": f"bytes={len(whole)}-"}
        ).status_code
        == 416
    )
    head = simulator.ask("HEAD", link)
    assert head.content == b"" and int(head.headers["Content-Length"]) == len(whole)


def test_not_ready_yet(simulator, receiver):
    simulator.ask("PUT", "/api/settings", {"recording_ready_after": 3600})
    simulator.finish(simulator.place("answered", speed=0))
    path = receiver.bodies[-1]["call_record_file_info"]["file_link"].removeprefix(
        simulator.server.url
    )
    assert simulator.ask("GET", path).status_code == 404
    simulator.ask("PUT", "/api/settings", {"recording_ready_after": 0})
    assert simulator.ask("GET", path).status_code == 200


def test_failures(simulator, link):
    def answer(mode, **options):
        simulator.ask("PUT", "/api/settings", {"recording_mode": mode})
        return simulator.ask("GET", link, **options)

    assert answer("missing").status_code == 404
    assert answer("error").status_code == 500
    page = answer("html")
    assert page.status_code == 200 and page.headers["Content-Type"].startswith(
        "text/html"
    )
    with answer("huge", stream=True) as huge:
        assert int(huge.headers["Content-Length"]) > 250 * 1024 * 1024
        assert len(huge.raw.read(70_000)) == 70_000
    moved = answer("redirect", allow_redirects=False)
    assert moved.status_code == 302
    assert len(answer("redirect").content) == 45 * 3000
    with answer("slow", stream=True) as slow:
        begun = time.monotonic()
        assert len(slow.raw.read(2048)) == 2048 and time.monotonic() - begun > 0.9


def test_a_link_outlives_the_simulator_that_made_it(simulator):
    name = record_id(123, 456, "order_ru", 7)
    assert len(name) == 32 and parse_record_id(name) == Recording("order_ru", 7)
    assert (
        len(simulator.ask("GET", f"/system/media/talk/123/{name}/").content)
        == 195 * FRAME_BYTES
    )


@pytest.mark.parametrize("name", ["x" * 32, "0" * 24 + "ff" + "000001", "short"])
def test_foreign_names(simulator, name):
    assert simulator.ask("GET", f"/system/media/talk/1/{name}/").status_code == 404


@pytest.mark.parametrize("clip", CLIPS)
def test_clips_are_small_and_made_of_whole_frames(clip):
    data = (AUDIO / f"{clip}.mp3").read_bytes()
    assert len(data) < 80_000 and len(data) % FRAME_BYTES == 0
    assert {data[start : start + 2] for start in range(0, len(data), FRAME_BYTES)} == {
        b"\xff\xf3"
    }
    assert 5 <= len(data) / 3000 <= 20
    assert len(audio(Recording(clip, 600))) >= 600 * 3000


def test_a_russian_caller_speaks_russian():
    assert clip_for("79161234567") == "order_ru"
    assert clip_for("971505550123") == clip_for("") == "delivery_en"
