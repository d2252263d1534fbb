# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import time


def wait_until(condition, seconds=30, what=None):
    """Wait until a condition holds and return its value.

    :param what: a function that tells what was waited for, and what there is instead
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(
                f"waited {seconds} s for: {what() if what else condition}"
            )
        time.sleep(0.05)
    return value
