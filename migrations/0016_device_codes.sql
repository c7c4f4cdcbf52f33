-- Devices that wait for a person to let them in (RFC 8628). What the person types is kept as a code
-- that only the secret key can make.
create table device_codes (
    id         bigint not null primary key,
    hash       bytea  not null,
    user_code  bytea  not null,
    client_id  text   not null references clients (id) on delete cascade,
    layout     text   not null,
    scopes     jsonb,
    flow       text   not null,
    expires_at bigint not null,
    polled_at  bigint not null,
    pause      bigint not null,
    decided_at bigint,
    grant_id   bigint,
    used_at    bigint
);
create unique index device_codes_by_user_code on device_codes (user_code);
create index device_codes_by_end on device_codes (expires_at);
