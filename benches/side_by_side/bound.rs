//! The least that moving the bytes of a row can take here and now: plain reading, writing or
//! copying of as many bytes of the same files on all cores, with nothing computed.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use mosaic::run::default_threads;

/// Bytes asked of the system at once.
const CHUNK: usize = 128 << 10;

/// Applies `work` to every file on all cores; gives the seconds.
fn on_all_cores<T: Sync>(files: &[T], work: impl Fn(usize, &T, &mut [u8]) + Sync) -> f64 {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..default_threads() {
            scope.spawn(|| {
                let mut buffer = vec![0; CHUNK];
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(i) else { break };
                    work(i, file, &mut buffer);
                }
            });
        }
    });
    start.elapsed().as_secs_f64()
}

/// Reads `bytes` of `files`, from one to the next, again from the first where they are fewer.
pub fn read(files: &[PathBuf], bytes: u64) -> f64 {
    let size: u64 = files.iter().map(|file| length(file)).sum();
    let turns = bytes.div_ceil(size.max(1)) as usize;
    let files: Vec<&PathBuf> = std::iter::repeat_n(files, turns).flatten().collect();
    let left = AtomicU64::new(bytes);
    on_all_cores(&files, |_, path, buffer| {
        let mut file = File::open(path).expect("a file to read");
        while left.load(Ordering::Relaxed) > 0 {
            let n = file.read(buffer).expect("reading") as u64;
            if n == 0 {
                break;
            }
            let less = |left: u64| Some(left.saturating_sub(n));
            let _ = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
    })
}

/// Writes files of these sizes into `dir`.
pub fn write(sizes: &[u64], dir: &Path) -> f64 {
    on_all_cores(sizes, |i, &size, buffer| {
        let mut file = File::create(dir.join(i.to_string())).expect("a file to write");
        let mut left = size;
        while left > 0 {
            let now = left.min(CHUNK as u64);
            file.write_all(&buffer[..now as usize]).expect("writing");
            left -= now;
        }
    })
}

/// Copies `files` into `dir`.
pub fn copy(files: &[PathBuf], dir: &Path) -> f64 {
    on_all_cores(files, |i, path, buffer| {
        let mut from = File::open(path).expect("a file to read");
        let mut to = File::create(dir.join(i.to_string())).expect("a file to write");
        loop {
            let n = from.read(buffer).expect("reading");
            if n == 0 {
                break;
            }
            to.write_all(&buffer[..n]).expect("writing");
        }
    })
}

/// Bytes of a file.
pub fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |m| m.len())
}

/// Sizes of all files in `dir`.
pub fn lengths(dir: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    entries
        .map(|entry| length(&entry.expect("a file").path()))
        .collect()
}
