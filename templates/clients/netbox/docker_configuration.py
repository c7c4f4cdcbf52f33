# Sign-in through Keystead, client {{ client_id }}: what the environment cannot carry, being lists
# or unknown to netbox-docker. Save as configuration/keystead.py, where netbox-docker finds it.
from os import environ

SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = environ['SOCIAL_AUTH_OIDC_OIDC_ENDPOINT']
SOCIAL_AUTH_OIDC_KEY = environ['SOCIAL_AUTH_OIDC_KEY']
#if confidential
SOCIAL_AUTH_OIDC_SECRET = environ['SOCIAL_AUTH_OIDC_SECRET']
#end
#include netbox/settings.py
