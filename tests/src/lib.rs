//! rowmill-tests
