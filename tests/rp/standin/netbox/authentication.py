"""The one pipeline step that NetBox itself adds."""

from django.conf import settings
from django.contrib.auth.models import Group


def user_default_groups_handler(backend, user, response, *args, **kwargs):
    """Puts everyone who signs in into the default groups that exist."""
    user.groups.add(*Group.objects.filter(name__in=settings.REMOTE_AUTH_DEFAULT_GROUPS))
