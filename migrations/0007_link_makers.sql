-- Who made a link by their role: it ends with their account, their role or their access.
alter table one_time_links add column made_by text references users (id) on delete cascade;
create index one_time_links_made_by on one_time_links (made_by);
