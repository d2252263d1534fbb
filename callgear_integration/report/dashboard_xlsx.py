# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The dashboard as a workbook: a sheet for each part of the page."""

import io
from datetime import datetime

from babel.dates import get_day_names

from odoo.tools.misc import babel_locale_parse, format_date

from .dashboard_figures import BY_HOUR

# Names and texts must not be interpreted as formulas or links.
_AS_TEXT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_NUMBERS = {
    "count": "0",
    "number": "0.0",
    "hours": "0.00",
    "minutes": "0.0",
    "share": "0.0%",
}
_WIDTHS = {"label": 34, "value": 16}


def workbook(env, data):
    """Return the bytes of an xlsx file.

    :param data: dict, as ``callgear.dashboard.get_data`` returns it
    """
    # Imported here, because it takes long and only exports need it.
    import xlsxwriter

    output = io.BytesIO()
    with xlsxwriter.Workbook(output, _AS_TEXT) as book:
        writer = _Writer(env, book, data)
        writer.figures()
        writer.over_time()
        writer.peak()
        writer.rows(env._("Channels"), env._("Channel"), "channels")
        writer.rows(env._("Team"), env._("Agent"), "team")
        writer.calls_by_hour()
        writer.rows(env._("Calls by team"), env._("Team"), "teams", "calls")
    return output.getvalue()


class _Writer:
    def __init__(self, env, book, data):
        self.env, self.book, self.data = env, book, data
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.formats = {
            kind: book.add_format({"num_format": text})
            for kind, text in _NUMBERS.items()
        }
        self.sections = {section["key"]: section for section in data["sections"]}

    def sheet(self, name, head):
        sheet = self.book.add_worksheet(name[:31])
        sheet.set_column(0, 0, _WIDTHS["label"])
        sheet.set_column(1, max(1, len(head) - 1), _WIDTHS["value"])
        for column, text in enumerate(head):
            sheet.write_string(0, column, text, self.bold)
        sheet.freeze_panes(1, 1)
        return sheet

    def number(self, sheet, row, column, key, value):
        """Write a measure; an average of nothing stays empty; a share is a number of calls."""
        if value is not None:
            kind = self.data["figures"][key]["kind"]
            kind = "count" if kind == "share" else kind
            sheet.write_number(row, column, value, self.formats[kind])

    def cell(self, sheet, row, column, key, values):
        """Write a measure of a table, in which a share has no place for its whole."""
        figure = self.data["figures"][key]
        if figure["kind"] != "share":
            self.number(sheet, row, column, key, values[key])
        elif values[figure["due_key"]]:
            share = values[key] / values[figure["due_key"]]
            sheet.write_number(row, column, share, self.formats["share"])

    def labels(self, keys):
        return [self.data["figures"][key]["label"] for key in keys]

    def days(self, period):
        start, end = (
            format_date(self.env, period[name]) for name in ("date_from", "date_to")
        )
        return start if start == end else f"{start} – {end}"

    def figures(self):
        head = [self.days(self.data["options"]), self.env._("Value"), self.env._("Of")]
        if self.data["previous"]:
            head.append(self.days(self.data["previous"]))
        sheet = self.sheet(
            self.env._("Helpdesk Figures"), [*head, self.env._("Meaning")]
        )
        sheet.set_column(len(head), len(head), 90)
        row = 1
        for section in self.data["sections"]:
            if section["key"] in ("peak", "channels", "team"):
                continue
            sheet.write_string(row, 0, section["label"], self.bold)
            for key in section["figures"]:
                row += 1
                figure = self.data["figures"][key]
                sheet.write_string(row, 0, figure["label"])
                self.number(sheet, row, 1, key, figure["value"])
                self.number(sheet, row, 2, key, figure["due"])
                if self.data["previous"]:
                    self.number(sheet, row, 3, key, figure["previous"])
                sheet.write_string(row, len(head), figure["help"])
            row += 2

    def over_time(self):
        keys = [
            key for section in self.data["sections"] for key in section["over_time"]
        ]
        chart = self.data["over_time"]
        hours = chart["granularity"] == "hour"
        number_format = "yyyy-mm-dd hh:mm" if hours else "yyyy-mm-dd"
        moment = self.book.add_format({"num_format": number_format, "align": "left"})
        head = [self.env._("From"), *self.labels(keys)]
        sheet = self.sheet(self.env._("Over time"), head)
        for row, piece in enumerate(chart["rows"], start=1):
            sheet.write_datetime(row, 0, datetime.fromisoformat(piece["start"]), moment)
            for column, key in enumerate(keys, start=1):
                self.number(sheet, row, column, key, piece["values"][key])

    def peak(self):
        """Write one line for each weekday and hour, usable for a pivot table."""
        keys = self.sections["peak"]["figures"]
        locale = babel_locale_parse(self.env.lang)
        names = get_day_names("wide", context="stand-alone", locale=locale)
        head = [self.env._("Weekday"), self.env._("Hour"), *self.labels(keys)]
        sheet = self.sheet(self.env._("Peak load"), head)
        cells = sorted(
            self.data["peak"], key=lambda cell: ((cell["day"] - 1) % 7, cell["hour"])
        )
        for row, cell in enumerate(cells, start=1):
            # PostgreSQL's week begins on Sunday, Babel's on Monday.
            sheet.write_string(row, 0, names[(cell["day"] - 1) % 7])
            sheet.write_number(row, 1, cell["hour"])
            for column, key in enumerate(keys, start=2):
                self.number(sheet, row, column, key, cell["values"][key])

    def calls_by_hour(self):
        keys = [key for key in BY_HOUR if key in self.data["figures"]]
        head = [self.env._("Hour"), *self.labels(keys)]
        sheet = self.sheet(self.env._("Calls by hour"), head)
        for row, line in enumerate(self.data["calls_by_hour"], start=1):
            sheet.write_number(row, 0, line["hour"])
            for column, key in enumerate(keys, start=1):
                self.cell(sheet, row, column, key, line["values"])

    def rows(self, title, first, name, section=None):
        """Write a table with a line for each record, of a section's figures."""
        keys = self.sections[section or name]["figures"]
        sheet = self.sheet(title, [first, *self.labels(keys)])
        for row, line in enumerate(self.data[name], start=1):
            sheet.write_string(row, 0, line["label"])
            for column, key in enumerate(keys, start=1):
                self.cell(sheet, row, column, key, line["values"])
