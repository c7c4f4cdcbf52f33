-- What was changed of a client, apart from the sign-ins there, which are many.
create index events_history on events (client_id, id)
where substr(kind, 1, 7) = 'client.' and kind <> 'client.authentication_failed'
    and kind <> 'client.token_issued';
