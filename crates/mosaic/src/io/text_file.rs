//! Text files that are read whole: lists, tables, templates.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// Reads a regular file of at most `most` bytes. Devices and pipes, which may have no end, are not
/// opened.
///
/// # Errors
/// When the file is missing, none, or longer, and when memory is out.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let length = check(path, most)?;
    let refuse = |_| Error::from(ErrorKind::OutOfMemory);
    if length > 0 {
        let length = usize::try_from(length).map_err(|_| Error::from(ErrorKind::OutOfMemory))?;
        memory::expect(length).map_err(refuse)?;
    }
    let mut bytes = Vec::new();
    // One more than what may be there, so that a file that grows meanwhile is found out.
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(too_long(most)),
        false => Ok(bytes),
    }
}

/// The length of a regular file of at most `most` bytes.
///
/// # Errors
/// As for [`read`].
pub fn check(path: &Path, most: u64) -> Result<u64> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(Error::other("not a regular file"));
    }
    match metadata.len() > most {
        true => Err(too_long(most)),
        false => Ok(metadata.len()),
    }
}

fn too_long(most: u64) -> Error {
    Error::other(format!("longer than {most} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_or_is_too_long_is_refused() {
        let text = |path: &str, most| read(Path::new(path), most).unwrap_err().to_string();
        assert_eq!(text("/dev/zero", 9), "not a regular file");
        assert_eq!(text("/", 9), "not a regular file");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"0123456789").unwrap();
        assert_eq!(read(file.path(), 10).unwrap(), b"0123456789");
        let path = file.path().to_str().unwrap();
        assert_eq!(text(path, 9), "longer than 9 bytes");
        assert!(read(Path::new("/no/such"), 9).is_err());
    }
}
