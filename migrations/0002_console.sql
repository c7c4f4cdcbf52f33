-- Whose applications are whose: application owners change theirs and no others.
create table client_owners (
    client_id text not null references clients (id) on delete cascade,
    user_id   text not null references users (id) on delete cascade,
    primary key (client_id, user_id)
);
create index client_owners_by_user on client_owners (user_id);

-- What people are found by: username, e-mail address, each word of their names, in lower case. As
-- bytes, so that "begins with" is a range in both databases, whatever the order of the language.
create table user_words (
    word    bytea not null,
    user_id text  not null references users (id) on delete cascade,
    primary key (word, user_id)
);
create index user_words_by_user on user_words (user_id, word);

-- What the list of people is sorted and filtered by.
create index users_by_creation on users (created_at, id);
create index users_by_role on users (role, username);
create index users_disabled on users (username) where disabled_at is not null;
