//! rowmill
