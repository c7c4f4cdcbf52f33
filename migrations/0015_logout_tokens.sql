-- Clients that are to be told that somebody signed out (OpenID Connect Back-Channel Logout 1.0). Whoever
-- takes one moves its time, so that another may have it should the first never come back.
create table logout_tokens (
    id         bigint not null primary key,
    client_id  text   not null references clients (id) on delete cascade,
    -- Not a reference: the client is told of people who are gone, too.
    user_id    text   not null,
    sub        text   not null,
    -- Empty where all sessions of the person ended.
    sid        text,
    layout     text   not null,
    flow       text   not null,
    attempts   bigint not null,
    due_at     bigint not null,
    problem    text,
    answered   text,
    done_at    bigint
);
create index logout_tokens_due on logout_tokens (due_at) where done_at is null;
create index logout_tokens_by_client on logout_tokens (client_id, id);
