//! Between PostgreSQL and a file: rows on their way through a channel, as one thread reads or writes
//! the file and a connection does the other half.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Arguments as _, AssertSqlSafe, Executor as _, Row as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::spawn_blocking;

use super::DumpError;
use super::part::Part;
use super::tables::{Cells, Kind, Sum, Table};
use crate::store::db::{connect, open_file};
use crate::store::{Error, OpenError};

/// Rows that travel together.
const BATCH: usize = 500;
/// Batches that may wait.
const WAITING: usize = 4;
/// For a transaction that takes as long as it takes.
const PATIENT: &str =
    "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0";

type Batch = (usize, Vec<Cells>);

/// Writes everything, as this transaction sees it, into a file that was begun.
pub(super) async fn dump(conn: &mut PgConnection, part: &Part) -> Result<(), DumpError> {
    let tables = ours()?;
    let (send, receive) = channel(WAITING);
    let (path, known) = (part.path().to_owned(), tables.clone());
    let writer = spawn_blocking(move || write_file(&path, &known, receive));
    let read = read_server(conn, &tables, send).await;
    let written = writer.await.map_err(|_| Error::Closed)?;
    let written = written.map_err(|error| match error {
        Failed::File(error) => part.refused(&error),
        Failed::Open(error) => part.impossible(error),
        Failed::Dump(error) => error,
    })?;
    compare(&tables, &read?, &written)
}

/// Puts everything of a file into the database of this connection, in place of what is there, and
/// commits once both are the same.
pub(super) async fn fill(
    conn: &mut PgConnection,
    file: &Path,
) -> Result<Vec<(String, u64)>, DumpError> {
    let tables = ours()?;
    conn.execute("begin").await.map_err(Error::from)?;
    let filled = replace(conn, file, &tables).await;
    let end = if filled.is_ok() { "commit" } else { "rollback" };
    conn.execute(end).await.map_err(Error::from)?;
    let names = tables.into_iter().map(|table| table.name);
    Ok(names.zip(filled?.into_iter().map(|sum| sum.rows)).collect())
}

async fn replace(
    conn: &mut PgConnection,
    file: &Path,
    tables: &[Table],
) -> Result<Vec<Sum>, DumpError> {
    conn.execute(PATIENT).await.map_err(Error::from)?;
    let names: Vec<String> = tables.iter().map(Table::quoted).collect();
    let truncate = format!("truncate {}", names.join(", "));
    conn.execute(AssertSqlSafe(truncate)).await.map_err(Error::from)?;
    let (send, mut receive) = channel::<Batch>(WAITING);
    let (path, known) = (file.to_owned(), tables.to_vec());
    let reader = spawn_blocking(move || read_file(&path, &known, &send));
    while let Some((n, rows)) = receive.recv().await {
        let table = &tables[n];
        if let Err(error) = insert(conn, table, rows).await {
            return Err(DumpError::table(&table.name, error));
        }
    }
    let read = reader.await.map_err(|_| Error::Closed)??;
    let written = sums(conn, tables).await?;
    compare(tables, &read, &written)?;
    Ok(written)
}

fn ours() -> Result<Vec<Table>, DumpError> {
    Ok(Table::ours().map_err(Error::from)?)
}

fn compare(tables: &[Table], read: &[Sum], written: &[Sum]) -> Result<(), DumpError> {
    for ((table, read), written) in tables.iter().zip(read).zip(written) {
        if read != written {
            let (table, read, written) = (table.name.clone(), read.rows, written.rows);
            return Err(DumpError::Differs { table, read, written });
        }
    }
    Ok(())
}

/// Why the thread at the file gave up.
enum Failed {
    File(rusqlite::Error),
    Open(OpenError),
    Dump(DumpError),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Failed {
        Failed::File(error)
    }
}

