-- Links that somebody asked for themselves take the place of no others.
alter table one_time_links add column asked boolean not null default false;
