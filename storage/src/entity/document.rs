//! The `documents` table.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "documents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub title: String,
    pub filename: String,
    pub media_type: Option<String>,
    pub language: Option<String>,
    pub bytes: i64,
    pub sha256: Vec<u8>,
    pub status: String,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub version: i32,
    pub live_version: Option<i32>,
    pub pages: i32,
    pub chunks: i32,
    pub progress: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
    pub source_url: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
