//! Gives the shared library its soname: programs linked against one version of the C interface
//! find it at run time. The number changes with the interface, not with the release.

const SONAME: &str = "libmontage.so.1";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
}
