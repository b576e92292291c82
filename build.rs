//! Gives the shared library its soname: programs linked against one version of the C interface
//! find it at run time. The number changes with the interface, not with the release.

use std::path::Path;

const SONAME: &str = "libmontage.so.1";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
    println!("cargo:rustc-env=MONTAGE_SONAME={SONAME}");
    link_soname();
}

/// A link of the soname's name beside the library, so that programs run from the build folder
/// without an installation. Where it cannot be made, only that convenience is missing.
fn link_soname() {
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    // OUT_DIR is <profile>/build/<package>/out.
    let Some(profile) = Path::new(&out).ancestors().nth(3) else {
        return;
    };
    let link = profile.join(SONAME);
    if !link.is_symlink() {
        let _ = std::os::unix::fs::symlink("libmontage.so", link);
    }
}
