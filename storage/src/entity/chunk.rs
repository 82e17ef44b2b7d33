//! The `chunks` table.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "chunks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub document_id: Uuid,
    pub version: i32,
    pub ordinal: i32,
    pub page: Option<i32>,
    pub heading: String,
    pub text: String,
    pub language: String,
    pub start: i64,
    pub end: i64,
    pub tokens: i32,
    pub sentences: String,
    pub content_hash: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
