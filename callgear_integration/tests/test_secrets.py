# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R2, R42: the API key goes in and never comes out; who saw or changed a secret is noted."""

import os
import tempfile
from contextlib import suppress
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tools import config

from .case import tagged
from .roles import SECRETS, SecurityCase
from .scenarios import incoming

KEY = "a-very-secret-key-0815"
OTHER = "another-key-of-this-server"
VARIABLE = "CALLGEAR_API_KEY_MAIN"


class SecretCase(SecurityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.api_key = KEY
        cls.env.flush_all()
        cls.mine = cls.connection.with_user(cls.roles["admin"])

    def noted(self):
        """What is noted on the connection, and by whom: newest first."""
        self.env.flush_all()
        messages = self.connection.message_ids
        return [(str(one.body), one.author_id.name) for one in messages]


@tagged("post_install", "-at_install")
class TestKeyIsWrittenOnly(SecretCase):
    def test_r42_no_way_of_reading_returns_the_key(self):
        names, copied = list(self.mine.fields_get()), self.mine.copy()
        for way, told in {
            "read": lambda: self.mine.read(names),
            "web_read": lambda: self.mine.web_read(dict.fromkeys(names, {})),
            "search_read": lambda: self.mine.search_read([], names),
            "web_save": lambda: self.mine.web_save({"api_key": KEY}, {"api_key": {}}),
            "write, read": lambda: (
                self.mine.write({"api_key": KEY}) and self.mine.read(["api_key"])
            ),
            "create, read": lambda: self.mine.create(
                {"name": "New", "tz": "UTC", "api_key": KEY}
            ).read(["api_key"]),
            "default_get": lambda: self.mine.default_get(names),
            "name_search": lambda: self.mine.name_search(KEY),
            "onchange": lambda: self.mine.onchange(
                {"name": "Renamed"}, ["name"], dict.fromkeys(names, {})
            ),
            "copy": lambda: copied.read(names) + [copied._used_api_key()],
            "export": lambda: self.mine.export_data(["name", "api_key_source"]),
        }.items():
            with self.subTest(way):
                self.assertNotIn(KEY, str(told()))
        self.assertEqual(self.connection._used_api_key(), KEY)

    def test_r42_not_even_with_all_rights(self):
        """O5: what reads every stored field of every record, as audit logs do."""
        fields = [name for name, f in self.connection._fields.items() if f.store]
        told = str(self.connection.sudo().read(fields))
        self.assertNotIn(KEY, told)
        self.assertNotIn(self.connection.token, told)

    def test_r42_no_secret_is_searched_for_sorted_or_grouped_by(self):
        for name in ("api_key", "token", "webhook_url"):
            for way in (
                lambda name=name: self.mine.search([(name, "like", "a%")]),
                lambda name=name: self.mine.search([(name, "!=", False)]),
                lambda name=name: self.mine.search([], order=name),
                lambda name=name: self.mine._read_group([], [name], ["__count"]),
                lambda name=name: self.mine._read_group([], [], [f"{name}:max"]),
            ):
                with self.subTest(name), self.assertRaises(AccessError):
                    way()

    def test_o5_no_secret_is_exported_not_by_the_admin_either(self):
        call = self.deliver(incoming())
        admin = self.roles["admin"]
        records = {
            "callgear.connection": self.mine,
            "callgear.recording": call.recording_ids.with_user(admin),
        }
        for model, names in SECRETS.items():
            for name in names:
                with self.subTest(f"{model}.{name}"), self.assertRaises(AccessError):
                    records[model].export_data([name])
        templates = self.mine.notification_template_ids
        for record, path in (
            (call.with_user(admin), "connection_id/token"),
            (call.with_user(admin), "recording_ids/url"),
            (self.mine, "notification_template_ids/url"),
            (templates, "url"),
        ):
            with self.subTest(path), self.assertRaises(AccessError):
                record.export_data(["display_name", path])

    def test_r42_a_statement_that_fails_is_logged_without_the_key(self):
        """Somebody else may be writing to the connection at the same moment."""
        with self.assertLogs("odoo.sql_db") as logs, suppress(psycopg2.Error):
            with self.env.cr.savepoint():
                self.mine._write_secret("no_such_column", "key-that-nobody-knows-yet")
        self.assertIn("UPDATE callgear_connection", str(logs.output))
        self.assertNotIn("key-that-nobody-knows-yet", str(logs.output))

    def test_r42_a_key_that_was_removed_is_not_used(self):
        self.mine.api_key = False
        self.assertFalse(self.connection._used_api_key())
        self.assertFalse(self.connection._has_api_key())
        self.assertEqual(self.mine.api_key_source, "None")


@tagged("post_install", "-at_install")
class TestKeyOfTheServer(SecretCase):
    def setUp(self):
        super().setUp()
        self.mine.api_key_name = "main"

    def assertUsed(self, key, source):
        self.env.invalidate_all()
        self.assertEqual(self.connection._used_api_key(), key)
        self.assertIn(source, self.mine.api_key_source)
        self.assertNotIn(key, self.mine.api_key_source)

    def test_s16_from_the_environment(self):
        with patch.dict(os.environ, {VARIABLE: f" {OTHER}\n"}):
            self.assertUsed(OTHER, VARIABLE)
        self.assertUsed(KEY, f"{VARIABLE} is not set on this server")

    def test_s16_from_a_file(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(f"{OTHER}\n")
            file.flush()
            with patch.dict(os.environ, {f"{VARIABLE}_FILE": file.name}):
                self.assertUsed(OTHER, f"{VARIABLE}_FILE")
        with patch.dict(os.environ, {f"{VARIABLE}_FILE": "/nowhere/at/all"}):
            self.assertUsed(KEY, "stored in the database")

    def test_s16_from_the_configuration_file(self):
        with patch.dict(config.options, {VARIABLE.lower(): OTHER}):
            self.assertUsed(OTHER, VARIABLE.lower())

    def test_s16_it_is_used_without_a_stored_one(self):
        self.mine.api_key = False
        with patch.dict(os.environ, {VARIABLE: OTHER}):
            self.assertTrue(self.connection._has_api_key())
            self.assertUsed(OTHER, VARIABLE)

    def test_s16_nothing_else_of_the_server_can_be_named(self):
        for name in ("../main", "main file", "x_FILE", "PATH=", "é", "a" * 50):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.mine.api_key_name = name


@tagged("post_install", "-at_install")
class TestWhoHasUsedThem(SecretCase):
    def test_s16_who_changed_the_key(self):
        self.mine.api_key = OTHER
        self.mine.api_key = False
        (removed, by), (replaced, _by) = self.noted()[:2]
        self.assertIn("API key was removed", removed)
        self.assertIn("API key was replaced", replaced)
        self.assertEqual(by, self.roles["admin"].name)

    def test_s16_who_rotated_and_revoked_addresses(self):
        old = self.connection.token
        self.mine.action_rotate_token()
        self.mine.action_revoke_earlier_tokens()
        (revoked, by), (rotated, _by) = self.noted()[:2]
        self.assertIn("revoked", revoked)
        self.assertIn("replaced", rotated)
        self.assertEqual(by, self.roles["admin"].name)
        for secret in (old, self.connection.token, KEY):
            self.assertNotIn(secret, str(self.noted()))

    def test_s16_who_was_shown_the_addresses_once_a_day(self):
        shown = "The addresses for notifications were shown."
        for _time in range(2):
            self.mine.web_read({"webhook_url": {}})
            self.mine.notification_template_ids.read(["url"])
        notes = [by for text, by in self.noted() if shown in text]
        self.assertEqual(notes, [self.roles["admin"].name])

    def test_s16_nobody_is_noted_for_the_rest_of_the_form(self):
        before = self.noted()
        self.mine.web_read({"name": {}, "api_key": {}, "api_key_source": {}})
        self.assertEqual(self.noted(), before)

    def test_s16_who_changed_hosts_and_addresses_of_the_api(self):
        with self.subTest("tracked"):
            for name in ("api_url", "data_api_url", "recording_hosts", "api_key_name"):
                self.assertTrue(self.connection._fields[name].tracking, name)
