# Sign-in through Keystead. Add this to /etc/gitlab/gitlab.rb and run: gitlab-ctl reconfigure
# If there are providers already, add the entry to their list.
gitlab_rails['omniauth_allow_single_sign_on'] = ['openid_connect']
# false lets new people in at once; with true an administrator unblocks each.
gitlab_rails['omniauth_block_auto_created_users'] = false
gitlab_rails['omniauth_providers'] = [
  {
    name: "openid_connect",
    label: "Keystead",
    args: {
      name: "openid_connect",
      scope: {{ scopes }},
      response_type: "code",
      issuer: {{ issuer }},
      discovery: true,
      client_auth_method: "basic",
      uid_field: "sub",
      pkce: true,
      client_options: {
        identifier: {{ client_id }},
        secret: {{ client_secret }},
        redirect_uri: {{ redirect_uri }}
      }
    }
  }
]
