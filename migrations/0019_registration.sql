-- Tokens with which clients may register themselves (RFC 7591 3): what they may ask for, how often.
create table registration_tokens (
    id           bigint not null primary key,
    hash         bytea  not null,
    name         text   not null unique,
    group_id     text   references groups (id) on delete cascade,
    bounds       jsonb  not null,
    uses_left    bigint not null,
    created_by   text   not null,
    created_at   bigint not null,
    expires_at   bigint not null,
    last_used_at bigint
);
create index registration_tokens_by_group on registration_tokens (group_id);

-- Clients that registered themselves: the hash of what they read and change that with (RFC 7592).
create table registrations (
    client_id     text   not null primary key references clients (id) on delete cascade,
    hash          bytea  not null,
    token         text,
    bounds        jsonb  not null,
    said          jsonb  not null,
    address       text,
    registered_at bigint not null,
    used_at       bigint
);
create index registrations_by_address on registrations (address, registered_at);
