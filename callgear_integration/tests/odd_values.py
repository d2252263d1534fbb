# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Values that no page sends: of the wrong type, size, nesting or encoding."""

from datetime import date


def nested(depth):
    value = []
    for _level in range(depth):
        value = [value]
    return value


ODD = (
    *(None, True, False, 0, 1, -1, 7.5, 2**31 - 1, 2**31, 2**63, -(2**70), 10**400),
    *(float("nan"), float("inf"), "", " ", "0", "-1", "1", "1e9", "x", "9" * 400),
    *("\x00", "a\x00b", "\ud800", "a\udfff", "\x1b[2J", "\u202e", "%s %(a)s", "<b>"),
    *("x" * 70_000, "١٢٣", "²", "today", "2026-02-30", "0000-00-00", "9999-12-31"),
    *("99999-01-01", "+971505550123", "self", "__class__", "id desc; --"),
    *([], [0], [-1], [None], [[1]], ["x"], [1.5], [2**40], nested(400), [1] * 3000),
    *({}, {"id": 1}, {"a": {"b": [None]}}, {"\ud800": "\x00"}, b"bytes", date.max),
)


def odd_value(random, known=()):
    """Return an odd value, or one of those that are known: they lead further in."""
    if known and random.random() < 0.4:
        return random.choice(known)
    if random.random() < 0.1:
        return [random.choice(ODD) for _item in range(random.randrange(4))]
    return random.choice(ODD)


def odd_record_ids(random, known):
    """Return the list of record ids of a call: mostly of a record that there is."""
    if random.random() < 0.7:
        return [random.choice(known)]
    kinds = ([], list(known), [-1], [0], [2**31], [2**70], ["x"], ["1"], [1.5], [True])
    more = ([None], [[1]], [{}], [known[0], "x"], [known[0]] * 3, ["\ud800"], [10**8])
    return list(random.choice(kinds + more))
