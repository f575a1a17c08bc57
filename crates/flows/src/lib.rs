//! What both shells do with a project.
