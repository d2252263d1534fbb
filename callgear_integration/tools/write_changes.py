# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def write_changes(record, values):
    """Write only the values that differ, so that an unchanged row is not locked.

    :param record: one record
    :param dict values: as for ``write``
    :return: dict of the values that were written
    """
    changed = {
        name: value
        for name, value in values.items()
        if record._fields[name].convert_to_write(record[name], record)
        != (value or False)
        and (record[name] or value)
    }
    if changed:
        record.write(changed)
    return changed
