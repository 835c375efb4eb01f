//! What is worth knowing of the table and its server, for `doctor`.

use super::{ServerStore, mysql, number, postgres};
use crate::io::store::sql::{Dialect, Statement};
use crate::io::store::{Result, TableFact, facts};

impl ServerStore {
    /// What is worth knowing.
    pub async fn facts(&mut self) -> Result<Vec<TableFact>> {
        let dialect = self.session.dialect();
        let version = if dialect == Dialect::MySql { mysql::VERSION } else { postgres::VERSION };
        let version = self.session.word(&Statement::new(dialect, version)).await?;
        let tls = self.session.tls().await?;
        let tls = tls.map_or_else(|| "not encrypted".to_owned(), |tls| format!("over {tls}"));
        let mut found = vec![facts::well(format!("{}, {tls}", version.unwrap_or_default()))];
        let rows = self.count(&facts::count_rows(&self.table)).await?;
        let twins = self.count(&facts::count_twins(&self.table)).await?;
        found.extend(facts::of_rows(&self.table, rows, twins));
        Ok(found)
    }

    async fn count(&mut self, query: &str) -> Result<u32> {
        let dialect = self.session.dialect();
        let as_text = match dialect {
            Dialect::MySql => query.replacen("count(*)", "CAST(count(*) AS CHAR)", 1),
            _ => query.replacen("count(*)", "CAST(count(*) AS text)", 1),
        };
        let answer = self.session.word(&Statement::new(dialect, as_text)).await?;
        Ok(number(answer.as_deref()))
    }
}
