-- What machines call the API with: each acts for whoever made it, by the role they held then.
create table api_tokens (
    id           bigint not null primary key,
    hash         bytea  not null,
    name         text   not null unique,
    scopes       jsonb  not null,
    user_id      text   not null references users (id) on delete cascade,
    role         text   not null,
    created_by   text   not null,
    created_at   bigint not null,
    expires_at   bigint not null,
    last_used_at bigint
);
create index api_tokens_by_user on api_tokens (user_id);
