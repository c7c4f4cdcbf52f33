-- What lists are narrowed down by beside their first column, the newest first.
create index sessions_by_user_and_age on sessions (user_id, id);
create index events_failed_by_user on events (user_id, id) where failed = true and user_id is not null;
create index events_failed_by_client on events (client_id, id) where failed = true and client_id is not null;
