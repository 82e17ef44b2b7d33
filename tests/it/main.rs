//! The program as its users see it: the real binary, real files, real HTTP, real `kill -9`.

#![expect(
    clippy::print_stdout,
    reason = "a seed has to be seen to be used again"
)]

mod answers;
mod backup;
mod conversations;
mod crash;
mod doctor;
mod documents;
mod erasure;
mod fake;
mod faults;
mod installation;
mod isolation;
mod keys;
mod load;
mod logs;
mod metrics;
mod operator;
mod output;
mod postgres;
mod server;
mod site;
mod sources;
mod tenancy;
mod torture;
mod traces;
mod whatsapp;
