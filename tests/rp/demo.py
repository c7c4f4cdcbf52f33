"""`make demo`: a Keystead and a NetBox stand-in to click through, until Ctrl-C."""

import signal

from harness.keystead import Keystead
from harness.netbox import NetBox
from harness.person import PASSWORD


def main():
    keystead = Keystead()
    try:
        keystead.create_group("netbox-users")
        keystead.create_group("netbox-superusers")
        keystead.create_user("alice", PASSWORD, email="alice@example.test", given_name="Alice", family_name="Jones")
        for group in ("netbox-users", "netbox-superusers"):
            keystead.cli("group", "add-member", group, "alice")
        netbox = NetBox(keystead, "4.8.7", "netbox", group="netbox-users")
        try:
            print(f"NetBox    {netbox.url}/login/\nKeystead  {keystead.url}\nSign in   alice / {PASSWORD}\nCtrl-C ends it.")
            signal.pause()
        finally:
            netbox.remove()
    except KeyboardInterrupt:
        pass
    finally:
        keystead.close()


main()
