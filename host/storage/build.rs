//! Builds again when a migration is added: `sqlx::migrate!` alone does not notice.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
