"""CallGear's wire: what it sends, and how it is asked. Knows no Odoo."""
