//! Names of files and folders that every system can keep.

/// Names that Windows gives to devices, with whatever ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Ports, numbered 1 to 9.
const PORTS: &[&str] = &["com", "lpt"];

/// Whether a name can be a file or folder on Linux, macOS and Windows alike: one visible component of a path of at most
/// 200 octets, without what a path, a shell or a device claims, and not ending in what Windows drops.
pub fn is_portable(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
        && !name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|'])
        && !name.chars().any(char::is_control)
        && !is_device(name)
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or("").trim_end().to_lowercase();
    let is_port = |port: &&str| {
        stem.strip_prefix(*port)
            .is_some_and(|n| matches!(n, "¹" | "²" | "³") || (n.len() == 1 && "123456789".contains(n)))
    };
    DEVICES.contains(&stem.as_str()) || PORTS.iter().any(is_port)
}

#[cfg(test)]
mod tests {
    use super::is_portable;

    #[test]
    fn names_that_one_system_cannot_keep_are_refused() {
        let refused = [
            "",
            ".",
            "..",
            ".hidden",
            "a.",
            "a ",
            "a/b",
            "a\\b",
            "c:a",
            "a*",
            "a?",
            "a\"",
            "<a",
            "a>",
            "a|b",
            "a\0",
            "a\n",
            "con",
            "CON",
            "Nul.eml",
            "aux.tar.gz",
            "com1",
            "LPT9.md",
            "COM².txt",
            "con .md",
            "conout$",
        ];
        assert!(refused.iter().all(|name| !is_portable(name)), "{:?}", refused.map(is_portable));
        let kept = ["spring", "igf-2027", "Ünï", "console", "com", "com10", "com0", "nullify", "a.b.c", "letter.md"];
        assert!(kept.iter().all(|name| is_portable(name)), "{:?}", kept.map(is_portable));
        assert!(!is_portable(&"a".repeat(201)));
    }
}
