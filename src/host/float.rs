//! The floating-point environment of a thread: rounding, traps, denormals, exception flags.

/// The environment as it was, to be put back by [`Environment::restore`].
#[derive(Clone, Copy)]
pub struct Environment(arch::Saved);

impl Environment {
    /// Saves the environment and sets the default one: round to nearest, no traps, denormals kept,
    /// no flags raised.
    #[inline(never)]
    pub fn replace_by_default() -> Self {
        Environment(arch::replace_by_default())
    }

    /// Puts the saved environment back, its exception flags included.
    #[inline(never)]
    pub fn restore(&self) {
        arch::restore(&self.0);
    }
}

#[cfg(target_arch = "x86_64")]
mod arch {
    use std::arch::asm;

    /// MXCSR after a reset: all exceptions masked, round to nearest, denormals kept.
    const MXCSR: u32 = 0x1f80;

    #[derive(Clone, Copy)]
    pub struct Saved {
        mxcsr: u32,
        /// Control, status and tag word of the x87 and where its last instruction was.
        x87: [u32; 7],
    }

    pub fn replace_by_default() -> Saved {
        let mut saved = Saved {
            mxcsr: 0,
            x87: [0; 7],
        };
        // SAFETY: both instructions write into `saved`, which has the 4 and 28 bytes. The state
        // that is set is the one that compiled Rust code expects; the x87 registers are empty at
        // a call by the ABI, as fninit leaves them.
        unsafe {
            asm!(
                "stmxcsr [{mxcsr}]",
                "fnstenv [{x87}]",
                "fninit",
                "ldmxcsr [{reset}]",
                mxcsr = in(reg) &raw mut saved.mxcsr,
                x87 = in(reg) &raw mut saved.x87,
                reset = in(reg) &MXCSR,
                options(nostack),
            );
        }
        saved
    }

    pub fn restore(saved: &Saved) {
        // SAFETY: reads what replace_by_default has stored. The caller's state comes back when no
        // more arithmetic of ours follows.
        unsafe {
            asm!(
                "fldenv [{x87}]",
                "ldmxcsr [{mxcsr}]",
                x87 = in(reg) &saved.x87,
                mxcsr = in(reg) &saved.mxcsr,
                options(nostack, readonly),
            );
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod arch {
    use std::arch::asm;

    #[derive(Clone, Copy)]
    pub struct Saved {
        fpcr: u64,
        fpsr: u64,
    }

    pub fn replace_by_default() -> Saved {
        let (fpcr, fpsr): (u64, u64);
        // SAFETY: reads and clears the two floating-point registers; all zero is the state that
        // compiled Rust code expects.
        unsafe {
            asm!(
                "mrs {fpcr}, fpcr",
                "mrs {fpsr}, fpsr",
                "msr fpcr, xzr",
                "msr fpsr, xzr",
                fpcr = out(reg) fpcr,
                fpsr = out(reg) fpsr,
                options(nostack),
            );
        }
        Saved { fpcr, fpsr }
    }

    pub fn restore(saved: &Saved) {
        // SAFETY: the caller's state comes back when no more arithmetic of ours follows.
        unsafe {
            asm!(
                "msr fpcr, {fpcr}",
                "msr fpsr, {fpsr}",
                fpcr = in(reg) saved.fpcr,
                fpsr = in(reg) saved.fpsr,
                options(nostack),
            );
        }
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod arch {
    use std::ffi::c_int;

    /// Larger and more aligned than the fenv_t of any C library.
    #[derive(Clone, Copy)]
    #[repr(C, align(16))]
    pub struct Saved([u8; 128]);

    /// FE_TONEAREST, which is 0 on every processor.
    const TO_NEAREST: c_int = 0;

    extern "C" {
        fn feholdexcept(env: *mut Saved) -> c_int;
        fn fesetenv(env: *const Saved) -> c_int;
        fn fesetround(round: c_int) -> c_int;
    }

    pub fn replace_by_default() -> Saved {
        let mut saved = Saved([0; 128]);
        // SAFETY: `saved` has room for a fenv_t.
        unsafe {
            feholdexcept(&mut saved);
            fesetround(TO_NEAREST);
        }
        saved
    }

    pub fn restore(saved: &Saved) {
        // SAFETY: filled by feholdexcept.
        unsafe { fesetenv(saved) };
    }
}