fn write_file(
    path: &Path,
    tables: &[Table],
    mut rows: Receiver<Batch>,
) -> Result<Vec<Sum>, Failed> {
    let mut conn = open_file(path).map_err(Failed::Open)?;
    conn.pragma_update(None, "foreign_keys", false)?;
    // Whoever asked for it makes the whole file durable.
    conn.pragma_update(None, "synchronous", "off")?;
    let tx = conn.transaction()?;
    for table in tables {
        tx.execute(&format!("delete from {}", table.quoted()), [])?;
    }
    while let Some((n, batch)) = rows.blocking_recv() {
        let table = &tables[n];
        let places: Vec<String> = (1..=table.columns.len()).map(|n| format!("?{n}")).collect();
        let (name, names, places) = (table.quoted(), table.names(), places.join(", "));
        let sql = format!("insert into {name} ({names}) values ({places})");
        let mut insert = tx.prepare_cached(&sql)?;
        for row in batch {
            insert.execute(params_from_iter(row))?;
        }
    }
    tx.commit()?;
    let sums = tables.iter().map(|table| sum(&conn, table, |_| Ok(())).map_err(Failed::Dump));
    let sums = sums.collect::<Result<_, _>>()?;
    conn.query_row("pragma journal_mode = delete", [], |_| Ok(()))?;
    Ok(sums)
}

fn read_file(path: &Path, tables: &[Table], send: &Sender<Batch>) -> Result<Vec<Sum>, DumpError> {
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(Error::from)?;
    let tables = tables.iter().enumerate();
    // Where nobody reads any more, they have a better reason to tell.
    let sums = tables.map(|(n, table)| {
        sum(&conn, table, |rows| send.blocking_send((n, rows)).map_err(|_| Error::Closed.into()))
    });
    sums.collect()
}

/// Goes through a table of a file.
fn sum(
    conn: &Connection,
    table: &Table,
    mut take: impl FnMut(Vec<Cells>) -> Result<(), DumpError>,
) -> Result<Sum, DumpError> {
    let failed = |error: rusqlite::Error| DumpError::table(&table.name, error);
    let sql = format!("select {} from {}", table.names(), table.quoted());
    let mut statement = conn.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let (mut sum, mut batch) = (Sum::default(), Vec::new());
    while let Some(row) = rows.next().map_err(failed)? {
        let cells = table.read(row).map_err(|error| DumpError::table(&table.name, error))?;
        sum.add(table, &cells).map_err(|error| DumpError::table(&table.name, error))?;
        batch.push(cells);
        if batch.len() == BATCH {
            take(std::mem::take(&mut batch))?;
        }
    }
    take(batch)?;
    Ok(sum)
}

/// Reads every table within the snapshot of its transaction.
async fn read_server(
    conn: &mut PgConnection,
    tables: &[Table],
    send: Sender<Batch>,
) -> Result<Vec<Sum>, DumpError> {
    conn.execute(PATIENT).await.map_err(Error::from)?;
    let mut sums = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        sums.push(through(conn, (n, table), Some(&send)).await?);
    }
    Ok(sums)
}

async fn sums(conn: &mut PgConnection, tables: &[Table]) -> Result<Vec<Sum>, DumpError> {
    let mut sums = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        sums.push(through(conn, (n, table), None).await?);
    }
    Ok(sums)
}

