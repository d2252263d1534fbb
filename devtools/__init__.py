# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Everything that takes a newcomer from an empty machine to a running Odoo.

Standard library only: these modules run before anything is installed.
"""
