-- What a grant, and a token that hangs off it, is for beside its scopes: resources (RFC 8707) and
-- authorization details (RFC 9396).
alter table grants add column target jsonb not null default '{}';
alter table access_tokens add column target jsonb not null default '{}';
