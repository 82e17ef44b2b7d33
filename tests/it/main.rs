//! The program as its users see it: the real binary, real files, real HTTP, real `kill -9`.

mod answers;
mod crash;
mod faults;
mod server;
mod tenancy;
