//! Files that another program keeps to itself.

use std::io;

/// Whether a file cannot be had because another program has it open. Only Windows lets programs do that.
pub fn is_in_use(error: &io::Error) -> bool {
    cfg!(windows) && is_sharing_violation(error.raw_os_error())
}

/// ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows.
fn is_sharing_violation(code: Option<i32>) -> bool {
    matches!(code, Some(32 | 33))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_says_by_number_that_a_file_is_in_use() {
        assert!(is_sharing_violation(io::Error::from_raw_os_error(32).raw_os_error()));
        assert!(!is_sharing_violation(io::Error::from_raw_os_error(2).raw_os_error()));
    }
}
