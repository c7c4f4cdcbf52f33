-- The dialect both databases accept: bigint for numbers and seconds, jsonb for objects and arrays,
-- "text not null primary key". Hot tables are keyed by a time-ordered selector, so that inserts append.

create table users (
    id                  text    not null primary key,
    username            text    not null unique,
    display_name        text,
    given_name          text,
    family_name         text,
    email               text,
    email_verified      boolean not null default false,
    profile             jsonb   not null,
    role                text,
    password_hash       text,
    password_changed_at bigint,
    disabled_at         bigint,
    created_at          bigint  not null,
    updated_at          bigint  not null
);
create unique index users_by_email on users (email);

-- What other systems called a person: their `sub` at a former provider, kept for clients that store it.
create table external_ids (
    source  text not null,
    value   text not null,
    user_id text not null references users (id) on delete cascade,
    primary key (source, value)
);
create index external_ids_by_user on external_ids (user_id);

create table groups (
    id          text   not null primary key,
    name        text   not null unique,
    description text,
    created_at  bigint not null
);

create table group_members (
    group_id text not null references groups (id) on delete cascade,
    user_id  text not null references users (id) on delete cascade,
    primary key (group_id, user_id)
);
create index group_members_by_user on group_members (user_id);

create table group_nesting (
    parent_id text not null references groups (id) on delete cascade,
    child_id  text not null references groups (id) on delete cascade,
    primary key (parent_id, child_id)
);

create table clients (
    id            text    not null primary key,
    slug          text    not null unique,
    name          text    not null,
    public        boolean not null,
    trusted       boolean not null,
    disabled_at   bigint,
    secret_hash   bytea,
    secret_sealed bytea,
    settings      jsonb   not null,
    created_at    bigint  not null,
    updated_at    bigint  not null
);

create table redirect_uris (
    client_id text not null references clients (id) on delete cascade,
    purpose   text not null,
    uri       text not null,
    primary key (client_id, purpose, uri)
);

create table scopes (
    name     text    not null primary key,
    sentence text    not null,
    claims   jsonb   not null,
    builtin  boolean not null
);

-- Who may use a client, and which scopes they may get.
create table scope_maps (
    client_id  text    not null references clients (id) on delete cascade,
    group_id   text    not null references groups (id) on delete cascade,
    scopes     jsonb   not null,
    is_default boolean not null default false,
    primary key (client_id, group_id)
);

-- A claim whose values follow from group membership.
create table claim_maps (
    client_id    text  not null references clients (id) on delete cascade,
    claim        text  not null,
    group_id     text  not null references groups (id) on delete cascade,
    claim_values jsonb not null,
    join_as      text  not null,
    primary key (client_id, claim, group_id)
);

create table consents (
    user_id    text   not null references users (id) on delete cascade,
    client_id  text   not null references clients (id) on delete cascade,
    scopes     jsonb  not null,
    granted_at bigint not null,
    primary key (user_id, client_id)
);

