//! Signed tokens in opt-out links and return paths: they name recipient and topic or campaign, and hold no address.
