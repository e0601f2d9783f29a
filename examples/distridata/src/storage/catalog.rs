//! Index of objects, in SQLite.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use di_core::ambient::Spawner;
use di_core::{BoxError, HealthCheck, component};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior};

use crate::config::Config;
use crate::object::{Object, Shard};

/// Index of all objects and of the hosts that keep their shards.
#[async_trait]
pub trait Catalog: HealthCheck {
    /// Adds an object in one transaction. Returns the replaced object of the same name, if any.
    async fn commit(&self, object: &Object) -> Result<Option<Object>, CatalogError>;

    /// Returns the object with this name.
    async fn find(&self, name: &str) -> Result<Option<Object>, CatalogError>;

    /// Returns all objects, ordered by name.
    async fn list(&self) -> Result<Vec<Object>, CatalogError>;
}

#[cfg(test)]
mockall::mock! {
    pub Catalog {}

    #[async_trait]
    impl HealthCheck for Catalog {
        fn name(&self) -> &str;
        async fn check(&self) -> Result<(), BoxError>;
    }

    #[async_trait]
    impl Catalog for Catalog {
        async fn commit(&self, object: &Object) -> Result<Option<Object>, CatalogError>;
        async fn find(&self, name: &str) -> Result<Option<Object>, CatalogError>;
        async fn list(&self) -> Result<Vec<Object>, CatalogError>;
    }
}

/// Error returned when the catalog cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("cannot use {} as a data directory: {source}", path.display())]
    DataDir { path: PathBuf, source: io::Error },
    #[error("cannot open the catalog {}: {source}", path.display())]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error(
        "the catalog {} is damaged: {what}\n  restore it from a backup, or move it away to start with an empty one",
        path.display()
    )]
    Damaged { path: PathBuf, what: String },
    #[error("the catalog {} has version {found}, but this program reads version {VERSION}", path.display())]
    Version { path: PathBuf, found: i64 },
    #[error("the catalog failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Version of the tables below, stored in SQLite's `user_version`.
const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE object (
        name TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL
    ) STRICT;
    CREATE TABLE shard (
        id TEXT PRIMARY KEY,
        object TEXT NOT NULL REFERENCES object (name) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        UNIQUE (object, number)
    ) STRICT;
    CREATE TABLE replica (
        shard TEXT NOT NULL REFERENCES shard (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        host TEXT NOT NULL,
        PRIMARY KEY (shard, number)
    ) STRICT;
    PRAGMA user_version = 1;
";

/// Catalog in SQLite. Each object is added in one transaction, so a part of an object is never visible.
pub struct SqliteCatalog {
    connection: Arc<Mutex<Connection>>,
    spawner: Arc<dyn Spawner>,
}

#[component]
impl SqliteCatalog {
    /// Opens the catalog, or creates an empty one, and checks its integrity.
    pub async fn new(config: &Config, spawner: Arc<dyn Spawner>) -> Result<Self, CatalogError> {
        let path = config.catalog();
        let data_dir = config.data_dir.clone();
        let opened = spawner.spawn_blocking("open catalog", move || {
            std::fs::create_dir_all(&data_dir).map_err(|source| CatalogError::DataDir { path: data_dir, source })?;
            open(&path).map_err(|error| open_error(path, error))?
        });
        let connection = opened.await.expect("opening the catalog does not panic")?;
        Ok(SqliteCatalog { connection: Arc::new(Mutex::new(connection)), spawner })
    }

    /// Runs blocking `work` in a transaction. Writers take the write lock up front, with `Immediate`.
    async fn transaction<T: Send + 'static>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, CatalogError> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let connection = self.connection.clone();
        let done = self.spawner.spawn_blocking("catalog", move || {
            // Ignores poisoning: a panic rolls back its transaction.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(behavior)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        });
        done.await.expect("catalog work does not panic")
    }
}

/// Opens a connection. The inner error describes the damage to the file.
fn open(path: &Path) -> rusqlite::Result<Result<Connection, CatalogError>> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let integrity: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
    if integrity != "ok" {
        return Ok(Err(CatalogError::Damaged { path: path.into(), what: integrity }));
    }
    let version = "SELECT user_version FROM pragma_user_version";
    if connection.query_row(version, [], |row| row.get::<_, i64>(0))? == 0 {
        let begin = "BEGIN IMMEDIATE";
        connection.execute_batch(begin)?;
        // Another process may have created the tables in the meantime.
        if connection.query_row(version, [], |row| row.get::<_, i64>(0))? == 0 {
            connection.execute_batch(TABLES)?;
        }
        connection.execute_batch("COMMIT")?;
    }
    match connection.query_row(version, [], |row| row.get(0))? {
        VERSION => Ok(Ok(connection)),
        found => Ok(Err(CatalogError::Version { path: path.into(), found })),
    }
}

fn open_error(path: PathBuf, error: rusqlite::Error) -> CatalogError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            CatalogError::Damaged { path, what: error.to_string() }
        }
        _ => CatalogError::Open { path, source: error },
    }
}