-- A browser in which somebody is signed in.
create table sessions (
    id           bigint  not null primary key,
    hash         bytea   not null,
    sid          text    not null,
    user_id      text    not null references users (id) on delete cascade,
    layout       text    not null,
    auth_time    bigint  not null,
    amr          jsonb   not null,
    remember     boolean not null,
    address      text,
    user_agent   text,
    created_at   bigint  not null,
    last_seen_at bigint  not null,
    expires_at   bigint  not null,
    ended_at     bigint
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_end on sessions (expires_at);

-- What a person allowed a client once; everything issued hangs off it, so revoking it revokes all.
create table grants (
    id         bigint not null primary key,
    client_id  text   not null references clients (id) on delete cascade,
    user_id    text   not null references users (id) on delete cascade,
    session_id bigint,
    sid        text   not null,
    layout     text   not null,
    scopes     jsonb  not null,
    claims     jsonb  not null,
    nonce      text,
    auth_time  bigint not null,
    acr        text   not null,
    amr        jsonb  not null,
    flow       text   not null,
    created_at bigint not null,
    revoked_at bigint
);
create index grants_by_user on grants (user_id);

create table authorization_codes (
    id           bigint not null primary key,
    hash         bytea  not null,
    grant_id     bigint not null,
    client_id    text   not null,
    redirect_uri text   not null,
    challenge    text,
    expires_at   bigint not null,
    used_at      bigint
);

create table refresh_tokens (
    id         bigint not null primary key,
    hash       bytea  not null,
    grant_id   bigint not null,
    client_id  text   not null,
    scopes     jsonb  not null,
    parent_id  bigint,
    expires_at bigint not null,
    used_at    bigint,
    -- Set when its parent came again and a sibling took its place.
    superseded_at bigint
);
create index refresh_tokens_by_grant on refresh_tokens (grant_id);
create index refresh_tokens_by_end on refresh_tokens (expires_at);

-- Opaque access tokens; the JWT kind is not stored.
create table access_tokens (
    id         bigint not null primary key,
    hash       bytea  not null,
    grant_id   bigint,
    client_id  text   not null,
    layout     text   not null,
    scopes     jsonb  not null,
    issued_at  bigint not null,
    expires_at bigint not null,
    revoked_at bigint
);
create index access_tokens_by_end on access_tokens (expires_at);

-- JWT access tokens revoked one by one, until they would have expired anyway.
create table revoked_tokens (
    jti        text   not null primary key,
    expires_at bigint not null
);

create table signing_keys (
    kid          text   not null primary key,
    alg          text   not null,
    state        text   not null,
    private      bytea  not null,
    public       jsonb  not null,
    created_at   bigint not null,
    activates_at bigint not null,
    retired_at   bigint
);

-- The audit log. `chain` is filled in order by a job: SHA-256 over the line before and this one.
create table events (
    id        bigint not null primary key,
    at        bigint not null,
    kind      text   not null,
    actor     text   not null,
    user_id   text,
    client_id text,
    target    text,
    failed    boolean not null,
    reason    text,
    flow      text,
    address   text,
    detail    jsonb  not null,
    chain     bytea
);
create index events_by_user on events (user_id, id);
create index events_by_client on events (client_id, id);

-- One attempt to sign in to one client, from the authorization request to the last userinfo call.
create table flows (
    ref        text   not null primary key,
    client_id  text,
    user_id    text,
    layout     text   not null,
    state      text   not null,
    cause      text,
    address    text,
    started_at bigint not null,
    updated_at bigint not null
);
create index flows_by_start on flows (started_at);

create table flow_steps (
    ref    text   not null references flows (ref) on delete cascade,
    at_ms  bigint not null,
    n      bigint not null,
    kind   text   not null,
    detail jsonb  not null,
    primary key (ref, at_ms, n)
);

-- Links that work once: set-up, invitation, password reset.
create table one_time_links (
    id         bigint not null primary key,
    hash       bytea  not null,
    purpose    text   not null,
    user_id    text references users (id) on delete cascade,
    expires_at bigint not null
);

create table throttles (
    key           text   not null primary key,
    failures      bigint not null,
    blocked_until bigint not null,
    updated_at    bigint not null
);

create table settings (
    name  text  not null primary key,
    value jsonb not null
);

-- Bumped by every change of what servers keep in memory; they look once a second.
create table registry_version (
    id      bigint not null primary key,
    version bigint not null
);
insert into registry_version (id, version) values (1, 1);

insert into scopes (name, sentence, claims, builtin) values
    ('openid', 'Know who you are', '[]', true),
    ('profile', 'See your profile',
     '["name","family_name","given_name","middle_name","nickname","preferred_username","profile","picture","website","gender","birthdate","zoneinfo","locale","updated_at"]', true),
    ('email', 'See your e-mail address', '["email","email_verified"]', true),
    ('address', 'See your postal address', '["address"]', true),
    ('phone', 'See your phone number', '["phone_number","phone_number_verified"]', true),
    ('groups', 'See which groups you belong to', '["groups"]', true),
    ('offline_access', 'Stay connected while you are away', '[]', true);

insert into groups (id, name, description, created_at) values
    ('00000000-0000-0000-0000-000000000001', 'everyone', 'Everybody with an account, without being added', 0);
