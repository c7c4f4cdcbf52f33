-- How often strangers register is counted by network, with every other attempt.
drop index registrations_by_address;
