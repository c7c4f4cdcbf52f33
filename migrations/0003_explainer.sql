-- Failures that are alike, counted: what is kept of a flood. `value` is what they differ in from what
-- was expected, like the redirect URI that was sent; `others` counts what would be too many of them.
create table failure_groups (
    id           text    not null primary key,
    cause        text    not null,
    client_id    text,
    value        text,
    others       boolean not null,
    times        bigint  not null,
    first_at     bigint  not null,
    last_at      bigint  not null,
    solved_at    bigint,
    solved_by    text,
    -- How often it had happened by then: it is back once it happened more often.
    solved_times bigint
);
create index failure_groups_by_cause on failure_groups (cause);
create index failure_groups_by_last on failure_groups (last_at);

alter table flows add column group_id text;

-- What lists of flows are filtered by, the newest first.
create index flows_failed on flows (started_at) where state = 'failed';
create index flows_open on flows (updated_at) where state = 'open';
create index flows_by_client on flows (client_id, started_at, state);
create index flows_by_user on flows (user_id, started_at) where user_id is not null;
create index flows_by_cause on flows (cause, started_at) where cause is not null;
create index flows_by_group on flows (group_id, started_at) where group_id is not null;
