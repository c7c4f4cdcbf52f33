//! What the templates plan, and what they write.