/// Goes through a table in pieces, so that memory does not grow with it.
async fn through(
    conn: &mut PgConnection,
    (n, table): (usize, &Table),
    send: Option<&Sender<Batch>>,
) -> Result<Sum, DumpError> {
    let failed = |error: sqlx::Error| DumpError::table(&table.name, error);
    let columns = table.columns.iter().map(|(name, kind)| match kind {
        Kind::Json => format!("\"{name}\"::text"),
        _ => format!("\"{name}\""),
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let cursor = format!("dump_{}", table.name);
    let declare =
        format!("declare {cursor} no scroll cursor for select {columns} from {}", table.quoted());
    conn.execute(AssertSqlSafe(declare)).await.map_err(failed)?;
    let mut sum = Sum::default();
    loop {
        let fetch = AssertSqlSafe(format!("fetch {BATCH} from {cursor}"));
        let rows: Vec<PgRow> = sqlx::query(fetch).fetch_all(&mut *conn).await.map_err(failed)?;
        let cells = rows.iter().map(|row| read(table, row)).collect::<Result<Vec<_>, _>>();
        let cells = cells.map_err(failed)?;
        for row in &cells {
            sum.add(table, row).map_err(|error| DumpError::table(&table.name, error))?;
        }
        let last = cells.len() < BATCH;
        if let Some(send) = send
            && send.send((n, cells)).await.is_err()
        {
            return Err(Error::Closed.into());
        }
        if last {
            break;
        }
    }
    conn.execute(AssertSqlSafe(format!("close {cursor}"))).await.map_err(failed)?;
    Ok(sum)
}

fn read(table: &Table, row: &PgRow) -> sqlx::Result<Cells> {
    let cells = table.columns.iter().enumerate().map(|(n, (_, kind))| {
        Ok(match kind {
            Kind::Text | Kind::Json => row.try_get::<Option<String>, _>(n)?.map(Value::Text),
            Kind::Int => row.try_get::<Option<i64>, _>(n)?.map(Value::Integer),
            Kind::Bool => row.try_get::<Option<bool>, _>(n)?.map(|b| Value::Integer(b.into())),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(n)?.map(Value::Blob),
        }
        .unwrap_or(Value::Null))
    });
    cells.collect()
}

/// A column of each row goes as one list.
async fn insert(conn: &mut PgConnection, table: &Table, rows: Vec<Cells>) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut lists: Vec<Cells> = table.columns.iter().map(|_| Vec::new()).collect();
    for row in rows {
        lists.iter_mut().zip(row).for_each(|(list, cell)| list.push(cell));
    }
    let mut arguments = PgArguments::default();
    let (mut selected, mut given) = (Vec::new(), Vec::new());
    for (n, ((_, kind), list)) in table.columns.iter().zip(lists).enumerate() {
        let (array, cast) = match kind {
            Kind::Text => ("text[]", ""),
            Kind::Json => ("text[]", "::jsonb"),
            Kind::Int => ("bigint[]", ""),
            Kind::Bool => ("boolean[]", ""),
            Kind::Bytes => ("bytea[]", ""),
        };
        selected.push(format!("x.c{n}{cast}"));
        given.push(format!("${}::{array}", n + 1));
        add(&mut arguments, *kind, list).map_err(sqlx::Error::Encode)?;
    }
    let places: Vec<String> = (0..given.len()).map(|n| format!("c{n}")).collect();
    let sql = format!(
        "insert into {} ({}) select {} from unnest({}) as x({})",
        table.quoted(),
        table.names(),
        selected.join(", "),
        given.join(", "),
        places.join(", ")
    );
    sqlx::query_with(AssertSqlSafe(sql), arguments).execute(conn).await?;
    Ok(())
}

fn add(
    arguments: &mut PgArguments,
    kind: Kind,
    list: Cells,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let list = list.into_iter();
    match kind {
        Kind::Text | Kind::Json => arguments.add(
            list.map(|cell| if let Value::Text(text) = cell { Some(text) } else { None })
                .collect::<Vec<_>>(),
        ),
        Kind::Int => arguments.add(list.map(number).collect::<Vec<_>>()),
        Kind::Bool => {
            arguments.add(list.map(|cell| number(cell).map(|n| n != 0)).collect::<Vec<_>>())
        }
        Kind::Bytes => arguments.add(
            list.map(|cell| if let Value::Blob(bytes) = cell { Some(bytes) } else { None })
                .collect::<Vec<_>>(),
        ),
    }
}

fn number(cell: Value) -> Option<i64> {
    if let Value::Integer(number) = cell { Some(number) } else { None }
}
