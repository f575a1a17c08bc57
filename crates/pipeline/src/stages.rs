//! The stages. Each looks for its artifact first and keeps it afterwards.
