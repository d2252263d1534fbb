# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R44: the bridge in English and Russian. ``bin/translations`` renews the files."""

import pytest

from devtools.paths import BRIDGE

from ..translation_files import TranslationFiles


@pytest.fixture
def files(env):
    return TranslationFiles(env, BRIDGE.name)


def test_r44_the_bridge_s_files_are_current(files):
    for file in (files.template, files.russian):
        assert files.changed(file) == ([], []), "bin/translations"


def test_r44_the_bridge_is_russian_too(files):
    assert files.missing() == files.left_in_english() == files.damaged() == []


@pytest.mark.parametrize("lang", ("en_US", "ru_RU"))
def test_r44_the_help_speaks_of_slas(env, lang):
    """In the statistics' views and in the dashboard, in Russian as well."""
    Statistics = env["callgear.statistics"].with_context(lang=lang)
    texts = {
        "sla_closing_breached": {"en_US": "closed stage", "ru_RU": "закрытому этапу"},
        "sla_first_reply_due": {"en_US": "an SLA", "ru_RU": "задан в SLA"},
    }
    views = Statistics.get_views([(False, "pivot"), (False, "search")])
    shown = views["models"]["callgear.statistics"]["fields"]
    told = Statistics.fields_get(list(texts), ["help"])
    for name, text in texts.items():
        assert text[lang] in told[name]["help"]
        assert text[lang] in shown[name]["help"]
