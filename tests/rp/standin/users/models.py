"""The names that a pipeline module imports from NetBox's users application."""

from django.contrib.auth.models import Group, User

__all__ = ["Group", "User"]
