# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which seeds are tried: those of ``--seeds``, else the first ones."""


def chosen(config, number):
    """Return the seeds to try.

    :param number: how many, unless the option names some: ``7``, ``100-400``, ``3,7,9-12``
    """
    given = config.getoption("seeds")
    if not given:
        return list(range(number))
    seeds = []
    for part in given.split(","):
        first, _dash, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds
