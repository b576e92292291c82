//! Memory whose size depends on the input. It is allocated here, so that a call ends with [`Error`]
//! where there is none; the collections of Rust's library abort the process.
//!
//! Sizes that are constant or a few kilobytes at most need no care: no program survives without those.
//!
//! ```
//! let mut list = memory::zeros::<f64>(3)?;
//! memory::push(&mut list, 1.0)?;
//! assert_eq!(list, [0.0, 0.0, 0.0, 1.0]);
//! let none = memory::zeros::<f64>(usize::MAX / 16).unwrap_err();
//! assert_eq!(none.bytes, Some(usize::MAX / 16 * 8));
//! # Ok::<(), memory::Error>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

use bytemuck::Zeroable;

/// No memory was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// The size of the allocation; `None` if it is larger than any address.
    pub bytes: Option<usize>,
}

impl Error {
    /// The refused allocation that an error of a reader or writer carries.
    pub fn inside(error: &std::io::Error) -> Option<Error> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("Out of memory")?;
        match self.bytes {
            Some(bytes) => write!(f, ": {bytes} bytes were asked for"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for std::io::Error {
    /// For readers and writers that allocate; [`Error::inside`] finds it again.
    fn from(error: Error) -> Self {
        std::io::Error::new(std::io::ErrorKind::OutOfMemory, error)
    }
}

/// A result that may lack memory.
pub type Result<T> = std::result::Result<T, Error>;

/// The error of a list of `count` elements.
fn refused<T>(count: usize) -> Error {
    Error {
        bytes: count.checked_mul(size_of::<T>()),
    }
}

/// `a` x `b`.
///
/// # Errors
/// When memory has no such size.
pub fn product(a: usize, b: usize) -> Result<usize> {
    a.checked_mul(b).ok_or(Error { bytes: None })
}

/// An empty list with room for `count` elements.
///
/// # Errors
/// When memory is out.
pub fn room<T>(count: usize) -> Result<Vec<T>> {
    let mut list = Vec::new();
    reserve(&mut list, count)?;
    Ok(list)
}

/// Makes room for exactly `more` elements behind those of `list`.
///
/// # Errors
/// When memory is out.
pub fn reserve<T>(list: &mut Vec<T>, more: usize) -> Result<()> {
    list.try_reserve_exact(more)
        .map_err(|_| refused::<T>(list.len().saturating_add(more)))
}

/// Makes room for at least `more` elements behind those of `list`, and for as many as it has: lists that
/// are filled bit by bit are copied seldom then.
///
/// # Errors
/// When memory is out.
pub fn grow<T>(list: &mut Vec<T>, more: usize) -> Result<()> {
    list.try_reserve(more)
        .map_err(|_| refused::<T>(list.len().saturating_add(more)))
}

/// `count` zeros. A large list is given out by the system page by page as it is written.
///
/// # Errors
/// When memory is out.
pub fn zeros<T: Zeroable>(count: usize) -> Result<Vec<T>> {
    bytemuck::allocation::try_zeroed_vec(count).map_err(|()| refused::<T>(count))
}

/// `count` times `value`. [`zeros`] is quicker where it can do it.
///
/// # Errors
/// When memory is out.
pub fn filled<T: Clone>(count: usize, value: T) -> Result<Vec<T>> {
    let mut list = room(count)?;
    list.resize(count, value);
    Ok(list)
}

/// Makes `list` `count` elements long; new ones are `value`.
///
/// # Errors
/// When memory is out.
pub fn resize<T: Clone>(list: &mut Vec<T>, count: usize, value: T) -> Result<()> {
    if let Some(more) = count.checked_sub(list.len()) {
        grow(list, more)?;
    }
    list.resize(count, value);
    Ok(())
}

/// A copy of `items`.
///
/// # Errors
/// When memory is out.
pub fn copy<T: Clone>(items: &[T]) -> Result<Vec<T>> {
    let mut list = room(items.len())?;
    list.extend_from_slice(items);
    Ok(list)
}

/// What an iterator gives, as a list.
///
/// # Errors
/// When memory is out.
pub fn collect<T>(items: impl IntoIterator<Item = T>) -> Result<Vec<T>> {
    let mut list = Vec::new();
    extend(&mut list, items)?;
    Ok(list)
}

/// The same of an iterator whose items may be errors: the first one ends it.
///
/// # Errors
/// That, or when memory is out.
pub fn try_collect<T, E: From<Error>>(
    items: impl IntoIterator<Item = std::result::Result<T, E>>,
) -> std::result::Result<Vec<T>, E> {
    let items = items.into_iter();
    let mut list = room(items.size_hint().0)?;
    for item in items {
        push(&mut list, item?)?;
    }
    Ok(list)
}

/// Appends what an iterator gives.
///
/// # Errors
/// When memory is out; some of the items are in the list then.
pub fn extend<T>(list: &mut Vec<T>, items: impl IntoIterator<Item = T>) -> Result<()> {
    let mut items = items.into_iter();
    let (least, most) = items.size_hint();
    grow(list, least)?;
    if most == Some(least) {
        // There is room for all: nothing is asked for.
        list.extend(items.by_ref().take(least));
        return Ok(());
    }
    for item in items {
        push(list, item)?;
    }
    Ok(())
}

/// Appends one element.
///
/// # Errors
/// When memory is out.
pub fn push<T>(list: &mut Vec<T>, item: T) -> Result<()> {
    if list.len() == list.capacity() {
        grow(list, 1)?;
    }
    list.push(item);
    Ok(())
}

/// Makes room in `map` for one more entry.
///
/// # Errors
/// When memory is out.
pub fn reserve_entry<K: Eq + Hash, V, S: BuildHasher>(map: &mut HashMap<K, V, S>) -> Result<()> {
    // A map that is full doubles.
    map.try_reserve(1)
        .map_err(|_| refused::<(K, V)>(map.len().saturating_mul(2)))
}

/// Asks whether `bytes` could be had: for libraries that abort where they find no memory, and before
/// several large lists that only together are too much. The system promises more than it has, and
/// kills a process that takes the promise at its word.
///
/// # Errors
/// When they could not.
pub fn expect(bytes: usize) -> Result<()> {
    if bytes >= WORTH_A_LOOK && available().is_some_and(|available| bytes as u64 > available) {
        return Err(Error { bytes: Some(bytes) });
    }
    room::<u8>(bytes).map(drop)
}

/// Less than this is not worth a look at what is left.
const WORTH_A_LOOK: usize = 256 << 20;

/// Bytes that the machine, and the group of processes that this one belongs to, have left; `None` where
/// the system does not say.
fn available() -> Option<u64> {
    let machine = || {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let field = |name: &str| -> Option<u64> {
            let line = text.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        let kilobytes = field("MemAvailable:")?.saturating_add(field("SwapFree:").unwrap_or(0));
        Some(kilobytes.saturating_mul(1024))
    };
    let group = || {
        let read = |name: &str| -> Option<u64> {
            let text = std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?;
            text.trim().parse().ok()
        };
        // No number where there is no limit.
        Some(read("max")?.saturating_sub(read("current")?))
    };
    match (machine(), group()) {
        (Some(machine), Some(group)) => Some(machine.min(group)),
        (machine, group) => machine.or(group),
    }
}

/// Bytes that others write: a list that refuses to grow where there is no memory, as a disk that is
/// full refuses.
#[derive(Debug, Default)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// What was written.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl std::io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let grown = self.0.try_reserve(bytes.len());
        grown.map_err(|_| std::io::Error::from(std::io::ErrorKind::OutOfMemory))?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_no_memory_holds_is_an_error_with_its_size() {
        let text = |error: Result<()>| error.unwrap_err().to_string();
        let vast = usize::MAX / 32;
        let bytes = vast * 8;
        let expected = format!("Out of memory: {bytes} bytes were asked for");
        assert_eq!(text(zeros::<f64>(vast).map(drop)), expected);
        assert_eq!(text(room::<f64>(vast).map(drop)), expected);
        assert_eq!(text(filled(vast, 0.0).map(drop)), expected);
        assert_eq!(text(resize(&mut Vec::new(), vast, 0.0)), expected);
        assert_eq!(text(collect((0..vast).map(|_| 0.0)).map(drop)), expected);
        assert_eq!(text(expect(bytes)), expected);
        assert_eq!(text(zeros::<f64>(usize::MAX).map(drop)), "Out of memory");
        assert_eq!(text(product(usize::MAX, 2).map(drop)), "Out of memory");
    }

    #[test]
    fn more_than_the_machine_has_left_is_not_expected() {
        assert!(expect(1 << 20).is_ok());
        if let Some(available) = available() {
            assert!(
                expect(usize::try_from(available.saturating_mul(4)).unwrap_or(usize::MAX)).is_err()
            );
        }
    }

    #[test]
    fn lists_are_those_of_the_standard_library() {
        assert_eq!(zeros::<f64>(3).unwrap(), [0.0; 3]);
        assert_eq!(
            collect((0..9).filter(|i| i % 2 == 1)).unwrap(),
            [1, 3, 5, 7]
        );
        assert_eq!(collect(0..4).unwrap(), [0, 1, 2, 3]);
        let mut list = copy(&[1, 2]).unwrap();
        extend(&mut list, [3]).unwrap();
        resize(&mut list, 5, 0).unwrap();
        assert_eq!(list, [1, 2, 3, 0, 0]);
        resize(&mut list, 1, 0).unwrap();
        assert_eq!(list, [1]);
        assert!(zeros::<f64>(0).unwrap().is_empty());
        let failing = [Ok(1), Err(Error { bytes: Some(7) }), Ok(2)];
        assert_eq!(try_collect(failing), Err(Error { bytes: Some(7) }));
    }
}
