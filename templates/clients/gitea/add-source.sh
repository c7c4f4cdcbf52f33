# Sign-in through Keystead. Run this as the user that Gitea runs as, with its --config if it has one;
# for Forgejo write forgejo in place of gitea.
gitea admin auth add-oauth \
  --provider openidConnect \
  --name keystead \
  --key {{ client_id }} \
  --secret {{ client_secret }} \
  --auto-discover-url {{ discovery_url }} \
  --scopes openid --scopes profile --scopes email --scopes groups \
  --group-claim-name groups
# Add --admin-group NAME if the members of a group are to be administrators.
