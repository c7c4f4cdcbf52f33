# Sign-in through Keystead. Run this in Nextcloud's folder as the web server's user; the app user_oidc
# must be installed: php occ app:install user_oidc
php occ user_oidc:provider keystead \
  --clientid={{ client_id }} \
  --clientsecret={{ client_secret }} \
  --discoveryuri={{ discovery_url }} \
  --postlogouturi={{ app_url/ }} \
  --scope='openid profile email groups' \
  --mapping-uid=preferred_username \
  --mapping-display-name=name \
  --mapping-email=email \
  --mapping-groups=groups \
  --group-provisioning=1
# Accounts get an internal id made from provider and user name. Add --unique-uid=0 for the plain user
# name; mind that people then get into accounts of that name that exist already.
