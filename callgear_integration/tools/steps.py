# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Work in steps that do not depend on each other: what one cannot do, the others can."""


class Steps:
    """Takes the steps of a piece of work; the first error ends it."""

    def take(self, step, *args):
        """Return what a step returns."""
        return step(*args)

    def portions(self, items):
        """Return the portions in which items are worked on."""
        return [items]


class SingleSteps(Steps):
    """Takes each step by itself: an error undoes this step, and the others are taken.

    That costs a savepoint each, so it is for work that has failed once.

    :param savepoint: function that returns a context manager, which undoes on an error
    :param fatal: exceptions that end the work all the same
    """

    def __init__(self, savepoint, fatal=()):
        self.savepoint = savepoint
        self.fatal = fatal
        self.errors = []

    def take(self, step, *args):
        """Return what a step returns; None if it has failed."""
        try:
            with self.savepoint():
                return step(*args)
        except self.fatal:
            raise
        except Exception as error:
            self.errors.append(error)
            return None

    def portions(self, items):
        """Return the items one by one."""
        return list(items)
