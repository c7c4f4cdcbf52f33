"""Brings groups, staff and superusers from Keystead into NetBox, at each sign-in.

Save as netbox/netbox/keystead_roles.py and name it as the last step of SOCIAL_AUTH_PIPELINE:
'netbox.keystead_roles.sync_roles'.
"""

from django.conf import settings

# Members of these groups in Keystead become staff and superusers in NetBox.
# NetBox 4.5 and later have no staff any more and leave the first one aside.
STAFF_GROUP = 'netbox-staff'
SUPERUSER_GROUP = 'netbox-superusers'


def sync_roles(backend, user=None, response=None, *args, **kwargs):
    """Make the groups of the account those that Keystead names, no more and no fewer."""
    names = _group_names(backend, response)
    if user is None or names is None:
        return
    user.is_superuser = SUPERUSER_GROUP in names
    if hasattr(user, 'is_staff'):
        user.is_staff = STAFF_GROUP in names
    user.save()

    # Whichever class this NetBox uses for groups: it changed with version 4.0.
    group_class = user._meta.get_field('groups').related_model
    shown = sorted(names - {STAFF_GROUP, SUPERUSER_GROUP})
    groups = [group_class.objects.get_or_create(name=name)[0] for name in shown]
    everyones = getattr(settings, 'REMOTE_AUTH_DEFAULT_GROUPS', None) or []
    groups.extend(group_class.objects.filter(name__in=everyones))
    user.groups.set(groups)


def _group_names(backend, response):
    """Return the groups claim as a set of names, or None where there is no such claim.

    None leaves the account alone: the client may not ask for the scope, or not get it.
    """
    for claims in (response, getattr(backend, 'id_token', None)):
        value = claims.get('groups') if isinstance(claims, dict) else None
        if isinstance(value, str):
            return {value}
        if isinstance(value, (list, tuple)):
            return {name for name in value if isinstance(name, str) and name}
    return None