#[async_trait]
impl HealthCheck for SqliteCatalog {
    fn name(&self) -> &str {
        "catalog"
    }

    /// Reads from the catalog.
    async fn check(&self) -> Result<(), BoxError> {
        Ok(self.find("").await.map(drop)?)
    }
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn commit(&self, object: &Object) -> Result<Option<Object>, CatalogError> {
        let object = object.clone();
        self.transaction(TransactionBehavior::Immediate, move |transaction| {
            let replaced = find(transaction, &object.name)?;
            transaction.execute("DELETE FROM object WHERE name = ?1", [&object.name])?;
            insert(transaction, &object)?;
            Ok(replaced)
        })
        .await
    }

    async fn find(&self, name: &str) -> Result<Option<Object>, CatalogError> {
        let name = name.to_owned();
        self.transaction(TransactionBehavior::Deferred, move |transaction| find(transaction, &name)).await
    }

    async fn list(&self) -> Result<Vec<Object>, CatalogError> {
        self.transaction(TransactionBehavior::Deferred, |transaction| {
            let mut names = transaction.prepare("SELECT name FROM object ORDER BY name")?;
            let names = names.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            names.iter().filter_map(|name| find(transaction, name).transpose()).collect()
        })
        .await
    }
}

fn insert(transaction: &Transaction<'_>, object: &Object) -> Result<(), CatalogError> {
    let Object { name, size, sha256, shards } = object;
    let insert_object = "INSERT INTO object (name, size, sha256) VALUES (?1, ?2, ?3)";
    transaction.execute(insert_object, (name, *size as i64, sha256.to_string()))?;
    for (number, shard) in shards.iter().enumerate() {
        let insert_shard = "INSERT INTO shard (id, object, number, size, sha256) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = (&shard.id, name, number as i64, shard.size as i64, shard.sha256.to_string());
        transaction.execute(insert_shard, values)?;
        for (number, host) in shard.hosts.iter().enumerate() {
            let insert_replica = "INSERT INTO replica (shard, number, host) VALUES (?1, ?2, ?3)";
            transaction.execute(insert_replica, (&shard.id, number as i64, host))?;
        }
    }
    Ok(())
}

fn find(transaction: &Transaction<'_>, name: &str) -> Result<Option<Object>, CatalogError> {
    let select = "SELECT size, sha256 FROM object WHERE name = ?1";
    let found = transaction.query_row(select, [name], |row| Ok((row.get::<_, i64>(0)?, text_column(row, 1)?)));
    let Some((size, sha256)) = found.optional()? else { return Ok(None) };
    let select = "SELECT id, size, sha256 FROM shard WHERE object = ?1 ORDER BY number";
    let mut statement = transaction.prepare_cached(select)?;
    let shards = statement.query_map([name], |row| {
        let (id, size) = (row.get::<_, String>(0)?, row.get::<_, i64>(1)?);
        Ok(Shard { hosts: hosts(transaction, &id)?, id, size: size as u64, sha256: text_column(row, 2)? })
    })?;
    let shards = shards.collect::<Result<_, _>>()?;
    Ok(Some(Object { name: name.to_owned(), size: size as u64, sha256, shards }))
}

fn hosts(transaction: &Transaction<'_>, shard: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = transaction.prepare_cached("SELECT host FROM replica WHERE shard = ?1 ORDER BY number")?;
    statement.query_map([shard], |row| row.get(0))?.collect()
}

/// Parses a text column.
fn text_column<T>(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(index)?;
    text.parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(error)))
}

#[cfg(test)]
mod tests {
    use di_core::BuildError;
    use di_core::ambient::Ambient;

