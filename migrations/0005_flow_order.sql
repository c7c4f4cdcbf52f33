-- When a flow began, in milliseconds: many begin within a second, and lists show the newest first.
alter table flows add column begun_ms bigint not null default 0;
update flows set begun_ms = started_at * 1000;
