#if auth_post
SOCIAL_AUTH_OIDC_TOKEN_ENDPOINT_AUTH_METHOD = 'client_secret_post'
#end

# Asked for beside openid, profile and email, which NetBox asks for by itself.
SOCIAL_AUTH_OIDC_SCOPE = ['groups']
# The groups claim is for keystead_roles.py; NetBox 3.2.5 to 3.4 would stumble over it.
SOCIAL_AUTH_PROTECTED_USER_FIELDS = ['groups']
#if other_alg
# python-social-auth accepts RS256 alone unless told otherwise.
SOCIAL_AUTH_OIDC_JWT_ALGORITHMS = [{{ alg }}]
#end
#if pkce_required
# Needs social-auth-core 4.8.7, which came with NetBox 4.6: older ones ignore this and are refused.
SOCIAL_AUTH_OIDC_USE_PKCE = True
#end
#if https
# People use https, whatever the proxy in front of NetBox tells or forgets.
SOCIAL_AUTH_REDIRECT_IS_HTTPS = True
#end

# NetBox's own steps, and at the end the one that brings groups, staff and superusers.
SOCIAL_AUTH_PIPELINE = (
    'social_core.pipeline.social_auth.social_details',
    'social_core.pipeline.social_auth.social_uid',
    'social_core.pipeline.social_auth.social_user',
    'social_core.pipeline.user.get_username',
    'social_core.pipeline.user.create_user',
    'social_core.pipeline.social_auth.associate_user',
    'netbox.authentication.user_default_groups_handler',
    'social_core.pipeline.social_auth.load_extra_data',
    'social_core.pipeline.user.user_details',
    'netbox.keystead_roles.sync_roles',
)

# Signing out of NetBox signs out of Keystead too.
LOGOUT_REDIRECT_URL = {{ logout_url }}
