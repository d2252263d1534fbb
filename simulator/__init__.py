# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A stand-in for the CallGear cloud PBX: real HTTP notifications, recordings and a page
to place calls.
"""
