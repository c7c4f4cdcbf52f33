-- The address that a link was sent to by mail: whoever uses it reads the mail that goes there.
alter table one_time_links add column mailed_to text;
