-- Requests that wait for a person to approve them in the portal (OpenID Connect Client-Initiated
-- Backchannel Authentication).
create table backchannel_requests (
    id              bigint not null primary key,
    hash            bytea  not null,
    client_id       text   not null references clients (id) on delete cascade,
    user_id         text   not null references users (id) on delete cascade,
    layout          text   not null,
    scopes          jsonb  not null,
    binding_message text,
    address         text,
    flow            text   not null,
    created_at      bigint not null,
    expires_at      bigint not null,
    polled_at       bigint not null,
    pause           bigint not null,
    decided_at      bigint,
    grant_id        bigint,
    used_at         bigint
);
create index backchannel_requests_by_user on backchannel_requests (user_id, created_at);
create index backchannel_requests_by_client on backchannel_requests (client_id);
create index backchannel_requests_by_end on backchannel_requests (expires_at);
