//! Stories: what happens, in order. Straight lines that call the pure rooms for every verdict and
//! `io` for every effect.

pub mod work;
pub mod sync;
pub mod review;
pub mod rollback;
pub mod look;
pub mod verify;
pub mod digest;
mod observe;
mod company;
mod apply;
mod recover;
mod tell;
mod deliver;
mod watch;
pub mod send;
mod measure;
pub mod doctor;
pub mod demo;

/// Debug builds only: the process dies at its n-th touch of the outside.
#[cfg(debug_assertions)]
pub fn cut_power_after(steps: u64) {
    crate::io::power::cut_after(steps);
}
