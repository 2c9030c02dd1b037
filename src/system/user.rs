//! Who runs this process.

/// The name the system user goes by, if the environment or the system tells: what stands in the environment first, so
/// that a service can be given a name; then, on Unix, the name of the process's owner, or `uid-` and the number.
pub fn names() -> impl Iterator<Item = String> {
    let named = ["LOGNAME", "USER", "USERNAME"].iter().find_map(|key| std::env::var(key).ok());
    named.into_iter().chain(std::iter::once_with(owner).flatten().flatten())
}

/// Whom the process belongs to, without a call that needs unsafe code or a further crate.
#[cfg(unix)]
fn owner() -> Option<Vec<String>> {
    use std::os::unix::fs::MetadataExt;
    let number = std::fs::metadata("/proc/self").ok()?.uid();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(name_of(number, &users).map(str::to_owned).into_iter().chain([format!("uid-{number}")]).collect())
}

/// Windows always sets `USERNAME`.
#[cfg(not(unix))]
fn owner() -> Option<Vec<String>> {
    None
}

/// The name of a user in the text of `/etc/passwd` (passwd(5)): services and containers set no variable that says it.
#[cfg(unix)]
fn name_of(uid: u32, users: &str) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then_some(name)
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::name_of;

    #[test]
    fn the_system_user_is_named_by_its_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nconvoke:x:998:998::/var/lib/convoke:/bin/false\n";
        assert_eq!(name_of(998, users), Some("convoke"));
        assert_eq!(name_of(7, users), None);
    }
}
