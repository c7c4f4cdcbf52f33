//! What people are found by. "Begins with" is a range of bytes, which an index answers.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::{Conn, Result, Tx};
use crate::domain::{User, UserId};

/// Words of one person at most, and bytes of one word.
const WORDS: usize = 24;
const BYTES: usize = 96;

/// The one spelling of a word: NFKC, lower case, single spaces.
pub fn canonical(text: &str) -> String {
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The range of all words that begin so: from the first, up to the second.
pub(super) fn range(start: &str) -> (Vec<u8>, Vec<u8>) {
    let from = cut(&canonical(start));
    // No UTF-8 text has this byte.
    let to = [from.as_slice(), &[0xff]].concat();
    (from, to)
}

fn cut(word: &str) -> Vec<u8> {
    word.bytes().take(BYTES).collect()
}

fn words(user: &User) -> Vec<Vec<u8>> {
    let names = [&user.display_name, &user.given_name, &user.family_name];
    let mut words = BTreeSet::from([canonical(user.username.as_str())]);
    words.extend(user.email.as_deref().map(canonical));
    for name in names.into_iter().flatten().map(|name| canonical(name)) {
        words.extend(name.split(' ').map(str::to_owned));
        words.insert(name);
    }
    let words: BTreeSet<Vec<u8>> =
        words.iter().filter(|word| !word.is_empty()).map(|word| cut(word)).collect();
    words.into_iter().take(WORDS).collect()
}

/// Writes the words of a person in place of the former ones.
pub async fn put(tx: &mut Tx, user: &User) -> Result<()> {
    tx.query("delete from user_words where user_id = $1").bind(&user.id).execute().await?;
    for word in words(user) {
        tx.query("insert into user_words (word, user_id) values ($1, $2)")
            .bind(word)
            .bind(&user.id)
            .execute()
            .await?;
    }
    Ok(())
}

/// People without words, which a database of an earlier version has, after this id.
pub async fn missing(conn: &mut Conn, after: &UserId, limit: i64) -> Result<Vec<UserId>> {
    let rows: Vec<(UserId,)> = conn
        .query(
            "select id from users u where id > $1
             and not exists (select 1 from user_words w where w.user_id = u.id)
             order by id limit $2",
        )
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
