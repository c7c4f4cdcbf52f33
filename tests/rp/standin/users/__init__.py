"""Stands for NetBox's users application."""
