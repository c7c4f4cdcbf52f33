# Sign-in through Keystead, client {{ client_id }}. Append this to NetBox's configuration.py, put
# keystead_roles.py beside it (netbox/netbox/keystead_roles.py) and restart NetBox.
REMOTE_AUTH_ENABLED = True
REMOTE_AUTH_BACKEND = 'social_core.backends.open_id_connect.OpenIdConnectAuth'

# The double OIDC is right; no slash at the end.
SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = {{ issuer }}
SOCIAL_AUTH_OIDC_KEY = {{ client_id }}
#if confidential
SOCIAL_AUTH_OIDC_SECRET = {{ client_secret }}
#end
#include netbox/settings.py
