# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R40: what nginx has kept is handed over to Odoo; docs/nginx/replay.py."""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "docs" / "nginx" / "replay.py"
spec = importlib.util.spec_from_file_location("replay", FILE)
replay = importlib.util.module_from_spec(spec)
spec.loader.exec_module(replay)


class Odoo:
    """Answers by the number in the name of the file; 200 for all others."""

    def __init__(self, monkeypatch):
        self.answers, self.asked = {}, []
        monkeypatch.setattr(replay, "post", self.post)

    def post(self, _odoo, path):
        number = int(path.name.partition(".")[0])
        self.asked.append(number)
        return self.answers.get(number, (200, None))


@pytest.fixture
def odoo(monkeypatch):
    return Odoo(monkeypatch)


@pytest.fixture
def spool(tmp_path):
    folder = tmp_path / "token" / "end"
    folder.mkdir(parents=True)
    return tmp_path


def keep(spool, *numbers):
    for number in numbers:
        (spool / "token" / "end" / f"{number}.123.abc...json").write_bytes(b"{}")


def left(spool):
    return [int(path.name.partition(".")[0]) for path in replay.waiting(spool)]


def test_r40_what_came_first_is_handed_over_first(odoo, spool):
    keep(spool, 9, 100, 10)
    assert replay.Replayer(spool, "http://odoo").once() == 3
    assert (odoo.asked, left(spool)) == ([9, 10, 100], [])


@pytest.mark.parametrize("status", [200, 400, 404, 405, 413])
def test_r40_odoos_last_word_is_the_end_of_it(odoo, spool, status):
    keep(spool, 1)
    odoo.answers[1] = status, None
    replay.Replayer(spool, "http://odoo").once()
    assert left(spool) == []


@pytest.mark.parametrize("status", [0, 302, 429, 500, 502, 503])
def test_r40_what_is_not_taken_now_stays(odoo, spool, status):
    keep(spool, 1)
    odoo.answers[1] = status, None
    replay.Replayer(spool, "http://odoo").once()
    assert left(spool) == [1]


def test_r40_odoo_is_left_alone_longer_each_time(odoo, spool):
    """At least for as long as it asks for, and not for ever."""
    keep(spool, 1)
    odoo.answers[1] = 503, 5
    replayer, pauses = replay.Replayer(spool, "http://odoo"), []
    for _time in range(7):
        replayer.once()
        pauses.append(replayer.pause)
    assert pauses == [5, 10, 20, 40, 60, 60, 60]
    odoo.answers.clear()
    replayer.once()
    assert replayer.pause == replay.LOOK


def test_r40_one_bad_body_holds_up_nothing_else(odoo, spool):
    keep(spool, 1, 2, 3)
    odoo.answers[1] = 500, None
    replayer = replay.Replayer(spool, "http://odoo")
    replayer.once()
    assert replayer.once() == 2
    assert left(spool) == [1]


def test_r40_files_that_are_not_nginxs_are_left_alone(odoo, spool):
    for name in ("note.json", "1.123.abc...json.tmp", "1.123.abc...txt"):
        (spool / "token" / "end" / name).touch()
    replay.Replayer(spool, "http://odoo").once()
    assert odoo.asked == []


def test_r40_there_is_one_at_a_time(spool):
    assert replay.only_one(spool) is not None
    assert replay.only_one(spool) is None


def test_r40_a_folder_that_is_missing_is_said_in_words(spool):
    assert "There is no folder" in replay.main(["--spool", str(spool / "nowhere")])
