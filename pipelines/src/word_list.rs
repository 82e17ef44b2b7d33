//! Word lists as their files have them: a line is a name and its entries, `name: entry, entry`; a name may have several
//! lines. Lines that begin with `#` are comments.

/// The entries of `file`, each with the name of its list, in order.
pub(crate) fn entries(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(name, entries)| {
            let entries = entries.split(',').map(str::trim);
            entries.map(move |entry| (name, entry))
        })
}
