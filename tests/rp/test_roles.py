"""Groups, staff and superuser reach NetBox through the generated pipeline, and follow what changes."""

SUPERUSERS, STAFF, TEAM = "netbox-superusers", "netbox-staff", "network-team"


def test_roles_follow_grants_and_revocations(place, netbox):
    carol = place.person("carol", "netbox-users")

    def roles():
        carol.open(f"{netbox.url}/logout/")
        account = carol.sign_in(netbox).json()
        return account["is_superuser"], account["is_staff"], TEAM in account["groups"]

    def change(verb, *groups):
        for group in groups:
            place.keystead.cli("group", verb, group, carol.username)
        place.keystead.settle()

    assert roles() == (False, False, False)
    change("add-member", SUPERUSERS, STAFF, TEAM)
    assert roles() == (True, True, True)
    change("remove-member", SUPERUSERS, TEAM)
    assert roles() == (False, True, False)
    change("remove-member", STAFF)
    assert roles() == (False, False, False)
