//! `montage-tools --install DIR`: links of the programs' names; `montage-tools --install-library PREFIX`:
//! the library, its headers and its pkg-config file.

use std::io::{Error, Result};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use montage::{DESCRIPTION, SONAME};

const HEADERS: [(&str, &str); 2] = [
    ("montage.h", include_str!("../../../include/montage.h")),
    ("imphot.h", include_str!("../../../include/imphot.h")),
];

/// Makes symbolic links of these names in `dir`, pointing at this executable. Links are replaced, other
/// files are left alone.
pub fn links<'a>(dir: &Path, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let target = std::env::current_exe()?;
    std::fs::create_dir_all(dir)?;
    for name in names {
        replace_link(&target, &dir.join(name))?;
    }
    Ok(())
}

fn replace_link(target: &Path, link: &Path) -> Result<()> {
    if link.is_symlink() {
        std::fs::remove_file(link)?;
    }
    symlink(target, link).map_err(|e| about(link, e))
}

/// Installs what a C program needs: PREFIX/include/montage.h and imphot.h, PREFIX/lib/libmontage.so.1
/// with the link libmontage.so, PREFIX/lib/libmontage.a and PREFIX/lib/pkgconfig/montage.pc. The libraries
/// are taken from beside this executable, where cargo builds them.
pub fn library(prefix: &Path) -> Result<()> {
    let built = std::env::current_exe()?;
    let built = built.parent().unwrap_or(Path::new("."));
    let make = |sub: &str| -> Result<PathBuf> {
        let dir = prefix.join(sub);
        std::fs::create_dir_all(&dir).map_err(|e| about(&dir, e))?;
        Ok(dir)
    };
    let (include, lib, pkgconfig) = (make("include")?, make("lib")?, make("lib/pkgconfig")?);
    for (from, to) in [("libmontage.so", SONAME), ("libmontage.a", "libmontage.a")] {
        put(
            &std::fs::read(built.join(from)).map_err(|e| about(&built.join(from), e))?,
            &lib.join(to),
        )?;
    }
    replace_link(Path::new(SONAME), &lib.join("libmontage.so"))?;
    for (name, text) in HEADERS {
        put(text.as_bytes(), &include.join(name))?;
    }
    // Relative to itself, so that the whole folder can be moved.
    let pc = format!(
        "prefix=${{pcfiledir}}/../..\n\
         libdir=${{prefix}}/lib\n\
         includedir=${{prefix}}/include\n\n\
         Name: montage\n\
         Description: {}\n\
         Version: {}\n\
         Cflags: -I${{includedir}}\n\
         Libs: -L${{libdir}} -lmontage\n\
         Libs.private: -lm -lpthread -ldl\n",
        DESCRIPTION,
        env!("CARGO_PKG_VERSION"),
    );
    put(pc.as_bytes(), &pkgconfig.join("montage.pc"))
}

/// Writes a file whole: programs that run with an earlier library keep theirs.
fn put(bytes: &[u8], target: &Path) -> Result<()> {
    let write = |out: &mut dyn std::io::Write| out.write_all(bytes);
    fits::atomic_file::write_text(target, write).map_err(|e| Error::other(e.to_string()))
}

fn about(path: &Path, error: Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", path.display()))
}
