//! What both databases can hold: numbers, text, yes or no, bytes, JSON, and our types made of them.

use rusqlite::types::{FromSqlError, FromSqlResult, Value, ValueRef};
use serde::de::value::Error as WordError;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{Decode, Encode, Postgres, Type};

use crate::domain::{
    ClientId, FailureId, FlowRef, FlowState, GroupId, Join, KeyAlgorithm, KeyState, Kid, Layout,
    LinkPurpose, Once, Role, Selector, Timestamp, UriPurpose, UserId, Username,
};
use crate::store::Result;

/// A value that a statement may be given. PostgreSQL takes it as sqlx does.
pub trait Param<'q>: Encode<'q, Postgres> + Type<Postgres> {
    /// As SQLite takes it.
    fn to_value(&self) -> Result<Value>;
}

/// A value that a row may hold. PostgreSQL gives it as sqlx does.
pub trait Column: for<'r> Decode<'r, Postgres> + Type<Postgres> {
    /// As SQLite gives it.
    fn of(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

impl<'q, T: Param<'q>> Param<'q> for &T {
    fn to_value(&self) -> Result<Value> {
        T::to_value(self)
    }
}

impl<'q, T: Param<'q> + 'q> Param<'q> for Option<T> {
    fn to_value(&self) -> Result<Value> {
        self.as_ref().map_or(Ok(Value::Null), T::to_value)
    }
}

impl<T: Column> Column for Option<T> {
    fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::of(value).map(Some),
        }
    }
}

impl Param<'_> for i64 {
    fn to_value(&self) -> Result<Value> {
        Ok(Value::Integer(*self))
    }
}

impl Column for i64 {
    fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64()
    }
}

impl Param<'_> for bool {
    fn to_value(&self) -> Result<Value> {
        Ok(Value::Integer(i64::from(*self)))
    }
}

impl Column for bool {
    fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(|number| number != 0)
    }
}

impl<'q> Param<'q> for &'q str {
    fn to_value(&self) -> Result<Value> {
        Ok(Value::Text((*self).to_owned()))
    }
}

impl Param<'_> for String {
    fn to_value(&self) -> Result<Value> {
        Ok(Value::Text(self.clone()))
    }
}

impl Column for String {
    fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl<'q> Param<'q> for &'q [u8] {
    fn to_value(&self) -> Result<Value> {
        Ok(Value::Blob(self.to_vec()))
    }
}

impl Param<'_> for Vec<u8> {
    fn to_value(&self) -> Result<Value> {
        Ok(Value::Blob(self.clone()))
    }
}

impl Column for Vec<u8> {
    fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_blob().map(<[u8]>::to_vec)
    }
}

impl<T: Serialize> Param<'_> for Json<T> {
    fn to_value(&self) -> Result<Value> {
        Ok(Value::Text(serde_json::to_string(&self.0)?))
    }
}

impl<T: DeserializeOwned + 'static> Column for Json<T> {
    fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Json).map_err(FromSqlError::other)
    }
}

/// Types around one of the above.
macro_rules! newtypes {
    ($($name:ident)*) => {$(
        impl Param<'_> for $name {
            fn to_value(&self) -> Result<Value> {
                self.0.to_value()
            }
        }

        impl Column for $name {
            fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Column::of(value).map($name)
            }
        }
    )*};
}

newtypes! { ClientId FailureId FlowRef GroupId Kid Selector Timestamp UserId }

impl Param<'_> for Username {
    fn to_value(&self) -> Result<Value> {
        self.as_str().to_value()
    }
}

impl Column for Username {
    fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
        String::of(value).map(Username::stored)
    }
}

/// Enumerations, stored by the names that serde knows them by.
macro_rules! words {
    ($($name:ident)*) => {$(
        impl Param<'_> for $name {
            fn to_value(&self) -> Result<Value> {
                let word: String = serde_json::from_value(serde_json::to_value(self)?)?;
                Ok(Value::Text(word))
            }
        }

        impl Column for $name {
            fn of(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let word: serde::de::value::StrDeserializer<'_, WordError> =
                    value.as_str()?.into_deserializer();
                $name::deserialize(word).map_err(FromSqlError::other)
            }
        }
    )*};
}

words! { FlowState Join KeyAlgorithm KeyState Layout LinkPurpose Once Role UriPurpose }
