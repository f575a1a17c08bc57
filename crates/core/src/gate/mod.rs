//! Quality gates: what is measured, against which limit, and the flags that come of it.
