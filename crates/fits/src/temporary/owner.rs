//! Whose a temporary file is, as its name says.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::os::process_exists;

/// How the names begin.
pub const PREFIX: &str = ".montage-";

/// The process that has made a temporary file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The file is locked while it is in use.
    pub locked: bool,
    pub machine: Machine,
    pub process: Process,
}

/// A machine, and since when it is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Of the machine's and the host's name; 0 where it has none.
    pub host: u64,
    /// Of the random number that the kernel has drawn at its start; 0 where it tells none.
    pub boot: u64,
    /// The namespace of process numbers; containers have their own.
    pub namespace: u64,
}

/// A process: numbers are used again, but not at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    pub number: u32,
    /// Ticks of the clock between the start of the machine and that of the process; 0 where that
    /// could not be read.
    pub start: u64,
}

impl Owner {
    /// This process, for a file that it locks.
    pub fn of_locked() -> Self {
        Owner {
            locked: true,
            machine: Machine::this(),
            process: Process::this(),
        }
    }

    /// This process, for a file that it does not lock.
    pub fn of_unlocked() -> Self {
        Owner {
            locked: false,
            ..Owner::of_locked()
        }
    }

    /// A name that this process has not used yet.
    pub fn new_name(&self) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let time = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = time.map_or(0, |time| time.as_nanos());
        let mut hasher = DefaultHasher::new();
        (count, time, self.process.number).hash(&mut hasher);
        let Owner {
            machine, process, ..
        } = self;
        let mut name = String::with_capacity(96);
        // Writing to a string cannot fail.
        let _ = write!(
            name,
            "{PREFIX}{}-{:x}-{:x}-{:x}-{}-{}-{:x}",
            if self.locked { 'l' } else { 'u' },
            machine.host,
            machine.boot,
            machine.namespace,
            process.number,
            process.start,
            hasher.finish()
        );
        name
    }

    /// The owner that a name says; `None` for a name that is no temporary file's.
    pub fn of_name(name: &[u8]) -> Option<Self> {
        let rest = std::str::from_utf8(name).ok()?.strip_prefix(PREFIX)?;
        let mut parts = rest.split('-');
        let locked = match parts.next()? {
            "l" => true,
            "u" => false,
            _ => return None,
        };
        let mut hexadecimal = || u64::from_str_radix(parts.next()?, 16).ok();
        let machine = Machine {
            host: hexadecimal()?,
            boot: hexadecimal()?,
            namespace: hexadecimal()?,
        };
        let process = Process {
            number: parts.next()?.parse().ok()?,
            start: parts.next()?.parse().ok()?,
        };
        u64::from_str_radix(parts.next()?, 16).ok()?;
        parts.next().is_none().then_some(Owner {
            locked,
            machine,
            process,
        })
    }
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        static THIS: OnceLock<(u64, u64)> = OnceLock::new();
        let (host, boot) = *THIS.get_or_init(|| {
            let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
            let [id, name, boot] = [
                "/etc/machine-id",
                "/proc/sys/kernel/hostname",
                "/proc/sys/kernel/random/boot_id",
            ]
            .map(read);
            let of = |text: &[&str]| {
                let mut hasher = DefaultHasher::new();
                text.iter().for_each(|text| text.trim().hash(&mut hasher));
                hasher.finish()
            };
            let host = match id.trim() {
                "" => 0,
                id => of(&[id, &name]),
            };
            (host, if boot.is_empty() { 0 } else { of(&[&boot]) })
        });
        // "pid:[4026531836]"; a process may change its own for its children.
        let namespace = std::fs::read_link("/proc/self/ns/pid").ok();
        let namespace = namespace.and_then(|link| {
            let text = link.to_str()?;
            let digits = text.strip_prefix("pid:[")?.strip_suffix(']')?;
            digits.parse().ok()
        });
        Machine {
            host,
            boot,
            namespace: namespace.unwrap_or(0),
        }
    }
}

impl Process {
    /// This one, in a forked child the child.
    pub fn this() -> Self {
        static THIS: Mutex<Option<Process>> = Mutex::new(None);
        let number = std::process::id();
        let mut this = THIS.lock().unwrap_or_else(PoisonError::into_inner);
        match *this {
            Some(process) if process.number == number => process,
            _ => {
                let start = started(number).map_or(0, |(_, start)| start);
                let process = Process { number, start };
                *this = Some(process);
                process
            }
        }
    }

    /// Whether it runs; only for a process of this namespace.
    pub fn is_alive(&self) -> bool {
        match started(self.number) {
            // A zombie is over, it is only not yet waited for.
            Some((state, start)) => {
                [start, 0].contains(&self.start) && !matches!(state, b'Z' | b'X')
            }
            // /proc may not show the processes of others.
            None => process_exists(self.number),
        }
    }
}

/// State and start of a process (proc(5)): the fields 3 and 22, counted behind its name, which may
/// hold anything.
fn started(number: u32) -> Option<(u8, u64)> {
    let text = std::fs::read(format!("/proc/{number}/stat")).ok()?;
    let end = text.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(text.get(end + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let state = *fields.next()?.as_bytes().first()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// When this machine was started, in seconds since 1970.
pub fn up_since() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}
