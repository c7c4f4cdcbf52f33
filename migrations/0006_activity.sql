-- What the console looks through by kind and by outcome, and sessions of everybody by age.
create index events_by_kind on events (kind, id);
create index events_failed on events (id) where failed = true;
