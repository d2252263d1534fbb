# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def write_changes(record, values):
    """Write only what differs: an unchanged row stays as it is, and unlocked.

    :return: the values that were written
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
