//! How a person, or a system that shuts down, asks a process to end.

#[cfg(unix)]
pub use unix::Interrupts;
#[cfg(windows)]
pub use windows::Interrupts;

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// SIGXFSZ, by the number it has on every Unix we know: a file has reached the size the system allows
    /// (RLIMIT_FSIZE).
    const FILE_TOO_LARGE: i32 = 25;

    /// SIGINT and SIGTERM.
    #[derive(Debug)]
    pub struct Interrupts {
        interrupts: Signal,
        terminations: Signal,
        unwritable: Signal,
    }

    impl Interrupts {
        /// Listens from now on. Must be called within a runtime.
        ///
        /// A file that may not grow any more must fail a write, as a full disk does, and not kill the process between
        /// intent and outcome: so SIGXFSZ is heard, and nothing is done about it.
        ///
        /// # Errors
        /// Where the system will not let signals be heard.
        pub fn listen() -> std::io::Result<Self> {
            Ok(Self {
                interrupts: signal(SignalKind::interrupt())?,
                terminations: signal(SignalKind::terminate())?,
                unwritable: signal(SignalKind::from_raw(FILE_TOO_LARGE))?,
            })
        }

        /// Waits for the next one; `None` where none can come any more.
        pub async fn next(&mut self) -> Option<()> {
            loop {
                tokio::select! {
                    Some(()) = self.interrupts.recv() => return Some(()),
                    Some(()) = self.terminations.recv() => return Some(()),
                    Some(()) = self.unwritable.recv() => {}
                    else => return None,
                }
            }
        }
    }
}

#[cfg(windows)]
mod windows {
    use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

    /// Ctrl-C, Ctrl-Break, and the closing of the window.
    #[derive(Debug)]
    pub struct Interrupts {
        interrupts: CtrlC,
        breaks: CtrlBreak,
        closings: CtrlClose,
    }

    impl Interrupts {
        /// Listens from now on. Must be called within a runtime.
        ///
        /// # Errors
        /// Where the system will not let them be heard.
        pub fn listen() -> std::io::Result<Self> {
            Ok(Self { interrupts: ctrl_c()?, breaks: ctrl_break()?, closings: ctrl_close()? })
        }

        /// Waits for the next one; `None` where none can come any more.
        pub async fn next(&mut self) -> Option<()> {
            tokio::select! {
                Some(()) = self.interrupts.recv() => Some(()),
                Some(()) = self.breaks.recv() => Some(()),
                Some(()) = self.closings.recv() => Some(()),
                else => None,
            }
        }
    }
}