    use super::*;
    use crate::digest::Digest;
    use crate::storage::Storage;

    async fn open_in(data_dir: &Path) -> Result<Arc<dyn Catalog>, BuildError> {
        let slice = Storage::slice().with_config(Arc::new(Config::new(data_dir)));
        slice.with_spawner(Ambient::tokio().spawner).strict().get().await
    }

    fn object(name: &str, id: &str) -> Object {
        let hosts = vec!["host-2".to_owned(), "host-1".to_owned()];
        let shard =
            |number| Shard { id: format!("{id}-{number}"), size: 5, sha256: Digest::of("a"), hosts: hosts.clone() };
        Object { name: name.into(), size: 10, sha256: Digest::of("ab"), shards: vec![shard(0), shard(1)] }
    }

    #[tokio::test]
    async fn a_committed_object_survives_a_restart() -> Result<(), BuildError> {
        let dir = tempfile::tempdir().unwrap();
        let catalog = open_in(dir.path()).await?;
        assert_eq!(catalog.commit(&object("b", "1")).await.unwrap(), None);
        assert_eq!(catalog.commit(&object("a", "2")).await.unwrap(), None);
        drop(catalog);
        let catalog = open_in(dir.path()).await?;
        assert_eq!(catalog.find("b").await.unwrap(), Some(object("b", "1")));
        assert_eq!(catalog.find("c").await.unwrap(), None);
        assert_eq!(catalog.list().await.unwrap(), [object("a", "2"), object("b", "1")]);
        Ok(())
    }

    #[tokio::test]
    async fn a_new_object_replaces_the_old_one() -> Result<(), BuildError> {
        let dir = tempfile::tempdir().unwrap();
        let catalog = open_in(dir.path()).await?;
        catalog.commit(&object("a", "1")).await.unwrap();
        assert_eq!(catalog.commit(&object("a", "2")).await.unwrap(), Some(object("a", "1")));
        assert_eq!(catalog.list().await.unwrap(), [object("a", "2")]);
        Ok(())
    }

    #[tokio::test]
    async fn a_commit_that_fails_halfway_changes_nothing() -> Result<(), BuildError> {
        let dir = tempfile::tempdir().unwrap();
        let catalog = open_in(dir.path()).await?;
        catalog.commit(&object("a", "1")).await.unwrap();
        catalog.commit(&object("b", "2")).await.unwrap();
        // The second shard has the id of another one, so the insert fails after the first shard.
        let mut clash = object("a", "3");
        clash.shards[1].id = "2-1".into();
        assert!(catalog.commit(&clash).await.is_err());
        assert_eq!(catalog.list().await.unwrap(), [object("a", "1"), object("b", "2")]);
        Ok(())
    }

    #[tokio::test]
    async fn a_commit_on_a_full_disk_changes_nothing() -> Result<(), BuildError> {
        let dir = tempfile::tempdir().unwrap();
        let catalog = SqliteCatalog::new(&Config::new(dir.path()), Ambient::tokio().spawner).await.unwrap();
        catalog.commit(&object("a", "1")).await.unwrap();
        let connection = catalog.connection.clone();
        connection.lock().unwrap().pragma_update(None, "max_page_count", 1).unwrap();
        let mut large = object("b", "2");
        large.shards[0].hosts = (0..10_000).map(|number| format!("a host with a long name, number {number}")).collect();
        let error = catalog.commit(&large).await.unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
        assert_eq!(catalog.list().await.unwrap(), [object("a", "1")]);
        Ok(())
    }

    #[tokio::test]
    async fn the_error_names_a_damaged_catalog_and_how_to_recover() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("catalog.db"), "not a database, but long enough to look at it".repeat(30))
            .unwrap();
        let text = format!("{:?}", open_in(dir.path()).await.err().unwrap());
        assert!(text.contains("catalog.db is damaged: file is not a database"), "{text}");
        assert!(text.contains("restore it from a backup"), "{text}");
    }

    #[tokio::test]
    async fn a_catalog_of_another_version_is_rejected() {
        let dir = tempfile::tempdir().unwrap();
        let connection = Connection::open(dir.path().join("catalog.db")).unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();
        let text = format!("{:?}", open_in(dir.path()).await.err().unwrap());
        assert!(text.contains("has version 7, but this program reads version 1"), "{text}");
    }
}
