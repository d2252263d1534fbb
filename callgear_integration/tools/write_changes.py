# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def find_changes(record, values):
    """Return those of the values that differ from a record's.

    :param record: one record
    :param dict values: as for ``write``
    """
    return {
        name: value
        for name, value in values.items()
        if record._fields[name].convert_to_write(record[name], record)
        != (value or False)
        and (record[name] or value)
    }


def write_changes(record, values):
    """Write only the values that differ, so that an unchanged row is not locked.

    :param record: one record
    :param dict values: as for ``write``
    :return: dict of the values that were written
    """
    changed = find_changes(record, values)
    if changed:
        record.write(changed)
    return changed
