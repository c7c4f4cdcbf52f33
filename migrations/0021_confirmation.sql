-- The key that whoever brings a code or a token must hold: the `cnf` claim.
alter table authorization_codes add column cnf jsonb;
alter table refresh_tokens add column cnf jsonb;
alter table access_tokens add column cnf jsonb;
