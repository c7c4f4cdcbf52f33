-- What works once and is kept nowhere else, pushed requests for one: remembered from its use until
-- its age alone refuses it.
create table spent (
    purpose    text   not null,
    id         text   not null,
    expires_at bigint not null,
    primary key (purpose, id)
);
create index spent_by_end on spent (expires_at);
