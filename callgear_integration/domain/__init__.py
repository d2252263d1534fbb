"""The rules: what notifications amount to. Knows no Odoo."""
