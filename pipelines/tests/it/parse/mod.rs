//! Reading files end to end: every format, every kind of bad file, and the real ones kept beside the project.

mod corpus;
mod fixture;
mod formats;
mod hostile;
mod office;
mod recognition;
