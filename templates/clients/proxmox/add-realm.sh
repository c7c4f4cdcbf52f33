# Sign-in through Keystead. Run this as root on one node.
pveum realm add keystead --type openid \
  --issuer-url {{ issuer }} \
  --client-id {{ client_id }} \
  --client-key {{ client_secret }} \
  --username-claim preferred_username \
  --scopes 'openid profile email groups' \
  --autocreate 1
# Proxmox VE that knows --groups-claim can take the groups along:
# pveum realm modify keystead --groups-claim groups --groups-autocreate 1
